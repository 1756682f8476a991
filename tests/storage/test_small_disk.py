"""A disk that is really full."""

from pathlib import Path

import pytest

from tests.storage.smalldisk import ROWS, in_a_process


@pytest.mark.parametrize(
    ("bytes_max", "named", "sends"), [(20_000, ".spool-", False), (125_000, "checkpoint.db", True)]
)
def test_a_file_that_may_grow_no_more_stops_the_command(
    tmp_path: Path, bytes_max: int, named: str, sends: bool
):
    """While planning or under way: 5; with room again the same command does the rest, nothing twice."""
    said = in_a_process(tmp_path / "office", bytes_max)
    assert said["first"] == 5, said
    assert named in str(said["told"])
    assert bool(said["sent"]) is sends
    assert said["left"] == []
    assert said["second"] == 0, said
    assert said["effects"] == said["different"] == len(ROWS)

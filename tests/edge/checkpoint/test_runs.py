from pathlib import Path

import pytest

from runner.core.fault import UserFault
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.planwriter import Checkpoint
from runner.edge.checkpoint.runs import check_run_id, directory_of_new, find_run, list_runs, new_run_id
from tests.edge.checkpoint.making import AT, plan_run


def test_a_new_id_tells_when_it_was_made():
    """A new id is the time in UTC and four digits, and is a valid one."""
    assert new_run_id(AT, "a1b2c3") == "20231114-221320-a1b2"
    assert check_run_id(new_run_id(AT, "ffff")) == "20231114-221320-ffff"


@pytest.mark.parametrize("run_id", ["", "-a", ".a", "_a", "a/b", "a b", "ä", "a\n", "a" * 65, ".."])
def test_an_id_that_could_be_a_path_is_refused(run_id: str):
    """Letters, digits and three signs, the first a letter or digit, at most 64."""
    with pytest.raises(UserFault, match="not a run id"):
        check_run_id(run_id)


def test_runs_are_listed_by_the_time_they_were_planned(tmp_path: Path):
    """The oldest first; hidden directories and what is no run are skipped; broken ones say so."""
    plan_run(tmp_path / "b", at=AT + 2)
    plan_run(tmp_path / "c", at=AT + 1)
    prepare_directory(tmp_path / "a")
    Checkpoint.create(tmp_path / "a", {}, created_at=AT + 3).close()
    plan_run(tmp_path / "d")
    (tmp_path / "d" / "head").write_bytes(b"x")
    (tmp_path / ".tenant").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "acts.db").write_bytes(b"")
    places = list_runs(tmp_path)
    assert [(place.run_id, place.is_planned) for place in places] == [
        ("c", True),
        ("b", True),
        ("a", False),
        ("d", False),
    ]
    assert "head: the file is damaged" in (places[3].fault or "")
    assert [place.fault for place in places[:3]] == [None] * 3


def test_a_run_is_found_by_id_path_or_as_the_latest(tmp_path: Path):
    """RUN is a run id, a run directory, or nothing."""
    old, new = plan_run(tmp_path / "old", at=AT), plan_run(tmp_path / "new", at=AT + 1)
    assert find_run(tmp_path, "old") == old
    assert find_run(tmp_path / "elsewhere", str(old)) == old
    assert find_run(tmp_path, None) == new
    with pytest.raises(UserFault, match='did you mean "new"'):
        find_run(tmp_path, "nwe")
    with pytest.raises(UserFault, match="there is no run yet"):
        find_run(tmp_path / "elsewhere", None)


def test_an_id_that_a_file_has_is_refused(tmp_path: Path):
    """A run's directory cannot stand where another file of the runs directory stands."""
    (tmp_path / "acts.db").touch()
    with pytest.raises(UserFault, match="is no directory") as caught:
        directory_of_new(tmp_path, "acts.db")
    assert caught.value.exit_code == 2
    assert directory_of_new(tmp_path, "june") == tmp_path / "june"

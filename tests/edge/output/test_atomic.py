import errno
import os
import stat
from pathlib import Path

import pytest

from runner.core.ports import StorageFault
from runner.edge.output.atomic import AtomicBatch, write_whole


def leftovers(directory: Path) -> list[str]:
    """The temporary files of a directory."""
    return [path.name for path in directory.iterdir() if path.name.endswith(".part")]


def test_a_file_is_written_whole_and_private(tmp_path: Path):
    """A written file holds its text, belongs to its owner alone, and leaves nothing beside it."""
    write_whole(tmp_path, "plan.json", "é\n")
    assert (tmp_path / "plan.json").read_bytes() == "é\n".encode()
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []


def test_a_failure_leaves_the_old_file(tmp_path: Path):
    """Where writing ends before the files are in place, what stood there stands, and no temporary file."""
    (tmp_path / "a").write_text("old")
    with AtomicBatch(tmp_path) as batch:
        batch.file("a").write("new")
        batch.seal()
        assert len(leftovers(tmp_path)) == 1
    assert (tmp_path / "a").read_text() == "old"
    assert leftovers(tmp_path) == []


def test_leftovers_of_a_killed_writer_are_removed(tmp_path: Path):
    """A temporary file that nobody holds is removed by the next writer, and nothing else is."""
    (tmp_path / ".a.0123456789abcdef.part").write_text("half")
    (tmp_path / ".mine.part").write_text("kept")
    write_whole(tmp_path, "b", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.part", "b"]


def test_a_living_writer_is_left_alone(tmp_path: Path):
    """Two writers at the same time both end with their own whole file."""
    with AtomicBatch(tmp_path) as one:
        first = one.file("a")
        first.write("one")
        write_whole(tmp_path, "a", "two")
        one.seal()
        one.place()
    assert (tmp_path / "a").read_text() == "one"


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path):
    """A symbolic link in the place of a file is replaced; what it points to is not touched."""
    (tmp_path / "target").write_text("precious")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    write_whole(tmp_path, "a", "new")
    assert (tmp_path / "target").read_text() == "precious"
    assert not (tmp_path / "a").is_symlink()


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
def test_every_storage_error_names_path_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
):
    """An error of writing, syncing, replacing or creating becomes a StorageFault with path and reason."""

    def full(*_args: object, **_options: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with AtomicBatch(tmp_path) as batch:
        kept = batch.file("kept")
        monkeypatch.setattr(os, call, full)
        with pytest.raises(StorageFault, match=r"kept|other") as caught:
            _use(batch, kept.write)
        monkeypatch.undo()
    assert "No space left on device" in str(caught.value)
    assert leftovers(tmp_path) == []


def _use(batch: AtomicBatch, write) -> None:
    write("x")
    batch.seal()
    batch.place()
    batch.file("other")


def test_a_missing_directory_is_a_storage_fault(tmp_path: Path):
    """A directory that is not there is a StorageFault, too."""
    with pytest.raises(StorageFault, match="No such file or directory"):
        write_whole(tmp_path / "gone", "a", "x")

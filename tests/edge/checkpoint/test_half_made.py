"""A program that was killed while it made a checkpoint: the file as it is while it is turned to WAL."""

import shutil
from pathlib import Path

import apsw
import pytest

from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.faults import UnplannedFault
from runner.edge.checkpoint.planwriter import Checkpoint, is_planned
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import AT, plan_run


class Copying(apsw.VFS):
    """SQLite's own file system, which copies the directory just before a rollback journal is deleted."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        super().__init__("copying", base="")

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - apsw's name
        """Copy what a kill at this moment leaves, then go on."""
        if filename.endswith("-journal") and not self._copy.exists():
            shutil.copytree(Path(filename).parent, self._copy)
        super().xDelete(filename, syncdir)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The directory of a run whose checkpoint was being made."""
    vfs = Copying(tmp_path / "runs" / "killed")
    made = tmp_path / "made"
    prepare_directory(made)
    with Checkpoint.create(made, {}, created_at=AT, vfs="copying"):
        pass
    vfs.unregister()
    assert [path.stat().st_size > 0 for path in (tmp_path / "runs" / "killed").glob("*-journal")] == [True]
    return tmp_path / "runs" / "killed"


def test_a_half_made_checkpoint_is_an_unplanned_run(killed: Path):
    """It has sent nothing, and is told so (2): it is not a damaged one (5)."""
    assert not is_planned(killed)
    with pytest.raises(UnplannedFault, match="it has sent nothing"):
        CheckpointReader(killed)


def test_a_half_made_checkpoint_keeps_no_other_run_from_beginning(killed: Path):
    """The registry of acts passes over it."""
    with registry_of_acts(killed.parent) as session:
        assert list(session.holdings(["0" * 64])) == []


def test_the_directory_of_a_half_made_checkpoint_is_taken_again(killed: Path):
    """Nothing of the first try is left to be applied to the second one."""
    plan_run(killed)
    assert list(killed.glob("*-journal")) == []
    with CheckpointReader(killed) as reader:
        assert list(reader.verify()) == []

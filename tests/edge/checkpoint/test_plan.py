import os
from pathlib import Path

import apsw
import pytest

from runner.core.event import Planned
from runner.core.fault import UserFault
from runner.core.history import Past
from runner.core.outcome import Status
from runner.core.ports import StorageFault
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.faults import NewerFault, UnplannedFault
from runner.edge.checkpoint.planwriter import Checkpoint, is_planned
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import AT, plan_run, source_of, task_of


def test_what_is_planned_reads_back(tmp_path: Path):
    """Tasks, rows and meta read back exactly as they were planned."""
    tasks = [task_of(1), task_of(2, keyed=False), task_of(3, rejected="no such field")]
    with CheckpointReader(plan_run(tmp_path / "r", tasks)) as reader:
        assert [task for task, _ in reader.tasks()] == tasks
        assert [past for _, past in reader.tasks()] == [Past()] * 3
        assert [line.source for line in reader.lines()] == [source_of(n) for n in (1, 2, 3)]
        assert reader.source_of(2) == source_of(2)
        assert reader.meta()["job"] == "j.csv"
        assert reader.run_events() == [Planned(AT, 3, 3)]
        assert reader.counts() == {
            **dict.fromkeys(Status, 0),
            Status.NOT_ATTEMPTED: 2,
            Status.REJECTED: 1,
        }
        assert list(reader.verify()) == []


def test_a_plan_that_was_not_committed_does_not_count(tmp_path: Path):
    """A run that was ended before its plan was committed is recognised; its directory may be taken again."""
    run = tmp_path / "r"
    prepare_directory(run)
    with Checkpoint.create(run, {}, created_at=AT) as plan:
        plan.add_row(1, 2, "x")
        plan.add_task(task_of(1))
    with pytest.raises(UnplannedFault, match="it has sent nothing") as caught:
        CheckpointReader(run)
    assert caught.value.exit_code == 2
    assert not is_planned(run)
    plan_run(run)
    assert is_planned(run)


def test_an_empty_directory_is_an_unplanned_run(tmp_path: Path):
    """A directory that was made and nothing else is a run that has sent nothing."""
    prepare_directory(tmp_path / "r")
    with pytest.raises(UnplannedFault):
        CheckpointReader(tmp_path / "r")


def test_a_directory_with_a_plan_is_not_taken(tmp_path: Path):
    """A second plan never replaces a committed one."""
    run = plan_run(tmp_path / "r")
    with pytest.raises(UserFault, match="there is a run in this directory already"):
        Checkpoint.create(run, {}, created_at=AT)


def test_a_fault_while_planning_is_the_one_that_is_told(tmp_path: Path):
    """What the caller raises inside the plan comes out, and nothing is committed."""
    run = tmp_path / "r"
    prepare_directory(run)
    with (
        pytest.raises(ValueError, match="task 3 after task 0"),
        Checkpoint.create(run, {}, created_at=AT) as plan,
    ):
        plan.add_task(task_of(3))
    assert not is_planned(run)


def test_rows_ascend(tmp_path: Path):
    """A row out of order is a fault of the caller."""
    prepare_directory(tmp_path / "r")
    with Checkpoint.create(tmp_path / "r", {}, created_at=AT) as plan:
        plan.add_row(2, 3, "x")
        with pytest.raises(ValueError, match="row 2 after row 2"):
            plan.add_row(2, 3, "x")


def test_everything_is_private_whatever_the_umask(tmp_path: Path):
    """Directory 0700, every file 0600, with any umask."""
    for number, mask in enumerate((0o000, 0o777, 0o022)):
        run = tmp_path / "runs" / str(number)
        before = os.umask(mask)
        try:
            plan_run(run)
        finally:
            os.umask(before)
        assert run.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in run.iterdir()} == {0o600}


def test_a_newer_version_is_refused(tmp_path: Path):
    """A checkpoint of a newer version of the program is refused with exit code 2."""
    run = plan_run(tmp_path / "r")
    connection = apsw.Connection(str(run / "checkpoint.db"))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerFault, match="newer version") as caught:
        CheckpointReader(run)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("table", ["event", "task", "row", "meta"])
def test_the_database_itself_forbids_changes(tmp_path: Path, table: str):
    """Events are append-only and the plan is frozen, for any SQLite client."""
    run = plan_run(tmp_path / "r")
    connection = apsw.Connection(str(run / "checkpoint.db"))
    column = {"event": "body", "task": "body", "row": "source", "meta": "value"}[table]
    update = f"UPDATE {table} SET {column} = {column}"  # noqa: S608 - our own names
    for statement in (update, f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(apsw.ConstraintError):
            connection.execute(statement)
    connection.close()


def test_a_symbolic_link_is_refused(tmp_path: Path):
    """Neither the directory nor the database may be a symbolic link."""
    run = plan_run(tmp_path / "r")
    (tmp_path / "link").symlink_to(run)
    with pytest.raises(StorageFault, match="symbolic link"):
        CheckpointReader(tmp_path / "link")
    (run / "checkpoint.db").rename(tmp_path / "elsewhere.db")
    (run / "checkpoint.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StorageFault, match="symbolic link"):
        CheckpointReader(run)

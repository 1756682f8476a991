"""What was taken out of a checkpoint, or put where it does not belong: seen where it would do harm."""

import re
import shutil
from pathlib import Path

import apsw
import pytest

from runner.core.event import Closed, Launched
from runner.core.ports import StorageFault
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.faults import StrayFault
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import AT, observed, plan_run, story, write
from tests.edge.checkpoint.triggers import without_triggers

RESTED = '{"at":1,"epoch":1,"exit_code":4,"reason":""}'


def edit(run: Path, statement: str) -> None:
    """Edit as somebody would who drops the triggers."""
    connection = apsw.Connection(str(run / "checkpoint.db"))
    with without_triggers(connection):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_task_that_was_taken_out_is_noticed_at_once(tmp_path: Path, number: int):
    """It would simply not be sent, and the run be finished without it."""
    run = plan_run(tmp_path / "r")
    edit(run, f"PRAGMA foreign_keys = OFF; DELETE FROM task WHERE number = {number}")  # noqa: S608 - our own words
    for opened in (CheckpointReader, CommitLog.open):
        with pytest.raises(StorageFault, match="another number was planned"):
            opened(run)


def test_a_task_whose_row_was_taken_out_is_refused(tmp_path: Path):
    """It is not passed over: its line in the ledger would be missing."""
    run = plan_run(tmp_path / "r")
    edit(run, "PRAGMA foreign_keys = OFF; DELETE FROM row WHERE row = 2")
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="its row 2 is missing"):
        list(reader.lines())


def test_an_act_that_was_damaged_is_not_learned(tmp_path: Path):
    """The registry would take the row for one that nobody has, and it would be sent again."""
    run = plan_run(tmp_path / "r")
    edit(run, "UPDATE task SET act = 'x' WHERE number = 2")
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="task 2"):
        list(reader.acts())


@pytest.mark.parametrize("kind", ["closed", "launched"])
def test_an_event_of_the_run_is_proved_when_it_is_read(tmp_path: Path, kind: str):
    """A run that was ended for good would go on if that were edited away, however long ago it was."""
    run = plan_run(tmp_path / "r", 60)
    write(run, [Launched(AT, 1, {"pid": 1}), Closed(AT, "me")])
    write(run, [event for number in range(1, 61) for event in story(number)])
    edit(run, f"UPDATE event SET kind = 'rested', body = '{RESTED}' WHERE kind = '{kind}'")  # noqa: S608
    with (
        CheckpointReader(run) as reader,
        pytest.raises(StorageFault, match="is damaged: its hash does not fit"),
    ):
        reader.is_ended()


def test_a_marker_that_was_read_is_proved_when_it_is_asked_for(tmp_path: Path):
    """That a marker was read back once makes it mean something that one is not found."""
    run = plan_run(tmp_path / "r", 60)
    write(run, [event for number in range(1, 61) for event in story(number)])
    with CheckpointReader(run) as reader:
        assert not reader.marker_read()
    edit(
        run, """UPDATE event SET body = replace(body, '"kind"', '"marker_read":true,"kind"') WHERE seq = 3"""
    )
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="event 3 "):
        reader.marker_read()


def damage_index(run: Path, index: str, as_if: str) -> None:
    """Let an index hold other entries than it should, as a damaged page does; the tables stay whole."""
    connection = apsw.Connection(str(run / "checkpoint.db"))
    ((sql,),) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).fetchall()
    connection.execute(f"DROP INDEX {index}")
    connection.execute(f"CREATE INDEX {index} ON {as_if}")
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, index))
    connection.close()


@pytest.mark.parametrize("how", ["index", "no task"])
def test_an_event_that_no_task_finds_is_missed(tmp_path: Path, how: str):
    """What was seen of a target would else be as if it had never been seen."""
    run = plan_run(tmp_path / "r", 60)
    write(run, [event for number in range(1, 61) for event in (observed(number), *story(number))])
    if how == "index":
        damage_index(run, "event_of_task", "event (task, seq) WHERE seq <> 2")
    else:
        edit(run, "PRAGMA foreign_keys = OFF; UPDATE event SET task = 0 WHERE seq = 2")
    with (
        CheckpointReader(run) as reader,
        pytest.raises(StorageFault, match=r"of 241 events .* 240 are found"),
    ):
        list(reader.lines())
    with pytest.raises(StorageFault, match=r"of 241 events .* 240 are found"):
        CommitLog.open(run)


def test_what_is_counted_is_not_counted_by_an_index(tmp_path: Path):
    """An index that holds other entries does not change how the run is said to stand."""
    run = plan_run(tmp_path / "r", 6)
    write(run, story(1))
    with CheckpointReader(run) as reader:
        truth = reader.counts()
    damage_index(run, "task_standing", "task (replace(final, 'succeeded', 'failed'), begun)")
    with CheckpointReader(run) as reader:
        assert reader.counts() == truth


def test_a_status_that_there_is_not_is_damage(tmp_path: Path):
    """It is no fault of the program, and counts for nothing."""
    run = plan_run(tmp_path / "r")
    edit(run, "UPDATE task SET final = 'stcceeded' WHERE number = 1")
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="'stcceeded'"):
        reader.counts()


def test_whatever_is_refused_is_named(tmp_path: Path):
    """A message begins with the file that it is about, also where a single task or event is meant."""
    run = plan_run(tmp_path / "r")
    edit(run, "UPDATE task SET body = x'00' WHERE number = 2")
    named = re.escape(f"{run / 'checkpoint.db'}: task 2 ")
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match=named):
        list(reader.tasks())
    log = CommitLog.open(run)
    with pytest.raises(StorageFault, match=named):
        log.open_tasks(begun=False, after=0, limit=9)
    log.close()


def test_a_run_in_a_directory_of_another_name_is_read_and_not_written(tmp_path: Path):
    """A copy beside the run that it was made of would send everything a second time."""
    run = plan_run(tmp_path / "r", meta={"run_id": "r"})
    shutil.copytree(run, tmp_path / "copy")
    CommitLog.open(run).close()
    CheckpointReader(tmp_path / "copy").close()
    with pytest.raises(StrayFault, match="this is run r") as caught:
        CommitLog.open(tmp_path / "copy")
    assert caught.value.exit_code == 2

import random
import re
import shutil
from pathlib import Path

import apsw
import pytest

from runner.core.event import Launched
from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.head import read_head
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import plan_run, sent, story, write
from tests.edge.checkpoint.triggers import without_triggers


def read_all(run: Path) -> list[str]:
    """Everything that reading shows; raises what it raises."""
    with CheckpointReader(run) as reader:
        shown = [repr(line) for line in reader.lines()]
        return [*shown, repr(reader.run_events()), repr(reader.meta()), *list(reader.verify())]


def read_whole(run: Path) -> None:
    """Read everything; `StorageFault` where `verify` finds anything."""
    with CheckpointReader(run) as reader:
        list(reader.lines())
        for problem in reader.verify():
            raise StorageFault(problem)


def edit(run: Path, statement: str) -> None:
    """Edit as somebody would who knows SQLite and drops the triggers."""
    connection = apsw.Connection(str(run / "checkpoint.db"))
    with without_triggers(connection):
        connection.execute(statement)
    connection.close()


def killed(tmp_path: Path, tasks: int = 3) -> Path:
    """A run directory as a killed program leaves it: the last events are in the -wal alone."""
    run = plan_run(tmp_path / "live", tasks)
    log = CommitLog.open(run)
    log.commit([spell(event) for event in story(1)])
    left = tmp_path / "left"
    shutil.copytree(run, left)
    log.close()
    return left


def test_a_killed_run_reads_whole(tmp_path: Path):
    """What was committed before the kill is there, without any recovery of ours."""
    with CheckpointReader(killed(tmp_path)) as reader:
        assert reader.task(1)[1] == story(1)


def test_a_lost_log_is_noticed(tmp_path: Path):
    """A copy of the database without its -wal is refused, with what to do."""
    run = killed(tmp_path)
    (run / "checkpoint.db-wal").unlink()
    (run / "checkpoint.db-shm").unlink()
    for opened in (CheckpointReader, CommitLog.open):
        with pytest.raises(StorageFault, match="Move a run with all of its files"):
            opened(run)


def test_an_older_copy_is_noticed(tmp_path: Path):
    """An older database put in the place of the newer one does not reach to the head."""
    run = plan_run(tmp_path / "r")
    shutil.copy(run / "checkpoint.db", tmp_path / "older")
    write(run, story(1))
    shutil.copy(tmp_path / "older", run / "checkpoint.db")
    with pytest.raises(StorageFault, match="its last events are missing"):
        CheckpointReader(run)


@pytest.mark.parametrize("content", [None, b"", b"\0" * 256, b"x" * 256])
def test_a_head_that_is_missing_or_damaged_is_refused(tmp_path: Path, content: bytes | None):
    """Without its head a run cannot tell whether it is whole."""
    run = plan_run(tmp_path / "r")
    (run / "head").unlink()
    if content is not None:
        (run / "head").write_bytes(content)
    with pytest.raises(StorageFault, match="head"):
        CheckpointReader(run)


def test_a_database_that_is_missing_is_refused(tmp_path: Path):
    """A run that had a checkpoint and has none is damaged, not new."""
    run = plan_run(tmp_path / "r")
    (run / "checkpoint.db").unlink()
    with pytest.raises(StorageFault, match="the file is missing, and there was one"):
        CheckpointReader(run)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to have a header" * 20])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes):
    """Something else under the checkpoint's name is a storage fault."""
    run = plan_run(tmp_path / "r")
    (run / "checkpoint.db").write_bytes(content)
    with pytest.raises(StorageFault):
        CheckpointReader(run)


def test_a_foreign_database_is_refused(tmp_path: Path):
    """A database of another program is no checkpoint."""
    run = plan_run(tmp_path / "r")
    (run / "checkpoint.db").unlink()
    connection = apsw.Connection(str(run / "checkpoint.db"))
    connection.execute("CREATE TABLE t (x); PRAGMA application_id = 7")
    connection.close()
    with pytest.raises(StorageFault, match="not a checkpoint of zuora-batch"):
        CheckpointReader(run)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = replace(body, 'succeeded', 'failed')",
        "UPDATE event SET task = 2 WHERE kind = 'settled'",
        "UPDATE event SET kind = 'observed' WHERE kind = 'sent'",
        "UPDATE event SET hash = zeroblob(32) WHERE seq = 3",
        "DELETE FROM event WHERE kind = 'answered'",
        "UPDATE meta SET value = '4' WHERE key = 'limit'",
        "INSERT INTO meta VALUES ('more', '1')",
        "DELETE FROM meta WHERE key = 'epoch'",
        "UPDATE meta SET value = '2' WHERE key = 'epoch'",
        "UPDATE meta SET value = replace(value, '[1,', '[2,') WHERE key = 'epoch'",
    ],
)
def test_an_edit_is_seen_when_it_is_opened(tmp_path: Path, statement: str):
    """An edit of the last events or of meta is refused at once."""
    run = plan_run(tmp_path / "r")
    write(run, story(1))
    edit(run, statement)
    for opened in (CheckpointReader, CommitLog.open):
        with pytest.raises(StorageFault, match="damaged"):
            opened(run)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER swallow BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END",
        "DROP TRIGGER event_update",
        "DROP INDEX event_of_task",
        "CREATE TABLE more (x)",
        "ALTER TABLE event ADD COLUMN note TEXT",
    ],
)
def test_other_tables_and_triggers_than_ours_are_refused(tmp_path: Path, statement: str):
    """One that swallows what is written would have rows sent of which nothing stands in the log."""
    run = plan_run(tmp_path / "r")
    connection = apsw.Connection(str(run / "checkpoint.db"))
    connection.execute(statement)
    connection.close()
    for opened in (CheckpointReader, CommitLog.open):
        with pytest.raises(StorageFault, match="triggers are not ours"):
            opened(run)


def test_an_older_count_of_launches_is_found(tmp_path: Path):
    """A value that was right once is found by the log, which knows of a later launch."""
    run = plan_run(tmp_path / "r")
    connection = apsw.Connection(str(run / "checkpoint.db"))
    ((before,),) = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchall()
    connection.close()
    log = CommitLog.open(run)
    log.commit([spell(Launched(5.0, log.epoch, {}))])
    log.close()
    edit(run, f"UPDATE meta SET value = '{before}' WHERE key = 'epoch'")  # noqa: S608 - what we read there
    with CheckpointReader(run) as reader:
        assert list(reader.verify()) == ["the run was opened 0 times for writing by meta, 1 times by the log"]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE task SET body = x'00' WHERE number = 2", "task 2"),
        ("UPDATE task SET act = 'x' WHERE number = 3", "task 3"),
        ("UPDATE row SET source = 'x' WHERE row = 1", "row 1"),
        ("UPDATE task SET final = NULL WHERE number = 1", "cached as None"),
        ("UPDATE task SET begun = 0 WHERE number = 1", "begun is cached wrongly"),
        ("UPDATE task SET begun = 2 WHERE number = 1", "begun is cached wrongly"),
        ("UPDATE event SET at = 5 WHERE seq = 2", "event 2: the column `at`"),
        ("DELETE FROM row WHERE row = 3", "the rows are not those that were planned"),
    ],
)
def test_verify_finds_an_edit(tmp_path: Path, statement: str, told: str):
    """`verify` names what opening alone does not look at."""
    run = plan_run(tmp_path / "r")
    write(run, story(1))
    edit(run, statement)
    with CheckpointReader(run) as reader:
        assert any(re.search(told, problem) for problem in reader.verify())


def test_a_damaged_task_is_refused_when_it_is_read(tmp_path: Path):
    """A frozen request that is not as it was planned never comes out of the checkpoint."""
    run = plan_run(tmp_path / "r")
    edit(run, "UPDATE task SET body = x'00' WHERE number = 2")
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="task 2"):
        list(reader.tasks())
    log = CommitLog.open(run)
    with pytest.raises(StorageFault, match="task 2"):
        log.open_tasks(begun=False, after=0, limit=9)
    log.close()


def test_an_old_event_that_was_edited_is_refused_when_it_is_read(tmp_path: Path):
    """An edit before the last 100 events passes the opening and is found when its task is read."""
    run = plan_run(tmp_path / "r", 60)
    write(run, [event for number in range(1, 61) for event in story(number)])
    edit(run, "UPDATE event SET body = replace(body, 'track-1', 'track-9') WHERE seq = 2")
    with CheckpointReader(run) as reader:
        with pytest.raises(StorageFault, match="event 2 of the checkpoint is damaged"):
            reader.task(1)
        assert any("event 2" in problem for problem in reader.verify())


def test_a_flipped_bit_is_never_shown_as_truth(tmp_path: Path):
    """Any flipped bit is refused, found by `verify`, or changes nothing that is shown."""
    run = plan_run(tmp_path / "r", 4)
    write(run, [*story(1), sent(2)])
    path = run / "checkpoint.db"
    whole, shown = path.read_bytes(), read_all(run)
    chance = random.Random(7)  # noqa: S311 - the same places every time
    refused = 0
    for _ in range(250):
        place = chance.randrange(len(whole))
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :]
        )
        for name in ("checkpoint.db-wal", "checkpoint.db-shm"):
            (run / name).unlink(missing_ok=True)
        try:
            found = read_all(run)
        except (StorageFault, UserFault):
            refused += 1
        else:
            assert found[: len(shown)] == shown
    assert refused > 20


def test_a_truncated_database_is_refused(tmp_path: Path):
    """A database that was cut off anywhere is a storage fault."""
    run = plan_run(tmp_path / "r", 4)
    write(run, story(1))
    path = run / "checkpoint.db"
    whole = path.read_bytes()
    for length in (0, 50, 100, 4096, 5000, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageFault):
            read_whole(run)


def test_the_head_names_the_last_event(tmp_path: Path):
    """After every commit the head has the last event, so that a lost -wal is seen from the first event on."""
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    log.commit([spell(event) for event in story(1)])
    head = read_head(run)
    assert head is not None
    assert head.seq == 4
    log.close()


@pytest.mark.parametrize("change", ["begun = 1 WHERE number = 3", "final = 'failed' WHERE number = 1"])
def test_a_task_whose_events_are_hidden_is_refused(tmp_path: Path, change: str):
    """A task that was begun, or decided, and has no such event is damaged, and not simply one never sent."""
    run = plan_run(tmp_path / "r")
    edit(run, f"UPDATE task SET {change}")  # noqa: S608 - our own words
    with CheckpointReader(run) as reader, pytest.raises(StorageFault, match="is damaged"):
        list(reader.tasks())

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from runner.core.event import Closed, Event, Launched, Resolved, Rested
from runner.core.history import fold
from runner.core.outcome import Outcome, Status
from runner.core.ports import EventLog, StorageFault
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.writer import SOON_S, CheckpointWriter, InlineWriter
from tests.edge.checkpoint.making import AT, done, observed, plan_run, sent, settled, story

Kind = type[CheckpointWriter] | type[InlineWriter]
both = pytest.mark.parametrize("kind", [CheckpointWriter, InlineWriter])


async def turns_till_unsound(writer: CheckpointWriter | InlineWriter) -> None:
    """Let the loop turn until the writer raises; a timeout where it never does."""
    async with asyncio.timeout(100 * SOON_S):
        while True:
            writer.check_sound()
            await asyncio.sleep(0)


@both
async def test_what_was_appended_reads_back(tmp_path: Path, kind: Kind):
    """Every kind of event reads back as it was, in order, and folds to the same past."""
    run = plan_run(tmp_path / "r")
    writer = kind.open(run)
    log: EventLog = writer
    launched = Launched(AT, writer.epoch, {"host": "h", "pid": 1})
    await log.append([launched, *story(1), sent(2), observed(2)])
    await log.append([Resolved(2, AT, Outcome(Status.FAILED, note="n"), "me", "because"), Closed(AT, "me")])
    await log.append([Rested(AT, writer.epoch, 0, "done")])
    writer.close()
    with CheckpointReader(run) as reader:
        assert reader.task(1)[1] == story(1)
        assert reader.run_events()[1:] == [launched, Closed(AT, "me"), Rested(AT, 1, 0, "done")]
        assert reader.is_ended()
        assert next(reader.tasks())[1] == fold(story(1))
        assert reader.counts()[Status.SUCCEEDED] == reader.counts()[Status.FAILED] == 1
        assert list(reader.verify()) == []


@both
async def test_open_tasks_are_those_without_a_final_status(tmp_path: Path, kind: Kind):
    """Open tasks come begun (something was sent) or not, in order, and see what was appended before."""
    run = plan_run(tmp_path / "r", 6)
    writer = kind.open(run)
    writer.append_soon([*story(1), sent(2), observed(4)])
    await writer.append([settled(5, Status.ACCEPTED)])
    begun = await writer.open_tasks(begun=True, after=0, limit=10)
    assert [(task.number, past.doubts) for task, past in begun] == [(2, 1)]
    fresh = await writer.open_tasks(begun=False, after=2, limit=2)
    assert [(task.number, past.attempts) for task, past in fresh] == [(3, 0), (4, 0)]
    writer.close()


async def test_append_soon_is_written_within_its_time(tmp_path: Path):
    """An event of `append_soon` is on disk when the writer was closed, without any other append."""
    run = plan_run(tmp_path / "r")
    writer = CheckpointWriter.open(run)
    writer.append_soon([sent(1)])
    writer.close()
    with CheckpointReader(run) as reader:
        assert reader.task(1)[1] == [sent(1)]


async def test_many_appends_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Appends that wait together go into far fewer transactions, each in order."""
    run = plan_run(tmp_path / "r", 200)
    groups: list[int] = []
    commit = CommitLog.commit

    def counted(self: CommitLog, events: Any) -> None:
        groups.append(len(events))
        commit(self, events)

    monkeypatch.setattr(CommitLog, "commit", counted)
    writer = CheckpointWriter.open(run)
    await asyncio.gather(*(writer.append([sent(number)]) for number in range(1, 201)))
    writer.close()
    assert sum(groups) == 200
    assert len(groups) < 50
    with CheckpointReader(run) as reader:
        assert [past.attempts for _, past in reader.tasks()] == [1] * 200


async def test_a_cancelled_append_is_written_all_the_same(tmp_path: Path):
    """Giving up waiting does not take an event back, and harms nobody else."""
    run = plan_run(tmp_path / "r")
    writer = CheckpointWriter.open(run)
    waiting = asyncio.ensure_future(writer.append([sent(1)]))
    await asyncio.sleep(0)
    waiting.cancel()
    await writer.append([sent(2)])
    writer.close()
    with CheckpointReader(run) as reader:
        assert reader.task(1)[1] == [sent(1)]


@both
async def test_a_second_program_ends_the_first(tmp_path: Path, kind: Kind):
    """A run that a second program took over: the first one commits nothing any more, for good."""
    run = plan_run(tmp_path / "r")
    first, second = kind.open(run), kind.open(run)
    assert second.epoch == first.epoch + 1
    with pytest.raises(StorageFault, match="a second program took this run over"):
        await first.append([sent(1)])
    with pytest.raises(StorageFault, match="took this run over"):
        first.append_soon([sent(1)])
    with pytest.raises(StorageFault, match="took this run over"):
        await first.open_tasks(begun=False, after=0, limit=1)
    await second.append([sent(2)])
    with pytest.raises(StorageFault):
        first.close()
    second.close()
    with CheckpointReader(run) as reader:
        assert reader.task(1)[1] == []
        assert list(reader.verify()) == []


@both
@pytest.mark.parametrize("name", ["checkpoint.db", "checkpoint.db-wal"])
@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_file_that_goes_ends_everything(tmp_path: Path, kind: Kind, name: str, how: str):
    """A database or log that is deleted or replaced underneath is a storage fault before the next commit."""
    run = plan_run(tmp_path / "r")
    writer = kind.open(run)
    await writer.append([sent(1)])
    shutil.copy(run / name, tmp_path / "copy")
    (run / name).unlink()
    if how == "replaced":
        (tmp_path / "copy").rename(run / name)
    for _ in range(2):
        with pytest.raises(StorageFault, match=how):
            await writer.append([sent(2)])
    with pytest.raises(StorageFault):
        writer.close()


@both
async def test_an_event_of_no_task_ends_everything(tmp_path: Path, kind: Kind):
    """An event of a task that was never planned is refused by the database."""
    writer = kind.open(plan_run(tmp_path / "r"))
    with pytest.raises(StorageFault):
        await writer.append([sent(77)])
    with pytest.raises(StorageFault):
        writer.close()


@both
async def test_a_fault_that_nobody_waited_for_is_known(tmp_path: Path, kind: Kind):
    """An event of `append_soon` that could not be written: whoever is about to send finds it out."""
    run = plan_run(tmp_path / "r")
    writer = kind.open(run)
    writer.check_sound()
    (run / "checkpoint.db-wal").unlink()
    writer.append_soon([sent(1)])
    with pytest.raises(StorageFault, match="deleted"):
        await turns_till_unsound(writer)
    with pytest.raises(StorageFault):
        writer.close()


@both
async def test_a_closed_writer_writes_nothing(tmp_path: Path, kind: Kind):
    """After `close` every call raises."""
    writer = kind.open(plan_run(tmp_path / "r"))
    writer.close()
    with pytest.raises(StorageFault, match="closed"):
        await writer.append([sent(1)])


async def test_a_dropped_inline_writer_loses_what_was_to_come_soon(tmp_path: Path):
    """A simulated crash keeps what was appended and loses what was only to be written soon."""
    run = plan_run(tmp_path / "r")
    writer = InlineWriter.open(run)
    await writer.append([sent(1)])
    writer.append_soon([done(1)])
    del writer
    after = InlineWriter.open(run)
    ((_, past),) = await after.open_tasks(begun=True, after=0, limit=9)
    assert (past.attempts, past.answered, past.doubts) == (1, 0, 1)
    after.close()


def test_a_reader_reads_beside_a_writer(tmp_path: Path):
    """Readers see what is committed while the writer goes on."""
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    with CheckpointReader(run) as reader:
        for number, status in ((1, Status.UNKNOWN), (1, Status.SUCCEEDED)):
            events: list[Event] = [sent(number)] if status is Status.UNKNOWN else [settled(number)]
            log.commit([spell(event) for event in events])
            assert reader.counts()[status] == 1
    log.close()


def test_half_characters_of_a_server_are_written(tmp_path: Path):
    """Text that is no valid Unicode is written with question marks and still verifies."""
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    log.commit([spell(settled(1, result_id="x\udc80\x00y"))])
    log.close()
    with CheckpointReader(run) as reader:
        assert next(reader.tasks())[1].outcome == Outcome(Status.SUCCEEDED, result_id="x?\x00y")
        assert list(reader.verify()) == []

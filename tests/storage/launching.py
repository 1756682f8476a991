"""Whole launches on a checkpoint of their own: real engine and log, simulated tenant, virtual time."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self, cast

from runner.core.event import Event, Launched, Planned, Sent
from runner.core.history import Past
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.core.wire import Request
from runner.edge.checkpoint.codec import SpelledEvent, event_of
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.opening import open_checked
from runner.edge.checkpoint.planwriter import Checkpoint
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.writer import InlineWriter
from runner.engine.launch import LaunchEnd
from tests.simulation.memorylog import MemoryLog
from tests.simulation.virtualtime import BEGINNING
from tests.simulation.wire import Wire
from tests.simulation.world import RUN_TOKEN, World
from tests.storage.disk import VFS_NAME, Disk

SCENARIO: Final = """[tenant]
latency_s = 0.4
[bill_runs.'00000000000000000000000000000001']
cancel_s = 20
[invoice_schedules.'IS-0000003']
charges = [{ orderKey = 'O-3', subscriptionKey = 'A-S3', chargeNumber = 'C-3' }]
"""
SPELLED: Final = "SELECT seq, task, kind, body FROM event ORDER BY seq"


def plan_tasks(directory: Path, tasks: Sequence[Task], vfs: str | None = None) -> Path:
    """Commit the plan of a run of these tasks; its directory."""
    prepare_directory(directory)
    with Checkpoint.create(directory, {"job": "job.jsonl"}, created_at=BEGINNING, vfs=vfs) as plan:
        for task in tasks:
            plan.add_row(task.row, task.line, "{}")
            plan.add_task(task)
        plan.commit(Planned(BEGINNING, len(tasks), len(tasks)))
    return directory


class WatchedLog(CommitLog):
    """Keeps the events whose commit has returned: those are promised."""

    promised: list[SpelledEvent]
    tracks: dict[str, Sent]

    def commit(self, events: Sequence[SpelledEvent]) -> None:
        """Commit, and remember."""
        super().commit(events)
        self.promised.extend(events)
        for event in events:
            if event.kind == "sent":
                sent = cast("Sent", event_of(0, event.task, event.kind, event.body))
                self.tracks[sent.track_id] = sent


class DiskLog(MemoryLog):
    """The face of the log in memory, before a checkpoint on a disk that may fail."""

    def __init__(self, tasks: Sequence[Task], directory: Path, disk: Disk) -> None:
        self._disk = disk
        super().__init__(tasks)
        self.directory = directory
        self.promised: list[SpelledEvent] = []
        self._writer: InlineWriter | None = None

    @property
    def failed(self) -> bool:
        """Whether the disk has failed: it is asked, and not told."""
        return self._disk.failed

    @failed.setter
    def failed(self, value: bool) -> None:
        del value

    def begin(self) -> None:
        """Open the checkpoint, as a launch does."""
        watched = WatchedLog.open(self.directory, VFS_NAME)
        watched.promised, watched.tracks = self.promised, self.tracks
        self._writer = InlineWriter(watched)

    def end(self) -> None:
        """Close it; raises as the real one does."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    async def append(self, events: Sequence[Event]) -> None:
        """Append."""
        assert self._writer is not None
        self.decided_at.update((event.track_id, self.now()) for event in events if isinstance(event, Sent))
        await self._writer.append(events)

    def append_soon(self, events: Sequence[Event]) -> None:
        """Append with the next group."""
        assert self._writer is not None
        self._writer.append_soon(events)

    def check_sound(self) -> None:
        """Tell of an earlier fault."""
        assert self._writer is not None
        self._writer.check_sound()

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Read open tasks."""
        assert self._writer is not None
        return await self._writer.open_tasks(begun=begun, after=after, limit=limit)

    def pasts(self) -> dict[int, Past]:
        """Every task's past, read from the disk."""
        with CheckpointReader(self.directory) as reader:
            return {task.number: past for task, past in reader.tasks()}

    def read(self) -> list[tuple[str, str]]:
        """Kind and spelling of every event on disk but the plan, in order; they become what was kept."""
        database = open_checked(self.directory)
        try:
            rows = database.rows(SPELLED)[1:]
        finally:
            database.close()
        self.kept = [event_of(seq, task, kind, body) for seq, task, kind, body in rows]
        return [(kind, body) for _, _, kind, body in rows]


class CountingWire(Wire):
    """Counts all requests that begin after the disk has failed, reads too."""

    late: Counter[str]

    async def send(self, request: Request, *, timeout_s: float):
        """Send it."""
        if self._log.failed:
            self.late["reads" if request.method == "GET" else "writes"] += 1
        return await super().send(request, timeout_s=timeout_s)


class DiskWorld(World):
    """A tenant, a job, and a run directory with its plan."""

    def __init__(self, directory: Path, tasks: Sequence[Task], disk: Disk, scenario: str = SCENARIO) -> None:
        super().__init__(tasks, scenario)
        self.disk_log = DiskLog(tasks, directory, disk)
        self.disk_log.now = self.clock.now
        self.log = self.disk_log
        self.wire = CountingWire(self.tenant, self.log, self.clock, RUN_TOKEN)
        self.late: Counter[str] = Counter()
        self.wire.late = self.late

    @classmethod
    def on_copy(cls, planned: Path, directory: Path, tasks: Sequence[Task], disk: Disk) -> Self:
        """A world on a copy of a run that was planned."""
        return cls(Path(shutil.copytree(planned, directory)), tasks, disk)

    async def whole_launch(self) -> LaunchEnd | None:
        """Open, launch, close; None where a `StorageFault` came out of opening or closing."""
        try:
            self.disk_log.begin()
            await self.log.append([Launched(self.clock.now(), self.launches + 1, {})])
        except StorageFault:
            self._close()
            return None
        end = await self.launch()
        return end if self._close() or (end is not None and end.stop is not None) else None

    @property
    def in_flight(self) -> int:
        """How many requests have no reply yet."""
        return sum(self.wire._in_flight.values())

    def _close(self) -> bool:
        try:
            self.disk_log.end()
        except StorageFault:
            return False
        return True

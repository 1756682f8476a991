"""A checkpoint in memory, which forgets in a crash exactly what the real one may forget."""

import asyncio
from collections.abc import Callable, Sequence

from runner.core.event import Answered, Event, Observed, Sent, task_of_event
from runner.core.history import Past, after
from runner.core.ports import StorageFault
from runner.core.sighting import Standing
from runner.core.task import Task

SYNC_S = 0.002
"""How long the fsync takes for which `append` waits; whoever appends meanwhile shares it."""
SOON_S = 0.05
"""How long `append_soon` may wait for company, as in the real log."""


class CrashError(Exception):
    """The program was killed here."""


def _nothing() -> None:
    """Nobody to tell."""


class MemoryLog:
    """An `EventLog`. `crash_after`: so many events are kept, then the program dies, and `on_crash` is told.

    `fail_after`: so many are kept, then storage fails. With `ghost` the events of the failing commit are
    found again after a restart, although the program was told that they failed.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.kept: list[Event] = []
        self.crash_after: int | None = None
        self.fail_after: int | None = None
        self.ghost = False
        self.crashed = False
        self.failed = False
        self.on_crash: Callable[[], None] = _nothing
        self.tracks: dict[str, Sent] = {}
        self.decided_at: dict[str, float] = {}
        """When each write was handed over to be kept, by the tenant's clock."""
        self.now: Callable[[], float] = lambda: 0.0
        self.marker_read = False
        self._of = {task.number: task for task in tasks}
        self._pasts = {task.number: Past() for task in tasks}
        self._soon: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None

    async def append(self, events: Sequence[Event]) -> None:
        """Keep what waits and these."""
        self._check()
        self._soon.extend(events)
        self.decided_at.update((event.track_id, self.now()) for event in events if isinstance(event, Sent))
        await asyncio.sleep(SYNC_S)
        self._check()
        self._commit()

    def append_soon(self, events: Sequence[Event]) -> None:
        """Keep these with the next group."""
        self._check()
        self._soon.extend(events)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON_S, self._commit_alone)

    def check_sound(self) -> None:
        """Tell of a fault that nobody waited for."""
        self._check()

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Read what is kept."""
        await self.append([])
        found: list[tuple[Task, Past]] = []
        for task in self.tasks:
            past = self._pasts[task.number]
            if (
                task.number > after
                and past.outcome is None
                and (past.attempts > 0 or past.under_way_at is not None) is begun
            ):
                found.append((task, past))
        return found[:limit]

    def pasts(self) -> dict[int, Past]:
        """Every task's past by what is kept."""
        return dict(self._pasts)

    def sent(self) -> int:
        """How many writes were committed to be sent."""
        return len(self.tracks)

    def lose(self) -> None:
        """Forget what was not committed, as a crash does, and begin a new launch on what is left."""
        self._soon.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.crashed = self.failed = False

    def _check(self) -> None:
        if self.crashed:
            raise CrashError
        if self.failed:
            raise StorageFault("the disk is full")

    def _commit_alone(self) -> None:
        """The commit that nobody waits for: who writes next is told of its fault."""
        self._timer = None
        try:
            if not self.crashed and not self.failed:
                self._commit()
        except (CrashError, StorageFault):
            return

    def _commit(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._soon:
            if self.fail_after is not None and len(self.kept) >= self.fail_after:
                self._fail()
            if self.crash_after is not None and len(self.kept) >= self.crash_after:
                self.crashed = True
                self.on_crash()
                raise CrashError
            self._keep(self._soon.pop(0))

    def _fail(self) -> None:
        self.failed = True
        while self.ghost and self._soon:
            self._keep(self._soon.pop(0))
        raise StorageFault("the disk is full")

    def _tells_marker(self, event: Event) -> bool:
        """Whether a created bill run was seen to carry its marker."""
        if isinstance(event, Answered):
            return event.verdict.marker_read
        if not isinstance(event, Observed) or event.sighting.standing is not Standing.REACHED:
            return False
        return event.purpose != "follow" and self._of[event.task].keyed

    def _keep(self, event: Event) -> None:
        self.kept.append(event)
        if isinstance(event, Sent):
            self.tracks[event.track_id] = event
        self.marker_read = self.marker_read or self._tells_marker(event)
        number = task_of_event(event)
        if number is not None:
            self._pasts[number] = after(self._pasts[number], event)  # pyright: ignore[reportArgumentType] - task events only

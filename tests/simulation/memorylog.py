"""A checkpoint in memory, which forgets in a crash exactly what the real one may forget."""

from collections.abc import Sequence

from runner.core.event import Event, Sent, task_of_event
from runner.core.history import Past, after
from runner.core.ports import StorageFault
from runner.core.task import Task


class CrashError(Exception):
    """The program was killed here."""


class MemoryLog:
    """An `EventLog`. `crash_after`: so many events are kept, then the program dies."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.kept: list[Event] = []
        self.crash_after: int | None = None
        self.fail_after: int | None = None
        self._soon: list[Event] = []

    async def append(self, events: Sequence[Event]) -> None:
        """Keep what waits and these."""
        self._soon.extend(events)
        self._commit()

    def append_soon(self, events: Sequence[Event]) -> None:
        """Keep these with the next group."""
        if self.fail_after is not None and len(self.kept) >= self.fail_after:
            raise StorageFault("the disk is full")
        self._soon.extend(events)

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Fold what is kept."""
        self._commit()
        pasts = self.pasts()
        found: list[tuple[Task, Past]] = []
        for task in self.tasks:
            past = pasts[task.number]
            is_begun = past.attempts > 0 or past.pre is not None
            if task.number > after and past.outcome is None and is_begun is begun:
                found.append((task, past))
        return found[:limit]

    def pasts(self) -> dict[int, Past]:
        """Every task's past by what is kept."""
        pasts = {task.number: Past() for task in self.tasks}
        for event in self.kept:
            number = task_of_event(event)
            if number is not None:
                pasts[number] = after(pasts[number], event)  # pyright: ignore[reportArgumentType]
        return pasts

    def sent(self) -> int:
        """How many writes were committed to be sent."""
        return sum(isinstance(event, Sent) for event in self.kept)

    def lose(self) -> None:
        """Forget what was not committed, as a crash does."""
        self._soon.clear()

    def _commit(self) -> None:
        while self._soon:
            if self.fail_after is not None and len(self.kept) >= self.fail_after:
                raise StorageFault("the disk is full")
            if self.crash_after is not None and len(self.kept) >= self.crash_after:
                raise CrashError
            self.kept.append(self._soon.pop(0))

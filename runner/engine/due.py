"""Tasks that wait for their time."""

import heapq
from itertools import count

from runner.engine.live import Live


class DueQueue:
    """A queue by time (seconds since the epoch); of two with the same time the one that came first."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Live]] = []
        self._order = count()

    def add(self, at: float, live: Live) -> None:
        """Let a task wait until then."""
        heapq.heappush(self._due, (at, next(self._order), live))

    def pop(self, now: float) -> Live | None:
        """Take the next task whose time has come; None where there is none."""
        return heapq.heappop(self._due)[2] if self._due and self._due[0][0] <= now else None

    def next_at(self) -> float | None:
        """When the next one is due."""
        return self._due[0][0] if self._due else None

    def park(self, count_max: int) -> list[Live]:
        """Take out, of those that are due last, the ones whose success only is to be followed."""
        last = heapq.nlargest(count_max, self._due, key=lambda due: due[0])
        parked = [live for _, _, live in last if live.begun and live.past.success is not None]
        numbers = {live.task.number for live in parked}
        self._due = [due for due in self._due if due[2].task.number not in numbers]
        heapq.heapify(self._due)
        return parked

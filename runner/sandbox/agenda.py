"""What will happen by itself, in the order of its time."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

Happening: TypeAlias = Callable[[float], None]
"""Called with the time at which it was due (Unix seconds)."""


class Agenda:
    """A queue of happenings; nothing in it moves but when `advance` is given a later time.

    What is added for a time that is over already happens at once: a journal of the past is replayed so.
    """

    def __init__(self) -> None:
        self._now = float("-inf")
        self._queue: list[tuple[float, int, Happening]] = []
        self._places = count()

    def add(self, at: float, happening: Happening) -> None:
        """Let something happen at a time; equal times happen in the order in which they were added."""
        if at <= self._now:
            happening(at)
        else:
            heapq.heappush(self._queue, (at, next(self._places), happening))

    def advance(self, now: float) -> None:
        """Let everything happen that is due by now, each at its own time."""
        while self._queue and self._queue[0][0] <= now:
            at, _, happening = heapq.heappop(self._queue)
            happening(at)
        self._now = max(self._now, now)

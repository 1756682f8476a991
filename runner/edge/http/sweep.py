"""Deadlines that hold while the machine sleeps, when the event loop's own clock stands still."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

_TICK_S: Final = 1.0


class Sweep:
    """Looks every second whether the time of an exchange is over; while there is none it does nothing.

    `clock` gives seconds that go on in sleep.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._over_at: dict[asyncio.Timeout, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def watched(self, deadline: asyncio.Timeout, timeout_s: float) -> Generator[None]:
        """Within this, bring a deadline forward when `timeout_s` are over by the clock."""
        self._over_at[deadline] = self._clock() + timeout_s
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._look)
        try:
            yield
        finally:
            del self._over_at[deadline]
            if not self._over_at:
                self._rest()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        loop, now = asyncio.get_running_loop(), self._clock()
        for deadline, over_at in self._over_at.items():
            if now >= over_at and not deadline.expired():
                deadline.reschedule(loop.time())
        self._timer = loop.call_later(_TICK_S, self._look)

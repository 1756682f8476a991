"""An event loop whose selector never waits: an hour of waiting takes no time at all."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
BEGINNING = 1_790_000_000.0
"""When simulations begin: 21 September 2026, in seconds since the epoch."""


class DeadlockError(Exception):
    """Nothing is due, and nothing can ever happen again."""


class _NeverWaiting(selectors.SelectSelector):
    """Moves the time on by what it is asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None):
        """Report what is ready at once; a wait only moves the time."""
        if timeout is None:
            raise DeadlockError("every task waits for another")
        if timeout > 0:
            self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on its own time, which begins at 0."""

    def __init__(self) -> None:
        self._virtual = _NeverWaiting()
        self.slept_s = 0.0
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual.now

    def sleep_through(self, seconds: float) -> None:
        """Let time pass in which nothing runs, as a machine sleeps: what was due comes late."""
        self._virtual.now += seconds
        self.slept_s += seconds

    def awake_s(self) -> float:
        """The virtual seconds that were not slept through."""
        return self._virtual.now - self.slept_s


class VirtualClock:
    """The engine's clock on a virtual loop; `begins` is the time at the loop's 0.

    It is later each time it is asked, by a microsecond, as every real one is.
    """

    def __init__(self, begins: float = BEGINNING) -> None:
        self.begins = begins
        self._asked = 0

    def now(self) -> float:
        """Seconds since the epoch."""
        self._asked += 1
        return self.begins + asyncio.get_running_loop().time() + self._asked * 1e-6


def run_virtual(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)

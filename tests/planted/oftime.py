"""Bugs of time."""

from runner.compose import steadyclock
from runner.compose.steadyclock import SteadyClock


def wall_clock_in_backoff() -> None:
    """Waits and deadlines go by the clock that people set."""
    SteadyClock.now = lambda self: steadyclock.time.time()  # noqa: ARG005 - it takes what the real one takes

"""Time that goes on while the machine sleeps, and gaps that the event loop has not seen."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

GAP_S: Final = 10.0
"""As long as an idle connection may be used again: after a longer sleep none is."""
JUMP_S: Final = 30.0
"""A wall clock that is set forward by more may have been right: then this (virtual) machine stood still."""

# CLOCK_MONOTONIC stands still in sleep on Linux, and goes on elsewhere.
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def uptime_s() -> float:
    """Seconds since the machine was started, those in which it slept included; nobody can set it."""
    return time.clock_gettime(_CLOCK)


def boot_id() -> str | None:
    """By what two values of `uptime_s` are known to count from one start; None where that is not told."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def three_clocks() -> tuple[float, float, float]:
    """What the event loop goes by, what goes on in sleep, and what people set."""
    return time.monotonic(), uptime_s(), time.time()


class Gaps:
    """Notices time that passed while this machine slept or was not there at all."""

    def __init__(self, clocks: Callable[[], tuple[float, float, float]] = three_clocks) -> None:
        self._clocks = clocks
        self._before = clocks()

    def passed(self) -> bool:
        """Whether there was a gap since this was last asked; a wall clock that was set back is none."""
        now = self._clocks()
        loop_s, up_s, wall_s = (late - early for late, early in zip(now, self._before, strict=True))
        self._before = now
        return up_s - loop_s > GAP_S or wall_s - up_s > JUMP_S

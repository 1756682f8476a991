"""A clock that tests move from outside: programs and tenant read the same one, and it runs fast.

It stands in a file of four numbers: when it was set (wall and monotonic time), how fast it runs, and how far
it was moved. Whoever installs it reads all clocks and waits in event loops by it; those that go on while a
machine sleeps are moved with it, as if that much time had passed.
"""

import mmap
import selectors
import struct
import time
from pathlib import Path
from typing import Final

_NUMBERS: Final = struct.Struct("dddd")
_real_time, _real_monotonic, _real_sleep = time.time, time.monotonic, time.sleep
_real_gettime: Final = time.clock_gettime
_WHILE_ASLEEP: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class MovedClock:
    """The clock in one file."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._numbers = mmap.mmap(file.fileno(), _NUMBERS.size)

    @classmethod
    def set(cls, path: Path, speed: float) -> "MovedClock":
        """Begin one that shows the time now, and runs so many times as fast as the real one."""
        path.write_bytes(_NUMBERS.pack(_real_time(), _real_monotonic(), speed, 0.0))
        return cls(path)

    def move(self, seconds: float) -> None:
        """Let so much time pass at once, for everybody who reads it."""
        wall, monotonic, speed, moved = _NUMBERS.unpack_from(self._numbers)
        _NUMBERS.pack_into(self._numbers, 0, wall, monotonic, speed, moved + seconds)

    def time(self) -> float:
        """Seconds since the epoch."""
        wall, monotonic, speed, moved = _NUMBERS.unpack_from(self._numbers)
        return wall + (_real_monotonic() - monotonic) * speed + moved

    def monotonic(self) -> float:
        """As `time.monotonic()`: it runs as fast, and is never moved."""
        _, monotonic, speed, _ = _NUMBERS.unpack_from(self._numbers)
        return monotonic + (_real_monotonic() - monotonic) * speed

    def uptime(self) -> float:
        """As `time.monotonic()`, and moved."""
        return self.monotonic() + _NUMBERS.unpack_from(self._numbers)[3]

    def _gettime(self, clock: int) -> float:
        return self.uptime() if clock == _WHILE_ASLEEP else _real_gettime(clock)

    def install(self) -> None:
        """Let this process read this clock; to be called before anything of the program is imported."""
        speed = _NUMBERS.unpack_from(self._numbers)[2]

        class Hurried(selectors.DefaultSelector):
            def select(self, timeout: float | None = None):
                return super().select(timeout / speed if timeout is not None and timeout > 0 else timeout)

        def sleep(seconds: float) -> None:
            _real_sleep(seconds / speed)

        time.time, time.monotonic, time.sleep = self.time, self.monotonic, sleep
        time.clock_gettime = self._gettime
        selectors.DefaultSelector = Hurried

"""The clocks of a simulated machine: one that runs, and one that people set."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

from runner.compose import steadyclock
from runner.compose.steadyclock import SteadyClock
from tests.simulation.virtualtime import BEGINNING, VirtualLoop

OFF_S = (0.0, 0.0, 0.0, 2.0, -2.0, 3600.0, -3600.0, 86_400.0, -86_400.0, 200_000.0, -BEGINNING)
"""By how much the wall clock is wrong: set by a user, by NTP, or reset to 1970."""
_SLEEPS_S = (40.0, 600.0, 8 * 3600.0, 30 * 3600.0)
_SOON_S = (0.1, 5.0, 100.0)
_TICK_S = 1e-6


class Clocks:
    """What the program's own clock is made of. Each look is a little later than the one before it."""

    def __init__(self) -> None:
        self.off_s = 0.0
        self._looks = 0
        self._kept: SteadyClock | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let the program read these clocks."""
        wall = mock.patch.object(steadyclock, "time", SimpleNamespace(time=self._wall))
        with wall, mock.patch.object(steadyclock, "uptime_s", self._up):
            yield

    def of_launch(self, chance: random.Random) -> SteadyClock:
        """The program's clock; between two launches somebody may set the time, or start the machine anew."""
        if self._kept is None or chance.random() < 0.5:
            self.off_s = chance.choice(OFF_S)
            self._kept = SteadyClock()
        return self._kept

    def disturb(self, chance: random.Random) -> None:
        """Some time from now the machine sleeps, or somebody sets the time."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        if chance.random() < 0.5:
            loop.call_later(chance.choice(_SOON_S), loop.sleep_through, chance.choice(_SLEEPS_S))
        else:
            loop.call_later(chance.choice(_SOON_S), setattr, self, "off_s", chance.choice(OFF_S))

    def _wall(self) -> float:
        return BEGINNING + self.off_s + self._up()

    def _up(self) -> float:
        self._looks += 1
        return asyncio.get_running_loop().time() + self._looks * _TICK_S

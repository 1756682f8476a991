"""What a launch has to be told of time: a sleep, a wall clock that jumped, a loop that stood still."""

import time
from typing import Final

import anyio

from runner.edge.logs import Logger
from runner.edge.uptime import Gaps
from runner.engine.launch import Launch

_TICK_S: Final = 1.0
_STALL_S: Final = 1.0
"""An event loop that comes so much too late for a tick was busy with something else: it is logged."""


async def watch_time(launch: Launch, log: Logger) -> None:
    """Look at the clocks every second, until cancelled.

    The engine sees by its own clock that it slept. A gap that this clock does not show either (a virtual
    machine was frozen, or somebody set the wall clock) makes doubtful how late it is for the server.
    """
    gaps = Gaps()
    while True:
        begun = time.monotonic()
        await anyio.sleep(_TICK_S)
        late_s = time.monotonic() - begun - _TICK_S
        if late_s > _STALL_S:
            log.warning("the event loop stood still", seconds=round(late_s, 1))
        if gaps.passed():
            log.warning("the machine slept, or its clock was set forward")
            launch.doubt_time()

"""Time for a launch: the wall clock where it began, and the monotonic one from there on."""

import time


class SteadyClock:
    """Seconds since the Unix epoch that never jump while the program runs.

    An NTP correction, a user or a daylight-saving rule that moves the wall clock moves no deadline of ours.
    """

    def __init__(self) -> None:
        self._wall = time.time()
        self._monotonic = time.monotonic()

    def now(self) -> float:
        """The time now."""
        return self._wall + (time.monotonic() - self._monotonic)

"""Time for a launch: the wall clock where it began, and one that nobody can set from there on."""

import time
from collections.abc import Sequence
from itertools import takewhile
from typing import Self

from runner.core.event import Launched
from runner.core.jsonvalue import JsonObject, text_at
from runner.edge.uptime import boot_id, uptime_s

_BOOT, _UPTIME = "boot", "uptime_s"


class SteadyClock:
    """Seconds since the Unix epoch that never jump while the program runs, and go on in the machine's sleep.

    An NTP correction, a user or a daylight-saving rule that moves the wall clock moves no deadline of ours;
    nor does a laptop that is shut for a night make a key younger, or a `Retry-After` longer.
    """

    def __init__(self, now: float | None = None, *, since: float | None = None) -> None:
        self._began_at = time.time() if now is None else now
        self._began_up_s = uptime_s()
        self.since = since

    @classmethod
    def going_on(cls, earlier: Sequence[Launched]) -> Self:
        """The clock of a run's earlier launches, where the machine has not been started anew since.

        So a wait that one launch began is neither longer nor shorter for the next one, whatever happened to
        the wall clock between the two. `since`: when the first of them began that had this clock.
        """
        here = boot_id()
        same = list(takewhile(lambda one: here and text_at(one.facts, _BOOT) == here, reversed(earlier)))
        if not same:
            return cls()
        elapsed_s = uptime_s() - float(text_at(same[0].facts, _UPTIME) or "inf")
        return cls(same[0].at + elapsed_s, since=same[-1].at) if elapsed_s >= 0 else cls()

    def at(self, uptime: float) -> float:
        """The time at a moment of `uptime_s`."""
        return self._began_at + (uptime - self._began_up_s)

    def now(self) -> float:
        """The time now."""
        return self.at(uptime_s())


def clock_facts() -> JsonObject:
    """What `going_on` needs to know of a launch that is written down at this moment."""
    return {_BOOT: boot_id() or "", _UPTIME: f"{uptime_s():.6f}"}

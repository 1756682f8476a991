"""How many requests a job needs, and how long they take under the limits: an estimate, made offline."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from runner.core.operation import Operation, Until
from runner.core.tenant import Limits

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_SETTLING_LOOKS: Final = 2
"""Reads until the end of an asynchronous cancel is seen, on average."""
_FOLLOWING_LOOKS: Final = 6
"""Reads until a created bill run is completed, on average."""
_REQUEST_S: Final = 1.0
"""What one request takes, where concurrency alone bounds the speed."""
_ASYNCHRONOUS: Final = frozenset({"cancel_bill_run", "cancel_journal_run"})


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests by what they are for."""

    lookups: int = 0
    preflight: int = 0
    writes: int = 0
    settling: int = 0

    @property
    def total(self) -> int:
        """All of them; tokens (one an hour) are not counted."""
        return self.lookups + self.preflight + self.writes + self.settling


@dataclass(frozen=True, slots=True)
class Pressure:
    """What bounds the speed: the limits (headroom taken off), and slots, which are concurrency x entities."""

    limits: Limits
    slots: int


def requests_of(
    tasks: Mapping[Operation, int], numbers: Mapping[Operation, int], until: Until, *, preflight: bool
) -> Requests:
    """The requests for so many tasks of each operation; `numbers`: those whose number is looked up first."""
    found = Counter[str]()
    for operation, count in tasks.items():
        together = operation.look_max("settle")
        found["lookups"] += ceil(numbers.get(operation, 0) / together)
        found["preflight"] += ceil(count / operation.look_max("preflight")) if preflight else 0
        found["writes"] += count
        found["settling"] += ceil(count / together) * _looks_after(operation, until)
    return Requests(**found)


def seconds_of(requests: Requests, pressure: Pressure) -> float:
    """How long they take at least, in seconds: the tightest bound decides."""
    total = requests.total
    bounds = [total * _REQUEST_S / max(1, pressure.slots)]
    limits = pressure.limits
    if limits.per_minute:
        bounds.append(total / limits.per_minute * _MINUTE_S)
    for limit, window_s in ((limits.per_hour, _HOUR_S), (limits.per_day, _DAY_S)):
        if limit:
            # A whole window's worth may go at once; only what is beyond it waits for the next one.
            bounds.append((ceil(total / limit) - 1) * float(window_s))
    return max(bounds)


def duration(seconds: float) -> str:
    """Words for people: `45 s`, `12 min`, `3.5 h`, `2.1 days`."""
    if seconds < _MINUTE_S:
        return f"{max(1, ceil(seconds))} s"
    if seconds < _HOUR_S:
        return f"{ceil(seconds / _MINUTE_S)} min"
    return f"{seconds / _HOUR_S:.1f} h" if seconds < _DAY_S else f"{seconds / _DAY_S:.1f} days"


def _looks_after(operation: Operation, until: Until) -> int:
    if operation.method == "POST":
        return _FOLLOWING_LOOKS if until == "completed" else 0
    return _SETTLING_LOOKS if operation.name in _ASYNCHRONOUS and until != "accepted" else 0

"""Rate limits as arithmetic on a given time."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from runner.core.tenant import Limits

_BURST_S: Final = 0.05
_BUCKETS: Final = 60


@dataclass(slots=True)
class SpacedRate:
    """So many a minute, evenly spaced (GCRA), with a burst of a twentieth of a second's worth.

    The spacing makes up for the burst, so that no minute ever holds more.
    """

    per_minute: int
    due_at: float = 0.0

    def next_at(self, now: float) -> float:
        """When the next request may leave."""
        return max(now, self.due_at - _BURST_S)

    def take(self, now: float) -> None:
        """Count one request that leaves now."""
        self.due_at = max(now, self.due_at) + (60.0 + _BURST_S) / self.per_minute


@dataclass(slots=True)
class WindowRate:
    """So many in any `window_s` seconds, counted in sixty buckets; never over."""

    limit: int
    window_s: float
    buckets: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])
    total: int = 0

    def next_at(self, now: float) -> float:
        """When the next request may leave."""
        self._forget(now)
        if self.total < self.limit or not self.buckets:
            return now
        oldest, _ = self.buckets[0]
        return max(now, (oldest + 1 + _BUCKETS) * self._width_s)

    def take(self, now: float) -> None:
        """Count one request that leaves now."""
        index = int(now // self._width_s)
        if self.buckets and self.buckets[-1][0] == index:
            self.buckets[-1] = (index, self.buckets[-1][1] + 1)
        else:
            self.buckets.append((index, 1))
        self.total += 1

    def _forget(self, now: float) -> None:
        index = int(now // self._width_s)
        while self.buckets and self.buckets[0][0] < index - _BUCKETS:
            self.total -= self.buckets.popleft()[1]

    @property
    def _width_s(self) -> float:
        return self.window_s / _BUCKETS


@dataclass(slots=True)
class Rate:
    """All limits of a tenant together; one for all its lanes. No limit: no wait."""

    windows: tuple[tuple[str, SpacedRate | WindowRate], ...]

    @classmethod
    def of(cls, limits: Limits) -> "Rate":
        """The limits of a tenant, headroom already taken off."""
        windows: list[tuple[str, SpacedRate | WindowRate]] = []
        if limits.per_minute is not None:
            windows.append(("minute", SpacedRate(limits.per_minute)))
        if limits.per_hour is not None:
            windows.append(("hour", WindowRate(limits.per_hour, 3600.0)))
        if limits.per_day is not None:
            windows.append(("day", WindowRate(limits.per_day, 86400.0)))
        return cls(tuple(windows))

    def next_at(self, now: float) -> tuple[float, str]:
        """When the next request may leave, and which limit says so ("" where none does)."""
        latest, name = now, ""
        for window, rate in self.windows:
            at = rate.next_at(now)
            if at > latest:
                latest, name = at, f"the limit of the {window}"
        return latest, name

    def take(self, now: float) -> None:
        """Count one request that leaves now."""
        for _, rate in self.windows:
            rate.take(now)

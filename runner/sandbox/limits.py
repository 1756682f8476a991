"""Rate and concurrency limits, and the headers that tell of them (rate limits guide)."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

from runner.sandbox.answers import Answer, RefusedError, failure, message_only, reasons_only
from runner.sandbox.scenario import LimitsPart
from runner.sandbox.state import Where

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_WINDOW_NAMES: Final = {_MINUTE_S: "minute", _HOUR_S: "hour", _DAY_S: "day"}


@dataclass(slots=True)
class _Window:
    span_s: int
    limit: int
    index: int = -1
    used: int = 0

    def roll(self, now: float) -> None:
        index = int(now // self.span_s)
        if index != self.index:
            self.index, self.used = index, 0

    def reset_s(self, now: float) -> int:
        return max(1, math.ceil((self.index + 1) * self.span_s - now))

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class RateLimits:
    """Fixed windows of a minute, an hour and a day; refused requests count as well.

    Counts are kept in memory: a restart of the tenant begins them anew.
    """

    def __init__(self, part: LimitsPart) -> None:
        minute = _Window(_MINUTE_S, part.per_minute)
        hour = _Window(_HOUR_S, part.per_hour)
        day = _Window(_DAY_S, part.per_day)
        self._windows = (minute, hour, day)
        self._tokens = _Window(_MINUTE_S, part.token_per_minute)
        self._retry_after = part.rate_retry_after
        self._all = f"{minute.limit};w=60, {hour.limit};w=3600, {day.limit};w=86400"

    def count(self, now: float) -> Answer | None:
        """Count one API request; the 429 where it is one too many."""
        spent = None
        for window in self._windows:
            window.roll(now)
            window.used += 1
            if window.used > window.limit:
                spent = window
        if spent is None:
            return None
        wait_s = spent.reset_s(now)
        text = f"API Rate limit exceeded for the {_WINDOW_NAMES[spent.span_s]}, retry after {wait_s} seconds"
        refusal = reasons_only(429, 70, text)
        more = {"retry-after": str(wait_s)} if self._retry_after else {}
        return Answer(refusal.status, refusal.body, {**refusal.headers, **more})

    def count_token(self, now: float) -> Answer | None:
        """Count one token request (its own limit, per tenant); the 429 where it is one too many."""
        window = self._tokens
        window.roll(now)
        window.used += 1
        headers = {
            "x-ratelimit-limit-minute": str(window.limit),
            "x-ratelimit-remaining-minute": str(window.remaining),
        }
        if window.used <= window.limit:
            return None
        refusal = message_only(429, "API rate limit exceeded")
        return Answer(refusal.status, refusal.body, {**refusal.headers, **headers})

    def headers(self, now: float) -> dict[str, str]:
        """The RateLimit headers: of the window that is closest to exhaustion."""
        closest = self._windows[0]
        for window in self._windows:
            window.roll(now)
            if window.used - window.limit > closest.used - closest.limit:
                closest = window
        return {
            "ratelimit-limit": f"{closest.limit}, {self._all}",
            "ratelimit-remaining": str(closest.remaining),
            "ratelimit-reset": str(closest.reset_s(now)),
        }


class Slots:
    """Requests in flight, counted for each entity and each of the two buckets."""

    def __init__(self, part: LimitsPart) -> None:
        self._limits = {"Default": part.concurrency, "Object Query": part.concurrency_object_query}
        self._retry_after_s = part.retry_after_s
        self._taken: Counter[tuple[str | None, str]] = Counter()

    def take(self, where: Where, bucket: str) -> bool:
        """Take a slot; False where all are taken."""
        if self._taken[where.entity, bucket] >= self._limits[bucket]:
            return False
        self._taken[where.entity, bucket] += 1
        return True

    def free(self, where: Where, bucket: str) -> None:
        """Give a slot back."""
        self._taken[where.entity, bucket] -= 1

    def refusal(self, request_id: str) -> Answer:
        """The 429 for too many requests in flight; always a 429, whatever the version."""
        refused = RefusedError(70, "The total number of concurrent requests has exceeded the limit.")
        answer = failure(refused, "9999-99-99", request_id)
        more = {"retry-after": str(self._retry_after_s)} if self._retry_after_s else {}
        return Answer(answer.status, answer.body, {**answer.headers, **more})

    def headers(self, where: Where, bucket: str) -> dict[str, str]:
        """The Concurrency-Limit headers."""
        limit = self._limits[bucket]
        return {
            "concurrency-limit-type": bucket,
            "concurrency-limit-limit": str(limit),
            "concurrency-limit-remaining": str(max(0, limit - self._taken[where.entity, bucket])),
        }

"""How late it is for the server, as far as its replies tell."""

from runner.core.ports import Clock
from runner.core.retryafter import http_date_s
from runner.core.wire import Arrived, Reply


class ServerClock:
    """Bounds on the server's time, by the `Date` of its replies.

    `ahead_s`: by how much it is ahead of our clock, at least and at most; None while no reply has told it.
    """

    def __init__(self, clock: Clock, ahead_s: tuple[float, float] | None) -> None:
        self._clock = clock
        self._ahead_s = ahead_s

    def at_most(self) -> float:
        """The server's time, as late as its replies allow: no key is taken for younger than it is."""
        return self._clock.now() + (self._ahead_s[1] if self._ahead_s else 0.0)

    def at_least(self) -> float | None:
        """The server's time, as early as its replies allow; None where none has told it."""
        return None if self._ahead_s is None else self._clock.now() + self._ahead_s[0]

    def learn(self, reply: Reply, asked_at: float) -> None:
        """Take the time from a reply, which is cut off to the second.

        It was written at some time between the question and now; the reply may have waited for us for hours,
        while this machine slept.
        """
        told = http_date_s(reply.headers.get("date")) if isinstance(reply, Arrived) else None
        if told is None:
            return
        least, most = told - self._clock.now(), told + 1.0 - asked_at
        before = self._ahead_s
        if before is not None and least <= before[1] and before[0] <= most:
            least, most = max(least, before[0]), min(most, before[1])
        self._ahead_s = (least, most)

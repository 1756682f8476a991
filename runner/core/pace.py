"""How fast a lane may send now: one value with one reason.

Everything that slows a lane (the server's refusals and hints, a gate, a breaker, the retry budget) changes
this value, here. The tenant's rate limits are in `rate`, one for all lanes.
"""

from dataclasses import dataclass
from typing import Final

from runner.core.verdict import UNCLEAR_KINDS, Verdict, VerdictKind

BREAKER_FAULTS: Final = 10
"""So many faults of transport or server in a row open the breaker."""
BREAKER_FIRST_S: Final = 30.0
BREAKER_CAP_S: Final = 600.0
GATE_FIRST_S: Final = 15.0
GATE_CAP_S: Final = 300.0
RETRY_SHARE: Final = 0.1
RETRY_FLOOR: Final = 20
RETRY_TRICKLE_S: Final = 5.0
"""The retry budget of a lane: a share of its first writes, a floor, and one more in so many seconds."""
FAR_S: Final = 900.0
"""A wait of more than 15 minutes is not slept through (failure model 3.C, `Retry-After`)."""
CEILING_FIRST_S: Final = 120.0
CEILING_CAP_S: Final = 1_800.0
"""For so long a lane stays below the width at which it was refused; each time twice as long."""
_THROTTLED_S: Final = 1.0
_SLOWED: Final = frozenset({VerdictKind.LIMITED})
_SOUND: Final = frozenset({
    VerdictKind.DONE, VerdictKind.ACCEPTED, VerdictKind.REFUSED, VerdictKind.BUSY, VerdictKind.IN_FLIGHT,
    VerdictKind.GATED, VerdictKind.FORBIDDEN, VerdictKind.MISMATCH, VerdictKind.READ,
})  # fmt: skip
"""Answers of a server that is well."""


@dataclass(slots=True)
class Pace:
    """The pace of one lane (tenant and entity). Times in seconds since the epoch.

    `width` is how many requests may be in flight: at most `width_max`, halved when the server refuses for
    load, growing by one a round of answers; until `ceiling_until` it stays below `ceiling`, where it was
    refused last. `faults` counts transport and server faults in a row. `gate_shut`: a read has to show that
    the gate is open again.
    """

    width_max: int
    width: float = 0.0
    not_before: float = 0.0
    reason: str = ""
    halved_at: float = 0.0
    ceiling: float = 0.0
    ceiling_until: float = 0.0
    ceilings: int = 0
    faults: int = 0
    openings: int = 0
    probing: bool = False
    gates: int = 0
    gated_until: float = 0.0
    gate_shut: bool = False
    firsts: int = 0
    retries: int = 0
    begun_at: float = 0.0

    def __post_init__(self) -> None:
        """Start at full width."""
        self.width = float(self.width_max)

    @property
    def slots(self) -> int:
        """How many requests may be in flight now."""
        return max(1, int(self.width))

    def waits(self, now: float) -> bool:
        """Whether nothing may leave yet."""
        return now < self.not_before or self.probing

    def retry_allowed(self, now: float) -> bool:
        """Whether one more repeated write fits the budget."""
        self.begun_at = self.begun_at or now
        trickle = (now - self.begun_at) / RETRY_TRICKLE_S
        return self.retries < RETRY_FLOOR + RETRY_SHARE * self.firsts + trickle

    def count_write(self, *, first: bool) -> None:
        """Count a write that leaves."""
        if first:
            self.firsts += 1
        else:
            self.retries += 1

    def learn(self, verdict: Verdict, now: float) -> None:
        """Take in what a reply says about the lane."""
        if verdict.kind in _SOUND:
            self._sound(now)
        if verdict.kind is VerdictKind.GATED and now >= self.gated_until:
            # Many writes in flight meet one shut gate together: that counts once.
            self._shut_gate(now)
        elif verdict.kind in {VerdictKind.DONE, VerdictKind.ACCEPTED}:
            self.gates = 0
        if verdict.kind in _SLOWED:
            self._halve(now)
            self._pause(now + max(verdict.wait_s or 0.0, _THROTTLED_S), _limited_reason(verdict))
        elif verdict.wait_s is not None and verdict.kind in UNCLEAR_KINDS:
            self._pause(now + verdict.wait_s, f"the server asks to wait {verdict.wait_s:.0f} s")
        if verdict.kind in UNCLEAR_KINDS - {VerdictKind.MISMATCH} or verdict.kind is VerdictKind.NOT_SENT:
            self._fault(now, verdict)

    def heed(self, verdict: Verdict, answered_at: float) -> None:
        """Take in a reply that an earlier launch got: what it asked to wait is waited still.

        A wait of hours, or of years, holds back its own task alone: for that no launch stands still.
        """
        wait_s = verdict.wait_s
        if verdict.kind in _SLOWED | UNCLEAR_KINDS and wait_s is not None and wait_s <= FAR_S:
            self._pause(answered_at + wait_s, f"the server asked to wait {wait_s:.0f} s")

    def probe_answered(self, now: float, *, well: bool) -> None:
        """Take in how the one read went that is sent while the breaker is half open."""
        self.probing = False
        if well:
            self._sound(now)
        else:
            self._open(now, "the server still does not answer")

    def gate_answered(self, now: float, *, shut: bool) -> None:
        """Take in what a read says of a gate that was shut: writes would only meet it again."""
        self.probing = False
        if shut and now >= self.gated_until:
            self._shut_gate(now)
        self.gate_shut = shut

    def suspect(self) -> None:
        """Let a read show that the server is there, before anything else is sent."""
        self.faults = max(self.faults, BREAKER_FAULTS)

    @property
    def half_open(self) -> bool:
        """Whether a read has to show that the server is well before anything else is sent."""
        return self.faults >= BREAKER_FAULTS

    def _shut_gate(self, now: float) -> None:
        self.gate_shut = True
        self.gated_until = now + _doubled(GATE_FIRST_S, self.gates, GATE_CAP_S)
        self._pause(self.gated_until, "a gate: too many pending bill runs")
        self.gates += 1

    def _sound(self, now: float) -> None:
        self.faults = 0
        self.openings = 0
        wider = min(float(self.width_max), self.width + 1.0 / max(1.0, self.width))
        if now >= self.ceiling_until or int(wider) < int(self.ceiling):
            self.width = wider

    def _halve(self, now: float) -> None:
        if now - self.halved_at < _THROTTLED_S:
            return
        if now - self.ceiling_until >= self.ceiling_until - self.halved_at:
            self.ceilings = 0  # it was borne for as long as it was held back: this is news
        self.ceiling = self.width
        self.ceiling_until = now + _doubled(CEILING_FIRST_S, self.ceilings, CEILING_CAP_S)
        self.ceilings += 1
        self.width = max(1.0, self.width / 2)
        self.halved_at = now

    def _fault(self, now: float, verdict: Verdict) -> None:
        self.faults += 1
        if verdict.http_status == 503:  # noqa: PLR2004 - Service Unavailable is a word about load
            self._halve(now)
        if self.faults == BREAKER_FAULTS:
            self._open(now, f"{self.faults} faults in a row ({verdict.message or verdict.code})")

    def _open(self, now: float, reason: str) -> None:
        self._pause(now + _doubled(BREAKER_FIRST_S, self.openings, BREAKER_CAP_S), reason)
        self.openings += 1

    def _pause(self, until: float, reason: str) -> None:
        if until > self.not_before:
            self.not_before, self.reason = until, reason


def _doubled(first_s: float, times: int, cap_s: float) -> float:
    return min(cap_s, first_s * 2.0 ** min(times, 32))


def _limited_reason(verdict: Verdict) -> str:
    wait = "" if verdict.wait_s is None else f" and asks to wait {verdict.wait_s:.0f} s"
    return f"the server says too many requests{wait}"

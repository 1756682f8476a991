"""What makes a launch stop by itself, before harm grows."""

from collections import Counter
from dataclasses import dataclass, field

from runner.core.options import FailureLimit
from runner.core.outcome import FINAL_STATUSES, Outcome, Status
from runner.core.summary import EXIT_TOKEN
from runner.core.verdict import Verdict, VerdictKind
from runner.core.wire import NotSentCause
from runner.engine.stop import Stop

GARBLED_MAX = 3
"""So many replies in a row that Zuora does not give: the host is not the one we mean."""
_PERCENT_FROM = 100
"""A share of failures means something only from so many finished tasks on."""

_TAKEN = frozenset({VerdictKind.DONE, VerdictKind.ACCEPTED})
_NO_ANSWER = frozenset({VerdictKind.NOT_SENT, VerdictKind.UNCLEAR})


@dataclass(slots=True)
class Guards:
    """Counts what goes wrong in one launch, and says when it is enough."""

    limit: FailureLimit
    counts: Counter[Status] = field(default_factory=Counter[Status])
    garbled: int = 0
    writes_answered: int = 0
    forbidden: int = 0
    taken: int = 0
    reads_answered: int = 0
    reads_forbidden: int = 0

    def on_reply(self, verdict: Verdict) -> Stop | None:
        """Judge one reply to a write."""
        kind = verdict.kind
        self.garbled = self.garbled + 1 if kind is VerdictKind.GARBLED else 0
        self.writes_answered += int(kind is not VerdictKind.NOT_SENT)
        self.taken += int(kind in _TAKEN)
        self.forbidden += int(kind is VerdictKind.FORBIDDEN)
        if self.garbled >= GARBLED_MAX:
            return Stop(
                f"{GARBLED_MAX} replies in a row that Zuora does not give ({verdict.message}): check base_url"
            )
        return hopeless(verdict)

    def on_read(self, verdict: Verdict) -> Stop | None:
        """Judge one reply to a read."""
        self.reads_answered += int(verdict.kind not in _NO_ANSWER)
        self.reads_forbidden += int(verdict.kind is VerdictKind.FORBIDDEN)
        return hopeless(verdict)

    def on_outcome(self, outcome: Outcome) -> Stop | None:
        """Judge one more decided task."""
        self.counts[outcome.status] += 1
        failed = self.counts[Status.FAILED]
        if self.limit.count is not None and failed > self.limit.count:
            return Stop(f"{failed} tasks failed: more than --max-failures {self.limit.count}")
        finished = sum(self.counts[status] for status in FINAL_STATUSES)
        percent = self.limit.percent
        if percent is None or percent >= _PERCENT_FROM or finished < _PERCENT_FROM:
            return None
        if failed * 100.0 > percent * finished:
            return Stop(f"{failed} of {finished} tasks failed: more than --max-failures {percent:g}%")
        return None

    @property
    def barred(self) -> bool:
        """Whether every reply was 403 (to a write, if any was sent): the token may do nothing here."""
        if self.writes_answered:
            return self.forbidden == self.writes_answered
        return 0 < self.reads_answered == self.reads_forbidden


def hopeless(verdict: Verdict) -> Stop | None:
    """What waiting does not make better, whichever request met it; None: nothing of the kind."""
    match verdict.kind, verdict.code:
        case VerdictKind.REDIRECTED, _:
            return Stop(f"{verdict.message}; redirects are never followed: check base_url")
        case VerdictKind.NOT_SENT, NotSentCause.TLS.value:
            return Stop(f"TLS failed: {verdict.message}")
        case VerdictKind.NOT_SENT, NotSentCause.PROXY.value:
            return Stop(f"the proxy refused: {verdict.message}")
        case VerdictKind.NOT_SENT, NotSentCause.REDIRECT.value:
            return Stop(f"{verdict.message}: check base_url")
        case VerdictKind.NOT_SENT, NotSentCause.TOKEN_REFUSED.value:
            return Stop(f"the token was refused: {verdict.message}", EXIT_TOKEN)
        case _:
            return None

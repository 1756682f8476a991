"""One task's past, folded from its events: all that deciding the next step needs."""

import math
from collections.abc import Iterable
from functools import reduce
from typing import Final, NamedTuple, assert_never

from runner.core.event import Answered, Observed, Resolved, Sent, Settled, TaskEvent
from runner.core.outcome import Outcome
from runner.core.sighting import Sighting, Standing
from runner.core.task import Task
from runner.core.verdict import UNCLEAR_KINDS, Verdict, VerdictKind, category_of

NEGATIVE_STANDINGS: Final = frozenset({
    Standing.UNTOUCHED, Standing.ABSENT, Standing.OPEN, Standing.PARTLY,
})  # fmt: skip
"""Sightings that show something not done so far; which of them prove anything is the planner's matter."""

_TAKEN: Final = frozenset({VerdictKind.DONE, VerdictKind.ACCEPTED})
_UNDECIDING_STATUSES: Final = frozenset({401, 403, 404, 429})
_UNDECIDING_CATEGORIES: Final = frozenset({"10", "11", "40", "70"})
"""Refusals that may come from in front of the keys, and so say nothing of an earlier request (design.md)."""
_FOUND: Final = {Standing.REACHED: VerdictKind.DONE, Standing.UNDER_WAY: VerdictKind.ACCEPTED}
"""A lost reply of ours that is found done, or being done, counts as that reply."""


class Past(NamedTuple):
    """How a task stands by its events alone. Times are seconds since the epoch.

    `doubts` counts the writes that may have taken effect and are not decided: those without an answer (also
    after a crash) and those with an unclear one. `doubt_at` is when the last of them was last heard of.
    `pre` is the last look while nothing was in doubt (the pre-image), `seen` the last one since the last
    write; `checked`: the pre-image was taken again after the last answer. `negatives` are the times of the
    last two looks that found nothing done, uninterrupted. `success` is the reply that says it took effect,
    or the look that stands for it. `unsent` counts the attempts of which not one byte left. `key_since` is
    the first use of the present key, by the server's clock where `key_by_server`, else by ours; infinite
    where nobody knows. `key_sent_at` is this run's first use of it, by our clock. `first_server_at` is the
    first write by the server's clock, where that was known. `key_digest` is that of the last reply under
    this key. `inherited`: an earlier run used the key, and what came of that is not proven; it is in doubt
    from the first write on, as if it were ours.
    """

    attempts: int = 0
    answered: int = 0
    generation: int = 0
    key_since: float | None = None
    first_sent_at: float | None = None
    first_server_at: float | None = None
    sent_at: float | None = None
    answered_at: float | None = None
    track_id: str | None = None
    verdict: Verdict | None = None
    replayed: bool = False
    doubts: int = 0
    doubt_at: float | None = None
    unclear: int = 0
    busy: int = 0
    mismatch: bool = False
    success: Verdict | None = None
    refusal: Verdict | None = None
    pre: Sighting | None = None
    pre_at: float | None = None
    checked: bool = False
    busy_since: float | None = None
    seen: Sighting | None = None
    under_way_at: float | None = None
    negatives: tuple[float, ...] = ()
    outcome: Outcome | None = None
    settled_at: float | None = None
    resolved_by: str | None = None
    generations_used: int = 0
    unsent: int = 0
    key_by_server: bool = False
    key_digest: str | None = None
    inherited: bool = False
    key_sent_at: float | None = None

    @property
    def unanswered(self) -> bool:
        """Whether the last write never got an answer: its launch died, nobody knows when its bytes left."""
        return self.answered < self.attempts


def beginning(task: Task) -> Past:
    """The past of a task of which there is no event yet."""
    key = task.inherited
    if key is None:
        return Past()
    return Past(
        generation=task.generation,
        key_since=key.since,
        key_by_server=key.by_server,
        key_digest=key.digest,
        inherited=True,
    )


def fold(events: Iterable[TaskEvent], past: Past | None = None) -> Past:
    """The past after these events, in their order."""
    return reduce(after, events, past if past is not None else Past())


def taken_up(past: Past, *, now: float, launched_at: float, clock_since: float) -> Past:
    """The past as a launch takes it up: times to come were written down by a clock that was wrong.

    They count as if they were just before this launch, so that no wait and no wrong look goes by them. A key
    whose first use was noted by our clock alone, and by another than that since `clock_since`, is of an age
    that nobody knows.
    """

    def sane(at: float | None) -> float | None:
        return launched_at - 1.0 if at is not None and at > now else at

    known = past.key_since is None or past.key_by_server or clock_since <= past.key_since <= now
    return past._replace(
        key_since=past.key_since if known else math.inf,
        first_sent_at=sane(past.first_sent_at),
        sent_at=sane(past.sent_at),
        key_sent_at=sane(past.key_sent_at),
        answered_at=sane(past.answered_at),
        doubt_at=sane(past.doubt_at),
        pre_at=sane(past.pre_at),
        busy_since=sane(past.busy_since),
        under_way_at=sane(past.under_way_at),
        negatives=tuple(min(at, launched_at - 1.0) if at > now else at for at in past.negatives),
    )


def after(past: Past, event: TaskEvent) -> Past:
    """The past after one more event."""
    match event:
        case Sent():
            return _after_sent(past, event)
        case Answered():
            return _after_answered(past, event)
        case Observed():
            return _after_observed(past, event)
        case Settled():
            return past._replace(outcome=event.outcome, settled_at=event.at)
        case Resolved():
            return past._replace(outcome=event.outcome, settled_at=event.at, resolved_by=event.who)
        case _:
            assert_never(event)


def _after_sent(past: Past, event: Sent) -> Past:
    """A new generation is used only after proof that the earlier ones took no effect: their doubt is over."""
    first_of_key = event.generation != past.generation
    return past._replace(
        attempts=event.attempt,
        generation=event.generation,
        generations_used=past.generations_used + int(first_of_key),
        key_since=(event.server_at or event.at) if first_of_key else past.key_since,
        key_by_server=event.server_at is not None if first_of_key else past.key_by_server,
        key_digest=None if first_of_key else past.key_digest,
        replayed=past.replayed and not first_of_key,
        first_sent_at=past.first_sent_at if past.first_sent_at is not None else event.at,
        key_sent_at=event.at if first_of_key or past.key_sent_at is None else past.key_sent_at,
        first_server_at=past.first_server_at if past.attempts else event.server_at,
        sent_at=event.at,
        track_id=event.track_id,
        doubts=1 if first_of_key else past.doubts + 1 + int(past.inherited),
        inherited=False,
        doubt_at=event.at,
        unclear=0 if first_of_key else past.unclear,
        seen=None,
        negatives=(),
    )


def _after_answered(past: Past, event: Answered) -> Past:
    verdict = event.verdict
    past = past._replace(
        answered=event.attempt,
        answered_at=event.at,
        verdict=verdict,
        replayed=verdict.digest is not None and past.key_digest == verdict.digest,
        key_digest=verdict.digest or past.key_digest,
        checked=False,
    )
    if verdict.kind in _TAKEN:
        return past._replace(success=verdict, doubts=0, refusal=None)
    if verdict.kind in UNCLEAR_KINDS:
        mismatch = past.mismatch or verdict.kind is VerdictKind.MISMATCH
        return past._replace(doubt_at=event.at, unclear=past.unclear + 1, mismatch=mismatch)
    if verdict.kind is VerdictKind.IN_FLIGHT:
        # This request did nothing, but the earlier one is still being worked on: its quiet window begins now.
        return past._replace(doubts=max(1, past.doubts - 1), doubt_at=event.at)
    return _after_refusal(past, verdict)


def _after_refusal(past: Past, verdict: Verdict) -> Past:
    """A refusal proves something of its own request alone, but for a business refusal under the same key."""
    left = 0 if _decides_key(past, verdict) else max(0, past.doubts - 1)
    match verdict.kind:
        case VerdictKind.REFUSED:
            return past._replace(doubts=left, refusal=verdict)
        case VerdictKind.FORBIDDEN:
            return past._replace(doubts=left, refusal=verdict)
        case VerdictKind.BUSY:
            return past._replace(doubts=left, busy=past.busy + 1)
        case VerdictKind.NOT_SENT:
            return past._replace(doubts=left, unsent=past.unsent + 1)
        case _:
            return past._replace(doubts=left)


def _decides_key(past: Past, verdict: Verdict) -> bool:
    """Whether a refusal under a key also tells how the earlier requests with this key ended."""
    category = category_of(verdict.code)
    return (
        past.key_since is not None
        and verdict.kind in {VerdictKind.REFUSED, VerdictKind.GATED}
        and category is not None
        and category not in _UNDECIDING_CATEGORIES
        and verdict.http_status not in _UNDECIDING_STATUSES
    )


def _after_observed(past: Past, event: Observed) -> Past:
    sighting = event.sighting
    if past.doubts == 0 and past.success is None:
        return _after_preflight(past, event)
    repeated = past.seen is not None and past.seen.standing is sighting.standing
    if sighting.standing is Standing.PARTLY:
        repeated = past.seen == sighting
    negatives: tuple[float, ...] = ()
    if sighting.standing in NEGATIVE_STANDINGS:
        negatives = (*(past.negatives if repeated else ()), event.at)[-2:]
    under_way_at = event.at if sighting.standing is Standing.UNDER_WAY else past.under_way_at
    past = past._replace(seen=sighting, negatives=negatives, under_way_at=under_way_at)
    kind = _FOUND.get(sighting.standing)
    if past.success is not None or kind is None:
        return past
    found = Verdict(kind, message=sighting.note, result_id=sighting.result_id, result_state=sighting.state)
    return past._replace(success=found, doubts=0, seen=None)


def _after_preflight(past: Past, event: Observed) -> Past:
    """A refusal by a state that passes (`BUSY`) is none any more once that state has passed."""
    standing = event.sighting.standing
    passed = past.busy_since is not None and standing is not Standing.BUSY
    return past._replace(
        pre=event.sighting,
        pre_at=event.at,
        checked=past.attempts > 0,
        refusal=None if passed else past.refusal,
        busy_since=(past.busy_since or event.at) if standing is Standing.BUSY else None,
        under_way_at=event.at if standing is Standing.UNDER_WAY else past.under_way_at,
    )

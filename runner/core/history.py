"""One task's past, folded from its events: all that deciding the next step needs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, assert_never

from runner.core.event import Answered, Observed, Resolved, Sent, Settled, TaskEvent
from runner.core.outcome import Outcome
from runner.core.sighting import Sighting, Standing
from runner.core.verdict import UNCLEAR_KINDS, Verdict, VerdictKind, category_of

NEGATIVE_STANDINGS: Final = frozenset({Standing.UNTOUCHED, Standing.ABSENT, Standing.OPEN})
"""Sightings that show nothing done so far; which of them prove anything is the planner's matter."""

_TAKEN: Final = frozenset({VerdictKind.DONE, VerdictKind.ACCEPTED})
_FOUND: Final = {Standing.REACHED: VerdictKind.DONE, Standing.UNDER_WAY: VerdictKind.ACCEPTED}
"""A lost reply of ours that is found done, or being done, counts as that reply."""


@dataclass(frozen=True, slots=True)
class Past:
    """How a task stands by its events alone. Times are seconds since the epoch.

    `doubts` counts the writes that may have taken effect and are not decided: those without an answer (also
    after a crash) and those with an unclear one. `doubt_at` is when the last of them was last heard of.
    `pre` is the last look while nothing was in doubt (the pre-image), `seen` the last one since the last
    write. `negatives` are the times of the last two looks that found nothing done, uninterrupted. `success`
    is the reply that says it took effect, or the look that stands for it. `unsent` counts
    the attempts of which not one byte left.
    """

    attempts: int = 0
    answered: int = 0
    generation: int = 0
    key_since: float | None = None
    first_sent_at: float | None = None
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
    busy_since: float | None = None
    seen: Sighting | None = None
    seen_at: float | None = None
    under_way_at: float | None = None
    negatives: tuple[float, ...] = ()
    outcome: Outcome | None = None
    settled_at: float | None = None
    resolved_by: str | None = None
    generations_used: int = 0
    unsent: int = 0


def fold(events: Iterable[TaskEvent], past: Past | None = None) -> Past:
    """The past after these events, in their order."""
    return reduce(after, events, past if past is not None else Past())


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
            return replace(past, outcome=event.outcome, settled_at=event.at)
        case Resolved():
            return replace(past, outcome=event.outcome, settled_at=event.at, resolved_by=event.who)
        case _:
            assert_never(event)


def _after_sent(past: Past, event: Sent) -> Past:
    first_of_key = event.generation != past.generation
    return replace(
        past,
        attempts=event.attempt,
        generation=event.generation,
        generations_used=past.generations_used + int(first_of_key),
        key_since=(event.server_at or event.at) if first_of_key else past.key_since,
        first_sent_at=past.first_sent_at if past.first_sent_at is not None else event.at,
        sent_at=event.at,
        track_id=event.track_id,
        doubts=past.doubts + 1,
        doubt_at=event.at,
        unclear=0 if first_of_key else past.unclear,
        seen=None,
        negatives=(),
    )


def _after_answered(past: Past, event: Answered) -> Past:
    verdict = event.verdict
    known = past.verdict
    past = replace(
        past,
        answered=event.attempt,
        answered_at=event.at,
        verdict=verdict,
        replayed=known is not None and verdict.digest is not None and known.digest == verdict.digest,
    )
    if verdict.kind in _TAKEN:
        return replace(past, success=verdict, doubts=0, refusal=None)
    if verdict.kind in UNCLEAR_KINDS:
        mismatch = past.mismatch or verdict.kind is VerdictKind.MISMATCH
        return replace(past, doubt_at=event.at, unclear=past.unclear + 1, mismatch=mismatch)
    return _after_refusal(past, verdict)


def _after_refusal(past: Past, verdict: Verdict) -> Past:
    """A refusal proves something of its own request alone, but for a business refusal under the same key."""
    left = max(0, past.doubts - 1)
    match verdict.kind:
        case VerdictKind.IN_FLIGHT:
            return replace(past, doubts=max(1, left))
        case VerdictKind.REFUSED:
            decides = past.key_since is not None and category_of(verdict.code) is not None
            return replace(past, doubts=0 if decides else left, refusal=verdict)
        case VerdictKind.FORBIDDEN:
            return replace(past, doubts=left, refusal=verdict)
        case VerdictKind.BUSY:
            return replace(past, doubts=left, busy=past.busy + 1)
        case VerdictKind.NOT_SENT:
            return replace(past, doubts=left, unsent=past.unsent + 1)
        case _:
            return replace(past, doubts=left)


def _after_observed(past: Past, event: Observed) -> Past:
    sighting = event.sighting
    if past.doubts == 0 and past.success is None:
        return _after_preflight(past, event)
    repeated = past.seen is not None and past.seen.standing is sighting.standing
    negatives: tuple[float, ...] = ()
    if sighting.standing in NEGATIVE_STANDINGS:
        negatives = (*(past.negatives if repeated else ()), event.at)[-2:]
    under_way_at = event.at if sighting.standing is Standing.UNDER_WAY else past.under_way_at
    past = replace(past, seen=sighting, seen_at=event.at, negatives=negatives, under_way_at=under_way_at)
    kind = _FOUND.get(sighting.standing)
    if past.success is not None or kind is None:
        return past
    found = Verdict(kind, message=sighting.note, result_id=sighting.result_id, result_state=sighting.state)
    return replace(past, success=found, doubts=0, seen=None)


def _after_preflight(past: Past, event: Observed) -> Past:
    standing = event.sighting.standing
    return replace(
        past,
        pre=event.sighting,
        pre_at=event.at,
        busy_since=(past.busy_since or event.at) if standing is Standing.BUSY else None,
        under_way_at=event.at if standing is Standing.UNDER_WAY else past.under_way_at,
    )

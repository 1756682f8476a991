"""What to do next for one task, decided from its past alone."""

from typing import Final

from runner.core.doubt import in_doubt
from runner.core.outcome import Outcome, Status
from runner.core.policy import backoff_s
from runner.core.sighting import Sighting, Standing
from runner.core.step import Rest, Send, Settle, Step, View, deadline, look_step
from runner.core.verdict import Verdict, VerdictKind, category_of

__all__ = ["plan"]

_RETRYABLE_CATEGORIES: Final = frozenset({"50", "60", "61", "70", "99"})
_BUSINESS_RULE: Final = "30"


def plan(view: View) -> Step:
    """The next step of a task.

    Done is done; a success is followed as far as asked; a doubt is decided by evidence before anything else
    is sent; a final refusal is a failure; and only then, after a look at the target, is something sent.
    """
    past = view.past
    if past.outcome is not None or view.task.rejected is not None or view.task.done_by is not None:
        return Rest("decided")
    if past.success is not None:
        return _after_success(view, past.success)
    if past.doubts:
        return in_doubt(view)
    if past.refusal is not None:
        return _after_refusal(view, past.refusal)
    last = past.verdict
    if last is not None and last.kind is VerdictKind.BUSY and past.busy >= view.policy.busy_max:
        return Settle(refused(last))
    return _before_send(view) if view.policy.sends else Rest("nothing is sent by this command")


def refused(verdict: Verdict) -> Outcome:
    """The failure that a final refusal is."""
    return Outcome(
        Status.FAILED,
        reason_code=verdict.code,
        reason_message=verdict.message,
        retryable=category_of(verdict.code) in _RETRYABLE_CATEGORIES,
    )


def _after_refusal(view: View, refusal: Verdict) -> Step:
    """A refusal is final once the target was looked at again, where that is possible.

    A server may have done a part of it before it refused the rest; and a state that passes may have been
    the reason: a run that went into `Processing` meanwhile.
    """
    past = view.past
    if view.task.keyed or not view.policy.preflight or refusal.kind is VerdictKind.FORBIDDEN:
        return Settle(refused(refusal))
    if past.pre is None or not past.checked:
        return look_step(view, "preflight")
    if past.pre.standing is Standing.PARTLY:
        return Settle(_refused_in_part(refusal, past.pre))
    by_state = category_of(refusal.code) == _BUSINESS_RULE and past.attempts < view.policy.busy_max
    busy = by_state and past.pre.standing is Standing.BUSY
    return _while_busy(view) if busy else Settle(refused(refusal))


def _refused_in_part(refusal: Verdict, pre: Sighting) -> Outcome:
    return Outcome(
        Status.PARTIAL,
        reason_code=refusal.code,
        reason_message=refusal.message,
        result_id=pre.result_id,
        result_state=pre.state,
        note=pre.note,
    )


def _while_busy(view: View) -> Step:
    """Wait for the end of a state that will pass, but in one launch no longer than a task is followed."""
    since = max(view.launched_at, view.past.busy_since or view.now)
    return look_step(view, "preflight", until=since + view.policy.settle_s)


def _after_success(view: View, success: Verdict) -> Step:
    if success.kind is VerdictKind.DONE and not view.traits.follows:
        return Settle(_succeeded(success, view.past.seen))
    if view.policy.until == "accepted":
        return Rest("followed no further, as asked")
    seen = view.past.seen
    if seen is None:
        return _follow(view)
    match seen.standing:
        case Standing.REACHED:
            return Settle(_succeeded(success, seen))
        case Standing.PARTLY:
            return Settle(_ended(Status.PARTIAL, success, seen))
        case Standing.IMPOSSIBLE:
            return Settle(_ended(Status.FAILED, success, seen))
        case Standing.UNTOUCHED | Standing.OPEN if _ended_elsewhere(view, success, seen):
            return Settle(_ended(Status.FAILED, success, seen))
        case _:
            return _follow(view)


def _ended_elsewhere(view: View, success: Verdict, seen: Sighting) -> bool:
    """Whether a cancel that was seen in progress is so no more, by two looks past the quiet window.

    It has to stand again in the state it had before: one that is gone, or being deleted, was cancelled
    perhaps, and `Canceled` itself may be what is seen (of a series that goes on).
    """
    past = view.past
    in_progress_seen = past.under_way_at is not None or success.result_state is not None
    back = seen.standing is Standing.UNTOUCHED or (past.pre is not None and seen.state == past.pre.state)
    taken_at = max(past.answered_at or 0.0, past.under_way_at or 0.0)
    return in_progress_seen and back and not view.traits.follows and view.proven_since(taken_at)


def _follow(view: View) -> Step:
    return look_step(view, "follow" if view.traits.follows else "settle")


def _succeeded(success: Verdict, seen: Sighting | None) -> Outcome:
    return Outcome(
        Status.SUCCEEDED,
        result_id=success.result_id or (seen.result_id if seen else None),
        result_state=(seen.state if seen else None) or success.result_state,
        note=(seen.note if seen else "") or (success.message or ""),
    )


def _ended(status: Status, success: Verdict, seen: Sighting) -> Outcome:
    failed = status is Status.FAILED
    return Outcome(
        status,
        reason_code="ended_elsewhere" if failed else "partly",
        reason_message=seen.note or f"the target is {seen.state or 'gone'}",
        result_id=success.result_id or seen.result_id,
        result_state=seen.state,
        retryable=failed and seen.standing is not Standing.IMPOSSIBLE,
        note=seen.note,
    )


def _before_send(view: View) -> Step:
    past = view.past
    if not view.policy.preflight or not view.can_look:
        return _send(view)
    pre = past.pre
    if pre is None or past.pre_at is None or past.pre_at < view.launched_at:
        return look_step(view, "preflight")
    match pre.standing:
        case Standing.REACHED:
            return Settle(_unchanged(view, pre))
        case Standing.IMPOSSIBLE:
            return Settle(_failed_before(view, pre, "target_state"))
        case Standing.BUSY:
            return _while_busy(view)
        case Standing.UNDER_WAY:
            return look_step(view, "preflight", until=deadline(view))
        case _ if past.under_way_at is not None and not view.task.keyed:
            return Settle(_failed_before(view, pre, "ended_elsewhere"))
        case _:
            return _send(view)


def _send(view: View) -> Step:
    past, task = view.past, view.task
    verdict = past.verdict
    first = task.generation if task.keyed else 0
    if verdict is None or past.answered_at is None:
        return Send(max(first, past.generation), view.now)
    wait_s = max(backoff_s(task.act, past.attempts), verdict.wait_s or 0.0)
    generation = max(first, past.generation)
    match verdict.kind:
        case VerdictKind.BUSY:
            return Send(generation + int(task.keyed), past.answered_at + wait_s)
        case VerdictKind.GATED:
            return Send(generation + int(task.keyed), past.answered_at)
        case VerdictKind.LIMITED:
            return Send(generation + int(task.keyed and past.replayed), past.answered_at + wait_s)
        case VerdictKind.TOKEN:
            return Send(generation + int(task.keyed and past.replayed), past.answered_at)
        case _:
            return Send(generation, past.answered_at + wait_s)


def _unchanged(view: View, pre: Sighting) -> Outcome:
    before = "what was sent had been refused" if view.past.attempts else "before anything was sent"
    note = pre.note or f"it was already so ({before})"
    return Outcome(Status.UNCHANGED, result_id=pre.result_id, result_state=pre.state, note=note)


def _failed_before(view: View, pre: Sighting, code: str) -> Outcome:
    """The failure that a look shows while nothing is in doubt; a cancel that went elsewhere may go again."""
    sent = "what was sent had been refused" if view.past.attempts else "nothing was sent"
    return Outcome(
        Status.FAILED,
        reason_code=code,
        reason_message=pre.note or f"the target is {pre.state or 'not there'}",
        result_id=pre.result_id,
        result_state=pre.state,
        retryable=code == "ended_elsewhere",
        note=f"{sent}: a look at the target showed that it cannot take effect",
    )

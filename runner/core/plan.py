"""What to do next for one task, decided from its past alone."""

from typing import Final

from runner.core.doubt import in_doubt, key_over
from runner.core.outcome import Outcome, Status
from runner.core.policy import backoff_s
from runner.core.sighting import Sighting, Standing
from runner.core.step import Rest, Send, Settle, Step, View, deadline, look_step
from runner.core.verdict import Verdict, VerdictKind, category_of

__all__ = ["plan"]

_RETRYABLE_CATEGORIES: Final = frozenset({"50", "60", "61", "70", "99"})
_BUSINESS_RULE: Final = "30"
_AS_ASKED: Final = "followed no further, as asked"
_NOTHING_SENT: Final = "nothing is sent by this command"


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
    if past.under_way_at is not None:
        return _anothers_cancel(view)
    return _before_send(view) if view.policy.sends else Rest(_NOTHING_SENT)


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
    if past.pre.standing is Standing.REACHED:
        # Somebody else did it meanwhile, which is why ours was refused.
        return Settle(_unchanged(view, past.pre))
    if past.pre.standing is Standing.UNDER_WAY:
        return _anothers_cancel(view)
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
    if not view.policy.sends:
        return Rest(_NOTHING_SENT)
    since = max(view.launched_at, view.past.busy_since or view.now)
    return look_step(view, "preflight", until=since + view.policy.settle_s)


def _after_success(view: View, success: Verdict) -> Step:
    if success.kind is VerdictKind.DONE and not view.traits.follows:
        return Settle(_succeeded(success, view.past.seen))
    if view.policy.until == "accepted":
        return Rest(_AS_ASKED)
    seen = view.past.seen
    status = _end_of(view, success, seen) if seen is not None else None
    if seen is None or status is None:
        return look_step(view, "follow" if view.traits.follows else "settle")
    return Settle(_succeeded(success, seen) if status is Status.SUCCEEDED else _ended(status, success, seen))


def _end_of(view: View, success: Verdict, seen: Sighting) -> Status | None:
    """What was taken has come to this end; None where its end is not seen yet."""
    match seen.standing:
        case Standing.REACHED:
            return Status.SUCCEEDED
        case Standing.PARTLY:
            return Status.PARTIAL
        case Standing.ABSENT if view.proven_since(_last_heard_at(view)):
            return Status.PARTIAL
        case Standing.IMPOSSIBLE:
            return Status.FAILED
        case Standing.UNTOUCHED if _ended_elsewhere(view, success):
            return Status.FAILED
        case _:
            return None


def _ended_elsewhere(view: View, success: Verdict) -> bool:
    """Whether a cancel that was seen in progress is so no more, by two looks past the quiet window."""
    in_progress_seen = view.past.under_way_at is not None or success.result_state is not None
    return in_progress_seen and not view.traits.follows and view.proven_since(_last_heard_at(view))


def _last_heard_at(view: View) -> float:
    """When what we sent was last heard of: by its reply, seen to be under way, or when it left."""
    past = view.past
    heard_at = view.at_latest(max(past.answered_at or 0.0, past.under_way_at or 0.0))
    return max(heard_at, view.last_byte_at)


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


def _anothers_cancel(view: View) -> Step:
    """A cancel was seen in progress while nothing of ours was: somebody else's, which is followed."""
    pre = _fresh_look(view)
    if pre is None:
        return look_step(view, "preflight")
    match pre.standing:
        case Standing.REACHED:
            return Settle(_unchanged(view, pre))
        case Standing.PARTLY:
            return Settle(_ended_without_us(view, pre, "partly", Status.PARTIAL))
        case Standing.IMPOSSIBLE:
            return Settle(_ended_without_us(view, pre, "target_state"))
        case Standing.BUSY:
            return _while_busy(view)
        case Standing.UNDER_WAY if view.policy.until == "accepted":
            return Rest(_AS_ASKED)
        case Standing.UNDER_WAY:
            return look_step(view, "preflight", until=deadline(view))
        case _:
            return Settle(_ended_without_us(view, pre, "ended_elsewhere"))


def _before_send(view: View) -> Step:
    if not view.policy.preflight or not view.can_look:
        return _send(view)
    pre = _fresh_look(view)
    if pre is None:
        return look_step(view, "preflight")
    match pre.standing:
        case Standing.REACHED:
            return Settle(_unchanged(view, pre))
        case Standing.IMPOSSIBLE:
            return Settle(_ended_without_us(view, pre, "target_state"))
        case Standing.BUSY:
            return _while_busy(view)
        case _:
            return _send(view)


def _fresh_look(view: View) -> Sighting | None:
    """What a look of this launch showed; what an earlier one showed may have changed since."""
    past = view.past
    return past.pre if past.pre_at is not None and past.pre_at >= view.launched_at else None


def _send(view: View) -> Step:
    past, task = view.past, view.task
    verdict = past.verdict
    first = task.generation if task.keyed else 0
    first += int(past.inherited and key_over(view))  # then the word of who resolved it is what is left
    if verdict is None or past.answered_at is None:
        return Send(max(first, past.generation), view.now)
    asked_s = verdict.wait_s or 0.0
    wait_s = max(backoff_s(task.act, past.attempts), asked_s)
    generation = max(first, past.generation)
    match verdict.kind:
        case VerdictKind.BUSY:
            return Send(generation + int(task.keyed), past.answered_at + wait_s)
        case VerdictKind.GATED:
            return Send(generation + int(task.keyed), past.answered_at + asked_s)
        case VerdictKind.LIMITED:
            return Send(generation + int(task.keyed and past.replayed), past.answered_at + wait_s)
        case VerdictKind.TOKEN:
            return Send(generation + int(task.keyed and past.replayed), past.answered_at + asked_s)
        case _:
            return Send(generation, past.answered_at + wait_s)


def _unchanged(view: View, pre: Sighting) -> Outcome:
    before = "what was sent had been refused" if _refused_before(view) else "before anything was sent"
    note = pre.note or f"it was already so ({before})"
    return Outcome(Status.UNCHANGED, result_id=pre.result_id, result_state=pre.state, note=note)


def _ended_without_us(view: View, pre: Sighting, code: str, status: Status = Status.FAILED) -> Outcome:
    """The end that a look shows while nothing is in doubt; a cancel that went elsewhere may go again."""
    sent = "what was sent had been refused" if _refused_before(view) else "nothing was sent"
    shown = pre.note or f"the target is {pre.state or 'not there'}"
    return Outcome(
        status,
        reason_code=code,
        reason_message=shown,
        result_id=pre.result_id,
        result_state=pre.state,
        retryable=code == "ended_elsewhere",
        note=f"{sent}: {shown}",
    )


def _refused_before(view: View) -> bool:
    """Whether anything of ours was on the wire before, and did nothing."""
    return view.past.attempts > view.past.unsent

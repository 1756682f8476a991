"""What to do while it is not known whether a write took effect: find out by reading, and never guess."""

from runner.core.outcome import Outcome, Status
from runner.core.policy import backoff_s
from runner.core.sighting import Sighting, Standing
from runner.core.step import Rest, Send, Settle, Step, View, look_step
from runner.core.verdict import UNCLEAR_KINDS


def in_doubt(view: View) -> Step:
    """The next step of a task with an undecided write.

    A target that is seen done, or being done, is no doubt any more (`history` turns it into a success).
    """
    seen = view.past.seen
    if seen is not None and seen.standing is Standing.PARTLY:
        return Settle(_settled(Status.PARTIAL, "partly", seen))
    if seen is not None and seen.standing is Standing.IMPOSSIBLE:
        return Settle(_settled(Status.FAILED, "target_state", seen))
    return _creation(view) if view.task.keyed else _target(view)


def _target(view: View) -> Step:
    """A PUT has no key: it is read back, and sent again at most once, when the look proves it undone."""
    past = view.past
    if not _nothing_done(view, Standing.UNTOUCHED):
        return look_step(view, "settle")
    refusal = past.refusal
    if refusal is not None and view.traits.untouched_proves:
        return Settle(_undone(view, refusal.code, refusal.message))
    if view.policy.sends and past.unclear + _unanswered(view) < view.policy.puts_unclear_max:
        return Send(0, view.now)
    if view.traits.untouched_proves:
        code = past.verdict.code if past.verdict else None
        return Settle(_undone(view, code or "no_effect", "the target was read back: nothing took effect"))
    return Rest("nothing took effect that can be seen, and nothing proves that it never will")


def _unanswered(view: View) -> int:
    """Writes in doubt that never got an answer at all (a crash)."""
    return max(0, view.past.doubts - view.past.unclear)


def _creation(view: View) -> Step:
    """Its key decides while that is trusted, or finding its marker does; never that it was not found."""
    past, policy = view.past, view.policy
    if past.mismatch or not policy.sends:
        return _search(view)
    if _key_decides(view):
        at = (past.answered_at or past.sent_at or view.now) + backoff_s(view.task.act, view.sends)
        wait_s = past.verdict.wait_s if past.verdict else None
        at = max(at, (past.answered_at or 0.0) + (wait_s or 0.0))
        first = max(view.launched_at, past.first_sent_at or 0.0)
        if view.sends < policy.same_key_max and max(at, view.now) <= first + policy.settle_s:
            return Send(past.generation, at)
    return _search(view)


def _key_decides(view: View) -> bool:
    """Whether the same key can still tell: it is trusted, and what the server stored for it is no fault."""
    past = view.past
    age_s = view.server_now - (past.key_since or 0.0)
    verdict = past.verdict
    stored_fault = past.replayed and verdict is not None and verdict.kind in UNCLEAR_KINDS
    return age_s < view.policy.key_trust_s and not stored_fault


def _search(view: View) -> Step:
    if not view.can_look:
        return Rest("without a marker only its key or a person can decide")
    if not _nothing_done(view, Standing.ABSENT):
        return look_step(view, "settle")
    if _key_decides(view) or view.past.mismatch:
        return Rest("not found so far; while its key is trusted that proves nothing")
    if not view.marker_read:
        return Rest("not found, on a tenant where no marker was read back yet")
    if view.policy.sends and view.past.generations_used < view.policy.generations_max:
        return Send(view.past.generation + 1, view.now)
    return Settle(_undone(view, "no_effect", "no bill run carries its marker"))


def _nothing_done(view: View, standing: Standing) -> bool:
    seen = view.past.seen
    return seen is not None and seen.standing is standing and view.proven_since(view.past.doubt_at or 0.0)


def _undone(view: View, code: str | None, message: str | None) -> Outcome:
    seen = view.past.seen
    return Outcome(
        Status.FAILED,
        reason_code=code,
        reason_message=message,
        result_state=seen.state if seen else None,
        retryable=view.past.refusal is None,
        note="read back twice after the quiet window: it did not take effect",
    )


def _settled(status: Status, code: str, seen: Sighting) -> Outcome:
    return Outcome(
        status,
        reason_code=code,
        reason_message=seen.note or f"the target is {seen.state or 'gone'}",
        result_id=seen.result_id,
        result_state=seen.state,
        note=seen.note,
    )

"""What to do while it is not known whether a write took effect: find out by reading, and never guess."""

from typing import Final

from runner.core.history import Past
from runner.core.outcome import Outcome, Status
from runner.core.policy import backoff_s
from runner.core.sighting import Sighting, Standing
from runner.core.step import Rest, Send, Settle, Step, View, look_step
from runner.core.verdict import UNCLEAR_KINDS, Verdict, VerdictKind, category_of

_CLOCK_SLACK_S: Final = 300.0
"""A key that was first used later than this from now shows that a clock was set: its age is not known."""
_INTERNAL_CATEGORIES: Final = frozenset({"60", "61", "99"})
"""Zuora: worth retrying "a very limited number of times" (failure model 3.C: at most 2)."""
_STORED_KINDS: Final = UNCLEAR_KINDS | {VerdictKind.BUSY}
"""Replies under a key that, once they are replayed, will be replayed until the key is forgotten."""


def in_doubt(view: View) -> Step:
    """The next step of a task with an undecided write.

    A target that is seen done, or being done, is no doubt any more (`history` turns it into a success).
    """
    seen = view.past.seen
    if seen is not None and _nothing_more(view, Standing.PARTLY):
        return Settle(_settled(Status.PARTIAL, "partly", seen))
    if seen is not None and seen.standing is Standing.IMPOSSIBLE:
        return Settle(_settled(Status.FAILED, "target_state", seen))
    return _creation(view) if view.task.keyed else _target(view)


def _target(view: View) -> Step:
    """A PUT has no key: it is read back, and sent again at most once, when the look proves it undone."""
    past = view.past
    if not _nothing_more(view, Standing.UNTOUCHED):
        return look_step(view, "settle")
    refusal = past.refusal or _worn_out(view)
    again = refusal is None and past.unclear + _unanswered(view) < view.policy.puts_unclear_max
    if view.policy.sends and again:
        if view.sends >= view.policy.busy_max:
            return Rest("refused, or not sent, too often in this launch")
        # Until then it is looked at now and then, so that the proof is fresh when it is sent.
        return Send(0, view.now) if view.now >= _asked_until(view) else look_step(view, "settle")
    if view.traits.untouched_proves and refusal is not None:
        return Settle(_undone(view, refusal.code, refusal.message))
    if view.traits.untouched_proves:
        code = past.verdict.code if past.verdict else None
        return Settle(_undone(view, code or "no_effect", "the target was read back: nothing took effect"))
    return Rest("nothing took effect that can be seen, and nothing proves that it never will")


def _worn_out(view: View) -> Verdict | None:
    """The last of too many proven refusals for a lock."""
    verdict = view.past.verdict
    worn_out = view.past.busy >= view.policy.busy_max
    return verdict if worn_out and verdict is not None and verdict.kind is VerdictKind.BUSY else None


def _asked_until(view: View) -> float:
    """Until when the last reply asks to wait, also where an earlier launch got it."""
    past = view.past
    wait_s = past.verdict.wait_s if past.verdict else None
    return (past.answered_at or 0.0) + (wait_s or 0.0)


def _unanswered(view: View) -> int:
    """Writes in doubt that never got an answer at all (a crash)."""
    return max(0, view.past.doubts - view.past.unclear)


def _creation(view: View) -> Step:
    """Its key decides while that is trusted, or finding its marker does; never that it was not found."""
    past, policy = view.past, view.policy
    if past.mismatch or not policy.sends:
        return _search(view)
    if _key_trusted(view) and not _is_stored(view.past):
        at = (past.answered_at or past.sent_at or view.now) + backoff_s(view.task.act, view.sends)
        at = max(at, _asked_until(view))
        first = max(view.launched_at, past.key_sent_at or 0.0)
        if view.key_sends < _same_key_max(view) and max(at, view.now) <= first + policy.settle_s:
            return Send(past.generation, at)
    return _search(view)


def _same_key_max(view: View) -> int:
    """How often one key is used in one launch: a failure inside the server is retried but a few times."""
    verdict, policy = view.past.verdict, view.policy
    internal = verdict is not None and category_of(verdict.code) in _INTERNAL_CATEGORIES
    return policy.same_key_internal_max if internal else policy.same_key_max


def _key_trusted(view: View) -> bool:
    """Whether the server still knows the key for sure. One of an unknown age is neither trusted nor over."""
    return -_CLOCK_SLACK_S <= _key_age_s(view) < view.policy.key_trust_s


def key_over(view: View) -> bool:
    """Whether the key decides no more: its time is over, or what the server stored for it decides nothing."""
    return _key_age_s(view) >= view.policy.key_trust_s or _is_stored(view.past)


def _key_age_s(view: View) -> float:
    """By the server's clock; where its first use was noted by ours alone, by the one that says more."""
    past = view.past
    now = view.server_now if past.key_by_server else max(view.server_now, view.now)
    return now - (past.key_since or 0.0)


def _is_stored(past: Past) -> bool:
    """Whether a stored reply decides nothing; a proxy's page, without a request id, is the same each time."""
    return is_replayed(past) and past.verdict is not None and past.verdict.kind in _STORED_KINDS


def is_replayed(past: Past) -> bool:
    """Whether the last reply is one that the server has stored, by its request id: it was got before."""
    return past.replayed and past.verdict is not None and past.verdict.request_id is not None


def _search(view: View) -> Step:
    if not view.can_look:
        return Rest("without a marker only its key or a person can decide")
    if not _nothing_more(view, Standing.ABSENT):
        return look_step(view, "settle")
    if view.past.mismatch or not key_over(view):
        return Rest("not found so far; while its key is trusted that proves nothing")
    if not view.marker_read:
        return Rest("not found, on a tenant where no marker was read back yet")
    refusal = view.past.refusal
    if refusal is not None:
        return Settle(_undone(view, refusal.code, refusal.message))
    if view.policy.sends and view.past.generations_used < view.policy.generations_max:
        return Send(view.past.generation + 1, view.now)
    return Settle(_undone(view, "no_effect", "no bill run carries its marker"))


def _nothing_more(view: View, standing: Standing) -> bool:
    """Whether the target stands so by proof: seen twice, apart, past the quiet window."""
    seen = view.past.seen
    return seen is not None and seen.standing is standing and view.proven_since(view.last_byte_at)


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

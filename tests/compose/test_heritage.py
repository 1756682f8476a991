"""Which idempotency key a task goes on with, by what earlier runs did with its act."""

from dataclasses import replace

from runner.compose.heritage import Heritage
from runner.core.acts import HoldKind
from runner.core.event import Resolved
from runner.core.history import Past, fold
from runner.core.outcome import Outcome, Status
from runner.core.task import InheritedKey, Task
from runner.core.tenant import KEY_TRUST_S
from runner.core.verdict import VerdictKind as Kind
from runner.edge.checkpoint.acts import Holding
from tests.core.making import ACT, T0, Story, cancel, creation

FAILED = Outcome(Status.FAILED)
SOON = Heritage(now=T0 + 60)
LATE = Heritage(now=T0 + KEY_TRUST_S)
OLD = replace(creation(), body=b'{"invoiceDate":"2026-12-31"}')


def held(past: Past, *, task: Task = OLD, run_id: str = "old") -> Holding:
    """How an earlier run has the act, which is free now."""
    return Holding(ACT, run_id, 1, HoldKind.FREE, FAILED, task, past)


def resolved(story: Story, past: Past | None = None) -> Past:
    """The past after a person called it failed."""
    return fold([*story.events, Resolved(1, story.now, FAILED, "ann", "not in the list")], past)


def lost(server_at: float | None = T0) -> Story:
    """A creation whose reply was lost."""
    return Story().sent(2, server_at=server_at).answered(Kind.UNCLEAR, digest="x", request_id="r")


def test_what_was_never_sent_begins_with_the_first_key():
    """Also where an earlier run meant to do it and never did."""
    assert SOON.hand_on(creation(), []) == creation()
    assert SOON.hand_on(creation(), [held(Past())]).generation == 1


def test_what_was_refused_goes_on_with_the_next_key():
    """Its own bytes, and no key of an earlier run."""
    refused = Story().sent(2).answered(Kind.REFUSED, code="51100030").past
    assert SOON.hand_on(creation(), [held(refused)]) == creation(generation=3)


def test_a_persons_word_is_no_proof_while_the_key_is_trusted():
    """The key and the bytes of its first use; after 20 hours the next key and the row's own bytes."""
    heir = SOON.hand_on(creation(), [held(resolved(lost()))])
    assert heir == replace(OLD, generation=2, inherited=InheritedKey(T0, True, "x", ("t-1",)))
    assert LATE.hand_on(creation(), [held(resolved(lost()))]) == creation(generation=3)


def test_the_server_s_clock_tells_the_age_of_a_key():
    """Where its first use was noted by ours alone, the key is taken for as young as either clock says."""
    early = Heritage(now=T0 + KEY_TRUST_S, server_now=T0 + 60)
    for story in (lost(), lost(server_at=None)):
        assert early.hand_on(creation(), [held(resolved(story))]).inherited is not None
    late = Heritage(now=T0 + 60, server_now=T0 + KEY_TRUST_S)
    assert late.hand_on(creation(), [held(resolved(lost()))]).inherited is None
    assert late.hand_on(creation(), [held(resolved(lost(server_at=None)))]).inherited is not None


def test_a_key_that_repeats_what_is_stored_tells_nothing_more():
    """A corrected or repeated row never gets the refusal that the server stored for an earlier run."""
    story = lost().sent(2).answered(Kind.UNCLEAR, digest="x", request_id="r")
    assert SOON.hand_on(creation(), [held(resolved(story))]) == creation(generation=3)


def test_a_key_that_was_refused_as_such_tells_nothing_more():
    """After 422 it never will."""
    story = lost().sent(2).answered(Kind.MISMATCH, code="key_mismatch", http_status=422)
    assert SOON.hand_on(creation(), [held(resolved(story))]) == creation(generation=3)


def test_the_last_run_that_used_a_key_says_what_came_of_it():
    """A refusal that decided the inherited key ends its line; another word of a person goes on with it."""
    first = held(resolved(lost()))
    heir = SOON.hand_on(creation(), [first])
    begun = Past(generation=2, key_since=T0, key_by_server=True, inherited=True)
    later = Story(T0 + 30).sent(2)
    again = SOON.hand_on(creation(), [first, held(resolved(later, begun), task=heir, run_id="later")])
    assert again.inherited is not None
    assert again.inherited.tracks == ("t-1", "t-1")
    decided = fold(later.answered(Kind.REFUSED, code="51100030", http_status=400).events, begun)
    last = held(decided, task=heir, run_id="later")
    assert SOON.hand_on(creation(), [first, last]) == creation(generation=3)


def test_a_put_has_no_key_to_hand_on():
    """It is read back before it is sent."""
    past = resolved(Story().sent().answered(Kind.UNCLEAR))
    assert SOON.hand_on(cancel(), [held(past, task=cancel())]) == cancel()

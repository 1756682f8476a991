"""What a task's events say together."""

import pytest

from runner.core.event import Resolved, Settled
from runner.core.history import Past, fold
from runner.core.outcome import Outcome, Status
from runner.core.sighting import Standing
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import T0, Story


def test_a_write_without_an_answer_is_in_doubt():
    """After `sent` alone (a crash) a task is in doubt, as after a lost reply."""
    past = Story().sent(1, server_at=T0 + 7).past
    assert (past.doubts, past.unanswered, past.attempts, past.doubt_at) == (1, True, 1, T0)
    assert (past.key_since, past.key_by_server, past.first_sent_at) == (T0 + 7, True, T0)
    lost = Story().sent(1).answered(Kind.UNCLEAR).past
    assert (lost.doubts, lost.unanswered, lost.doubt_at) == (1, False, T0 + 1)
    assert (lost.key_since, lost.key_by_server) == (T0, False)


@pytest.mark.parametrize("kind", [Kind.UNCLEAR, Kind.GARBLED, Kind.REDIRECTED, Kind.MISMATCH])
def test_unclear_replies_leave_a_doubt(kind: Kind):
    """An unclear reply leaves the doubt that its write began."""
    past = Story().sent(1).answered(kind).past
    assert (past.doubts, past.unclear, past.mismatch) == (1, 1, kind is Kind.MISMATCH)


@pytest.mark.parametrize(
    "kind", [Kind.REFUSED, Kind.BUSY, Kind.LIMITED, Kind.GATED, Kind.TOKEN, Kind.FORBIDDEN, Kind.NOT_SENT]
)
def test_a_refusal_leaves_no_doubt_of_its_own(kind: Kind):
    """A refusal proves that its own request did nothing."""
    past = Story().sent(1).answered(kind, code="http_400").past
    assert past.doubts == 0
    assert (past.refusal is not None) == (kind in {Kind.REFUSED, Kind.FORBIDDEN})
    assert (past.busy, past.unsent) == (int(kind is Kind.BUSY), int(kind is Kind.NOT_SENT))


@pytest.mark.parametrize(
    ("kind", "status", "code", "doubts"),
    [
        (Kind.REFUSED, 400, "53100030", 0),
        (Kind.REFUSED, 200, "53100020", 0),
        (Kind.GATED, 400, "53100030", 0),
        (Kind.REFUSED, 400, "http_400", 1),
        (Kind.REFUSED, 404, "53100020", 1),
        (Kind.REFUSED, 404, "53100040", 1),
        (Kind.REFUSED, 200, "53100011", 1),
        (Kind.FORBIDDEN, 403, "53100010", 1),
        (Kind.TOKEN, 401, "90000011", 1),
        (Kind.LIMITED, 429, "50000070", 1),
        (Kind.BUSY, 409, "53100050", 1),
        (Kind.NOT_SENT, None, "connect", 1),
        (Kind.IN_FLIGHT, 409, "http_409", 1),
    ],
)
def test_what_decides_an_unclear_write_under_the_same_key(
    kind: Kind, status: int | None, code: str, doubts: int
):
    """After an unclear write only a business refusal with a reason code under the same key decides it."""
    story = Story().sent(1).answered(Kind.UNCLEAR).sent(1).answered(kind, http_status=status, code=code)
    assert story.past.doubts == doubts


def test_a_refusal_never_decides_an_earlier_put():
    """Without a key a refusal says nothing of an earlier write: "already cancelled" may be our own doing."""
    story = Story().sent().answered(Kind.UNCLEAR).sent()
    past = story.answered(Kind.REFUSED, http_status=400, code="53100030").past
    assert (past.doubts, past.key_since) == (1, None)
    assert past.refusal is not None


def test_a_new_generation_leaves_the_doubt_of_the_last_one_behind():
    """A new key is used only after proof, so it begins with its own doubt alone, its own age and replies."""
    story = Story().sent(1).answered(Kind.UNCLEAR, digest="x").sent(2, after_s=100)
    past = story.past
    assert (past.doubts, past.unclear, past.generations_used, past.key_since) == (1, 0, 2, T0 + 101)
    assert not story.answered(Kind.UNCLEAR, digest="x").past.replayed
    stored = Story().sent(1).answered(Kind.UNCLEAR, digest="x").sent(1).answered(Kind.UNCLEAR, digest="x")
    assert stored.past.replayed
    assert not stored.sent(2).past.replayed


def test_an_answer_that_is_still_in_flight_moves_the_quiet_window():
    """409 without a code shows that the earlier request is being worked on now."""
    past = Story().sent(1).answered(Kind.UNCLEAR).sent(1).answered(Kind.IN_FLIGHT, after_s=50).past
    assert (past.doubts, past.doubt_at) == (1, T0 + 51)
    assert Story().sent(1).answered(Kind.IN_FLIGHT).past.doubts == 1


def test_a_replay_is_the_same_reply_to_the_same_key():
    """The same bytes again are a replay, also when a reply was lost in between; no bytes are none."""
    story = Story().sent(1).answered(Kind.UNCLEAR, digest="x").sent(1).answered(Kind.UNCLEAR)
    assert not story.past.replayed
    assert story.sent(1).answered(Kind.UNCLEAR, digest="x").past.replayed
    assert not story.sent(1).answered(Kind.UNCLEAR, digest="y").past.replayed


@pytest.mark.parametrize("kind", [Kind.DONE, Kind.ACCEPTED])
def test_a_success_ends_every_doubt(kind: Kind):
    """A reply that says it took effect decides all earlier writes, and outweighs earlier refusals."""
    story = Story().sent(1).answered(Kind.UNCLEAR).sent(1).answered(Kind.FORBIDDEN).sent(1)
    past = story.answered(kind, result_id="b1").past
    assert past.success is not None
    assert (past.doubts, past.refusal, past.success.result_id) == (0, None, "b1")


@pytest.mark.parametrize(
    ("standing", "kind"), [(Standing.REACHED, Kind.DONE), (Standing.UNDER_WAY, Kind.ACCEPTED)]
)
def test_a_doubtful_write_that_is_found_done_counts_as_its_reply(standing: Standing, kind: Kind):
    """A lost reply of ours that is found done, or being done, is a success, by that evidence."""
    story = Story().sent().answered(Kind.UNCLEAR)
    past = story.looked(standing, state="Canceled", result_id="b1", note="seen").past
    assert past.success is not None
    assert (past.success.kind, past.success.result_id, past.success.result_state) == (kind, "b1", "Canceled")
    assert (past.doubts, past.seen, past.success.message) == (0, None, "seen")


def test_looks_before_anything_is_sent_are_the_pre_image():
    """While nothing is in doubt a look is the pre-image, also after a proven refusal."""
    story = Story().looked(Standing.UNTOUCHED, purpose="preflight", state="Pending")
    assert story.past.pre is not None
    assert (story.past.pre.state, story.past.pre_at, story.past.seen) == ("Pending", T0 + 1, None)
    story.sent().answered(Kind.LIMITED).looked(Standing.REACHED, purpose="preflight")
    assert story.past.success is None
    assert story.past.pre is not None
    assert story.past.pre.standing is Standing.REACHED


def test_a_busy_target_is_remembered_from_its_first_sight_on():
    """`busy_since` is when it was first seen busy, and is forgotten when it is not busy any more."""
    story = Story().looked(Standing.BUSY).looked(Standing.BUSY)
    assert story.past.busy_since == T0 + 1
    assert story.looked(Standing.UNTOUCHED).past.busy_since is None


def test_a_refusal_by_a_state_that_has_passed_is_none_any_more():
    """Refused because it was processed, seen so, and seen ready again: it may be sent again."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, code="53100030")
    assert story.looked(Standing.BUSY).past.refusal is not None
    assert story.looked(Standing.UNTOUCHED).past.refusal is None
    steady = Story().sent().answered(Kind.REFUSED, code="53100030").looked(Standing.UNTOUCHED)
    assert steady.past.refusal is not None


def test_looks_that_find_nothing_count_while_they_are_uninterrupted():
    """The last two negative looks of one kind are kept; another kind, or a write, begins anew."""
    story = Story().sent().answered(Kind.UNCLEAR).looked(Standing.UNTOUCHED).looked(Standing.UNTOUCHED)
    story.looked(Standing.UNTOUCHED)
    assert story.past.negatives == (T0 + 3, T0 + 4)
    assert story.looked(Standing.OPEN).past.negatives == (T0 + 5,)
    assert story.looked(Standing.BUSY).past.negatives == ()
    assert story.looked(Standing.UNTOUCHED).sent().past.negatives == ()


def test_half_done_counts_twice_only_when_it_is_the_same_half():
    """Two looks at a partial end prove it together only where nothing moved in between."""
    story = Story().sent().answered(Kind.UNCLEAR).looked(Standing.PARTLY, facts={"left": ["C-1", "C-2"]})
    story.looked(Standing.PARTLY, facts={"left": ["C-2"]})
    assert len(story.past.negatives) == 1
    assert len(story.looked(Standing.PARTLY, facts={"left": ["C-2"]}).past.negatives) == 2


def test_looks_after_a_success_follow_it():
    """After a success a look says how it stands; that it was under way is remembered."""
    story = Story().sent().answered(Kind.ACCEPTED).looked(Standing.UNDER_WAY).looked(Standing.OPEN)
    past = story.past
    assert past.seen is not None
    assert (past.seen.standing, past.under_way_at, past.negatives) == (Standing.OPEN, T0 + 2, (T0 + 3,))
    before = Story().looked(Standing.UNDER_WAY, purpose="preflight").past
    assert (before.under_way_at, before.success) == (T0 + 1, None)


def test_decisions_end_a_task_and_a_person_may_decide_again():
    """`settled` decides, `resolved` decides too and names who did."""
    failed, done = Outcome(Status.FAILED), Outcome(Status.SUCCEEDED)
    past = fold([Settled(1, T0, failed)])
    assert (past.outcome, past.settled_at, past.resolved_by) == (failed, T0, None)
    past = fold([Resolved(1, T0 + 5, done, "ann", "seen in the UI")], past)
    assert (past.outcome, past.settled_at, past.resolved_by) == (done, T0 + 5, "ann")
    assert fold([]) == Past()

"""What comes next for a task that is not in doubt."""

from dataclasses import replace

import pytest

from runner.core.event import Settled
from runner.core.history import after
from runner.core.outcome import Outcome, Status
from runner.core.plan import plan
from runner.core.policy import Policy, Traits, backoff_s, poll_s
from runner.core.sighting import Standing
from runner.core.step import Look, Rest, Send, Settle, Step
from runner.core.task import Task
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import ACT, JOURNAL_TRAITS, T0, Story, cancel, creation, view

BLIND = Policy(preflight=False)
RULE = {"http_status": 400, "code": "53100030"}


def outcome(step: Step) -> Outcome:
    """The outcome that a step settles."""
    assert isinstance(step, Settle), step
    return step.outcome


def test_a_decided_or_rejected_task_rests():
    """Nothing more is done for a task with a final status, nor for a row that was left out."""
    settled = after(Story().past, Settled(1, T0, Outcome(Status.FAILED)))
    assert plan(view(cancel(), settled)) == Rest("decided")
    assert plan(view(replace(cancel(), rejected="bad"), Story())) == Rest("decided")


@pytest.mark.parametrize(
    ("task", "generation"), [(creation(), 1), (creation(generation=4), 4), (cancel(), 0)]
)
def test_a_look_comes_before_the_first_write(task: Task, generation: int):
    """The target is read first; then the write leaves, with the first generation that this run may use."""
    assert plan(view(task, Story())) == Look("preflight", T0)
    story = Story().looked(Standing.UNTOUCHED, purpose="preflight")
    assert plan(view(task, story)) == Send(generation, T0 + 1)


def test_without_preflight_the_write_leaves_at_once():
    """`--no-preflight`, and a creation without a marker, have nothing to look at."""
    assert plan(view(cancel(), Story(), policy=BLIND)) == Send(0, T0)
    assert plan(view(creation(marker=False), Story())) == Send(1, T0)


def test_nothing_is_sent_where_nothing_may_be():
    """`settle` leaves a task that was never sent alone."""
    assert isinstance(plan(view(cancel(), Story(), policy=Policy(sends=False))), Rest)


def test_a_look_of_an_earlier_launch_is_no_preflight():
    """Each launch looks for itself: what was seen then may have changed."""
    story = Story().looked(Standing.UNTOUCHED, purpose="preflight")
    later = view(cancel(), story, launched_at=T0 + 500, now=T0 + 500)
    assert plan(later) == Look("preflight", T0 + 500)


def test_already_so_is_unchanged_and_impossible_is_failed():
    """Preflight ends a task that is so already, and one that cannot be done; both with no attempt."""
    there = Story().looked(Standing.REACHED, state="Canceled", result_id="b1")
    found = outcome(plan(view(cancel(), there)))
    assert (found.status, found.result_id, found.result_state) == (Status.UNCHANGED, "b1", "Canceled")
    assert "before anything was sent" in found.note
    posted = Story().looked(Standing.IMPOSSIBLE, state="Posted")
    failed = outcome(plan(view(cancel(), posted)))
    assert (failed.status, failed.reason_code, failed.retryable) == (Status.FAILED, "target_state", False)
    assert failed.reason_message == "the target is Posted"
    assert failed.note == "nothing was sent: the target is Posted"
    goes_on = Story().looked(Standing.IMPOSSIBLE, state="Canceled", note="BR-17 is Pending")
    assert outcome(plan(view(cancel(), goes_on))).note == "nothing was sent: BR-17 is Pending"
    unsent = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.NOT_SENT).looked(Standing.REACHED)
    assert "before anything was sent" in outcome(plan(view(cancel(), unsent))).note


def test_a_busy_target_is_waited_for_until_its_time_is_over():
    """A bill run in `Processing` is looked at again, for `settle_s` in each launch; then it is left alone."""
    story = Story().looked(Standing.BUSY, purpose="preflight")
    again = plan(view(cancel(), story, looks=1, looked_at=T0 + 1))
    assert isinstance(again, Look)
    assert T0 + 1 < again.at <= T0 + 2
    over = view(cancel(), story, looks=40, looked_at=T0 + 1800, now=T0 + 1801)
    assert isinstance(plan(over), Rest)
    resumed = Story().looked(Standing.BUSY).looked(Standing.BUSY, after_s=5000)
    next_launch = view(cancel(), resumed, launched_at=T0 + 4000, looks=1, looked_at=T0 + 5001)
    assert isinstance(plan(next_launch), Look)


def test_a_cancel_that_somebody_else_began_is_waited_for():
    """A target that is being cancelled already is followed; if it comes back uncancelled, it failed."""
    story = Story().looked(Standing.UNDER_WAY, purpose="preflight")
    assert isinstance(plan(view(cancel(), story, looks=1, looked_at=T0 + 1)), Look)
    story.looked(Standing.UNTOUCHED, purpose="preflight", state="Pending")
    back = outcome(plan(view(cancel(), story)))
    assert (back.status, back.reason_code, back.retryable) == (Status.FAILED, "ended_elsewhere", True)


@pytest.mark.parametrize("policy", [Policy(sends=False), BLIND, Policy()])
@pytest.mark.parametrize(
    ("standing", "status"),
    [
        (Standing.REACHED, Status.UNCHANGED),
        (Standing.PARTLY, Status.PARTIAL),
        (Standing.IMPOSSIBLE, Status.FAILED),
        (Standing.UNTOUCHED, Status.FAILED),
    ],
)
def test_a_cancel_that_somebody_else_began_is_settled(standing: Standing, status: Status, policy: Policy):
    """Reading alone, or without preflight, a later launch looks how it ended, and nothing is sent."""
    story = Story().looked(Standing.UNDER_WAY, purpose="preflight")
    later = {"launched_at": T0 + 500, "now": T0 + 500}
    assert plan(view(cancel(), story, policy=policy, **later)) == Look("preflight", T0 + 500)
    story.looked(standing, purpose="preflight", after_s=600)
    ended = outcome(plan(view(cancel(), story, policy=policy, launched_at=T0 + 500)))
    assert (ended.status, ended.note.startswith("nothing was sent")) == (status, standing != Standing.REACHED)


def test_a_cancel_that_somebody_else_began_is_followed_no_further_than_asked():
    """`--until accepted` leaves it as it was seen."""
    story = Story().looked(Standing.UNDER_WAY, purpose="preflight")
    seen = view(cancel(), story, policy=Policy(until="accepted"), looks=1, looked_at=T0 + 1)
    assert isinstance(plan(seen), Rest)


# --- after a proven refusal ---


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("53100020", False), ("53100040", False), ("http_400", False)],
)
def test_a_final_refusal_is_a_failure(code: str, retryable: bool):
    """A refusal that would come again ends the task, with the server's own words."""
    story = Story().sent(1).answered(Kind.REFUSED, code=code, message="why", http_status=400)
    failed = outcome(plan(view(creation(), story)))
    assert (failed.status, failed.reason_code, failed.reason_message) == (Status.FAILED, code, "why")
    assert failed.retryable is retryable
    for reading_alone in (True, False):
        assert outcome(plan(view(creation(), story, policy=Policy(sends=reading_alone)))) == failed


def test_a_creation_that_breaks_a_rule_fails_at_once():
    """A creation has no state to be looked at: a business rule is final."""
    story = Story().sent(1).answered(Kind.REFUSED, **RULE)
    assert outcome(plan(view(creation(), story))).status is Status.FAILED


def test_a_cancel_refused_by_a_rule_is_looked_at_first():
    """A run that went into `Processing` meanwhile is waited for; any other refusal by a rule is final."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE)
    assert plan(view(cancel(), story)) == Look("preflight", story.now)
    assert outcome(plan(view(cancel(), story, policy=BLIND))).status is Status.FAILED
    unmoved = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE)
    unmoved.looked(Standing.UNTOUCHED)
    assert outcome(plan(view(cancel(), unmoved))).reason_code == "53100030"
    story.looked(Standing.BUSY)
    assert isinstance(plan(view(cancel(), story, looks=1, looked_at=story.now)), Look)
    story.looked(Standing.UNTOUCHED)
    assert isinstance(plan(view(cancel(), story)), Send)
    story.looked(Standing.BUSY).looked(Standing.IMPOSSIBLE, state="Posted")
    assert "had been refused" in outcome(plan(view(cancel(), story))).note


def test_reading_alone_waits_for_no_state_that_passes():
    """`settle` sends nothing, so it need not wait until something could be sent again."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE).looked(Standing.BUSY)
    seen = {"looks": 1, "looked_at": story.now}
    assert isinstance(plan(view(cancel(), story, **seen)), Look)
    assert isinstance(plan(view(cancel(), story, policy=Policy(sends=False), **seen)), Rest)


def test_refusals_by_a_rule_wear_a_task_out():
    """A cancel that keeps being refused by its state is given up after five attempts."""
    story = Story()
    for _ in range(5):
        story.looked(Standing.BUSY).looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE)
    story.looked(Standing.BUSY)
    assert outcome(plan(view(cancel(), story))).status is Status.FAILED


@pytest.mark.parametrize("code", ["53100030", "53100020", "http_400"])
def test_a_refusal_of_the_rest_is_partial(code: str):
    """A write that was refused, while a part of it is seen to have taken effect, is partial, not failed."""
    story = Story().looked(Standing.UNTOUCHED).sent()
    story.answered(Kind.REFUSED, code=code, message="why", http_status=400)
    assert plan(view(cancel(), story)) == Look("preflight", story.now)
    story.looked(Standing.PARTLY, state="FullyProcessed", note="detached: C-1")
    ended = outcome(plan(view(cancel(), story)))
    assert (ended.status, ended.reason_code, ended.reason_message) == (Status.PARTIAL, code, "why")
    assert (ended.note, ended.retryable) == ("detached: C-1", False)


def test_what_somebody_else_did_meanwhile_is_unchanged():
    """A cancel that was refused since another's was quicker is followed to its end, and no failure."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE)
    story.looked(Standing.UNDER_WAY)
    assert isinstance(plan(view(cancel(), story, looks=1, looked_at=story.now)), Look)
    ended = outcome(plan(view(cancel(), story.looked(Standing.REACHED, state="Canceled"))))
    assert (ended.status, ended.result_state) == (Status.UNCHANGED, "Canceled")
    assert "had been refused" in ended.note
    back = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.REFUSED, **RULE)
    back.looked(Standing.UNDER_WAY).looked(Standing.UNTOUCHED)
    assert outcome(plan(view(cancel(), back))).reason_code == "53100030"


def test_a_forbidden_write_is_not_looked_at():
    """A 403 did nothing of it: the task fails at once, whatever may be read."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.FORBIDDEN, code="http_403")
    assert outcome(plan(view(cancel(), story))).status is Status.FAILED


@pytest.mark.parametrize(
    ("kind", "keyed_generation"),
    [(Kind.BUSY, 2), (Kind.GATED, 2), (Kind.LIMITED, 1), (Kind.TOKEN, 1), (Kind.NOT_SENT, 1)],
)
def test_what_follows_a_refusal_that_passes(kind: Kind, keyed_generation: int):
    """A lock and a gate take a new key; a limit, a new token and a failed connect keep the old one."""
    for task, first, following in ((creation(), 1, keyed_generation), (cancel(), 0, 0)):
        story = (
            Story().looked(Standing.UNTOUCHED).sent(first).answered(kind, http_status=400, code="53100030")
        )
        step = plan(view(task, story))
        assert isinstance(step, Send)
        assert step.generation == following
        assert step.at <= story.now + 60


def test_a_limit_that_is_replayed_takes_a_new_key():
    """The same 429 byte for byte is a stored one: only a new key gets past it."""
    story = Story().looked(Standing.ABSENT).sent(1).answered(Kind.LIMITED, digest="x")
    story.sent(1, after_s=9).answered(Kind.LIMITED, digest="x")
    step = plan(view(creation(), story))
    assert isinstance(step, Send)
    assert step.generation == 2


@pytest.mark.parametrize("kind", [Kind.LIMITED, Kind.BUSY, Kind.TOKEN, Kind.GATED])
def test_the_server_s_wait_is_kept(kind: Kind):
    """Nothing is sent before a readable `Retry-After` says, whatever it was refused for."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(kind, wait_s=500.0)
    assert plan(view(cancel(), story)) == Send(0, story.now + 500.0)


def test_a_lock_is_tried_five_times():
    """The fifth lock in a row gives the task up, as one that may well succeed later."""
    story = Story().looked(Standing.UNTOUCHED)
    for attempt in range(1, 6):
        story.sent().answered(Kind.BUSY, code="53100050")
        step = plan(view(cancel(), story))
        assert isinstance(step, Send) is (attempt < 5)
    failed = outcome(plan(view(cancel(), story)))
    assert (failed.status, failed.reason_code, failed.retryable) == (Status.FAILED, "53100050", True)


@pytest.mark.parametrize("kind", [Kind.LIMITED, Kind.TOKEN, Kind.GATED, Kind.NOT_SENT])
def test_what_only_concerns_the_lane_never_fails_a_task(kind: Kind):
    """Limits, tokens, gates and failed connects never end a task by themselves, however often they come."""
    story = Story().looked(Standing.UNTOUCHED)
    for _ in range(40):
        story.sent().answered(kind)
        assert isinstance(plan(view(cancel(), story)), Send)


# --- after a success ---


def test_done_is_done():
    """A synchronous success is settled by its own reply."""
    story = Story().sent(1).answered(Kind.DONE, result_id="b1", result_state="Pending")
    done = outcome(plan(view(creation(), story)))
    assert (done.status, done.result_id, done.result_state) == (Status.SUCCEEDED, "b1", "Pending")


def test_a_lost_reply_that_is_found_done_is_ours():
    """What is found done after a lost reply of ours has succeeded, and the note says how it was found."""
    story = Story().sent(1).answered(Kind.UNCLEAR).looked(Standing.REACHED, result_id="b1", note="found")
    done = outcome(plan(view(creation(), story)))
    assert (done.status, done.result_id, done.note) == (Status.SUCCEEDED, "b1", "found")


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        (Standing.REACHED, Status.SUCCEEDED),
        (Standing.PARTLY, Status.PARTIAL),
        (Standing.IMPOSSIBLE, Status.FAILED),
    ],
)
def test_how_an_accepted_cancel_ends(standing: Standing, status: Status):
    """A cancel that was taken is followed to what is seen of it."""
    story = Story().sent().answered(Kind.ACCEPTED, result_id="b1")
    assert plan(view(cancel(), story)) == Look("settle", T0 + 1)
    ended = outcome(plan(view(cancel(), story.looked(standing, state="X", note="n"))))
    assert (ended.status, ended.result_state, ended.result_id, ended.retryable) == (status, "X", "b1", False)


def test_following_ends_as_asked_and_in_time():
    """`--until accepted` follows nothing; otherwise it is followed for `settle_s`, and stays `accepted`."""
    story = Story().sent().answered(Kind.ACCEPTED)
    assert isinstance(plan(view(cancel(), story, policy=Policy(until="accepted"))), Rest)
    story.looked(Standing.UNDER_WAY)
    assert isinstance(plan(view(cancel(), story, looks=9, looked_at=T0 + 300)), Look)
    assert isinstance(plan(view(cancel(), story, looks=99, looked_at=T0 + 1790)), Rest)


def test_a_created_bill_run_is_followed_where_that_was_asked():
    """`--until completed` follows a created bill run to its end."""
    story = Story().sent(1).answered(Kind.DONE, result_id="b1")
    followed = Traits(follows=True)
    assert plan(view(creation(), story, traits=followed)) == Look("follow", T0 + 1)
    story.looked(Standing.REACHED, state="Completed", note="3 invoices")
    done = outcome(plan(view(creation(), story, traits=followed)))
    assert (done.status, done.result_state, done.note) == (Status.SUCCEEDED, "Completed", "3 invoices")


def test_a_created_bill_run_is_gone_when_that_was_seen_twice():
    """One that was just created may not be shown yet; gone twice, past the quiet window, it is partial."""
    story = Story().sent(1).answered(Kind.DONE, result_id="b1")
    followed = {"traits": Traits(follows=True), "looks": 1}
    for after_s in (1, 151):
        story.looked(Standing.ABSENT, after_s=after_s, note="gone")
        assert isinstance(plan(view(creation(), story, looked_at=story.now, **followed)), Look)
    story.looked(Standing.ABSENT, after_s=10, note="gone")
    ended = outcome(plan(view(creation(), story, looked_at=story.now, **followed)))
    assert (ended.status, ended.result_id, ended.note) == (Status.PARTIAL, "b1", "gone")


@pytest.mark.parametrize(
    ("standing", "state", "before", "failed"),
    [
        (Standing.UNTOUCHED, "Completed", "Completed", True),
        (Standing.UNTOUCHED, "Completed", "Pending", True),
        (Standing.UNTOUCHED, "Completed", None, True),
        (Standing.OPEN, "Completed", "Completed", False),
        (Standing.OPEN, "Paused", "Completed", False),
        (Standing.OPEN, None, "Completed", False),
        (Standing.OPEN, "Canceled", "Completed", False),
        (Standing.OPEN, "Completed", None, False),
    ],
)
def test_a_cancel_seen_in_progress_that_ends_elsewhere(
    standing: Standing, state: str, before: str | None, failed: bool
):
    """Seen twice, past the quiet window, where it could go again, it failed; gone or paused it did not."""
    story = Story()
    if before is not None:
        story.looked(Standing.UNTOUCHED, purpose="preflight", state=before)
    story.sent().answered(Kind.ACCEPTED, result_state="CancelInProgress")
    story.looked(standing, state=state, after_s=151)
    assert not isinstance(plan(view(cancel(), story, looks=1, looked_at=story.now)), Settle)
    story.looked(standing, state=state, after_s=20)
    step = plan(view(cancel(), story, looks=2, looked_at=story.now))
    assert isinstance(step, Settle) is failed
    if failed:
        assert (outcome(step).status, outcome(step).retryable) == (Status.FAILED, True)


def test_a_cancel_that_was_never_seen_in_progress_stays_accepted():
    """Taken, and as before ever since: it may be queued, so it is no failure."""
    story = Story().looked(Standing.UNTOUCHED, state="Completed").sent().answered(Kind.ACCEPTED)
    story.looked(Standing.UNTOUCHED, state="Completed", after_s=200)
    story.looked(Standing.UNTOUCHED, state="Completed", after_s=200)
    step = plan(view(cancel(), story, traits=JOURNAL_TRAITS, looks=2, looked_at=story.now))
    assert isinstance(step, Look)


# --- waiting ---


def test_backoff_is_full_jitter_under_a_cap():
    """Backoff lies between 0 and min(60, 2^tries) seconds and is the same for the same history."""
    for tries in range(40):
        wait_s = backoff_s(ACT, tries)
        assert 0 <= wait_s <= min(60.0, 2.0**tries)
        assert wait_s == backoff_s(ACT, tries)
    assert backoff_s(ACT, 9) != backoff_s("b2" * 32, 9)


def test_looks_get_further_apart():
    """Polling begins at about a second and ends at about a minute, never at nothing."""
    waits = [poll_s(ACT, looks) for looks in range(30)]
    assert 0.8 <= waits[0] <= 1.0
    assert 48.0 <= waits[-1] <= 60.0
    assert min(waits) >= 0.8


def test_a_found_bill_run_is_not_gone_before_the_quiet_window_is_over():
    """Its reply was lost: from the launch that found it, "not there" proves nothing for 150 s."""
    followed = {"policy": Policy(until="completed"), "traits": Traits(follows=True)}
    story = Story().sent(1).looked(Standing.REACHED, after_s=90_000.0)
    launched_at = story.now - 1
    story.looked(Standing.ABSENT, after_s=20).looked(Standing.ABSENT, after_s=20)
    early = plan(view(creation(), story, launched_at=launched_at, looks=3, looked_at=story.now, **followed))
    assert isinstance(early, Look)
    story.looked(Standing.ABSENT, after_s=120).looked(Standing.ABSENT, after_s=20)
    late = plan(view(creation(), story, launched_at=launched_at, **followed))
    assert outcome(late).status is Status.PARTIAL

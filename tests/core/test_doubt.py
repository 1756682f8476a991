"""What comes next while it is not known whether a write took effect."""

from dataclasses import replace
from typing import Any

import pytest

from runner.core.history import beginning, fold
from runner.core.outcome import Outcome, Status
from runner.core.plan import plan
from runner.core.policy import Policy
from runner.core.sighting import Standing
from runner.core.step import Look, Rest, Send, Settle, Step
from runner.core.task import InheritedKey, Task
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import JOURNAL_TRAITS, T0, Story, cancel, creation, view

READS = Policy(sends=False)
DAY_S = 24 * 3600.0
TRUST_S = 20 * 3600.0


def next_of(task: Any, story: Story, **changes: Any) -> Step:
    """The next step, right after the last event of a story, in a launch that looked just then."""
    looked = {"looks": 1, "looked_at": story.now} if story.past.seen is not None else {}
    return plan(view(task, story, **{**looked, **changes}))


def outcome(step: Step) -> Outcome:
    """The outcome that a step settles."""
    assert isinstance(step, Settle), step
    return step.outcome


def twice(story: Story, standing: Standing, **members: Any) -> Story:
    """Seen so twice, past the quiet window and apart."""
    return story.looked(standing, after_s=151, **members).looked(standing, after_s=10, **members)


# --- PUT: no key ---


def test_a_put_in_doubt_that_is_not_taken_rests():
    """Sent five times in a launch, and refused for load each time, it stays in doubt."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), Standing.UNTOUCHED)
    assert isinstance(next_of(cancel(), story, sends=4), Send)
    assert next_of(cancel(), story, sends=5) == Rest("refused, or not sent, too often in this launch")


def test_a_lost_put_is_read_back_at_once():
    """The first look is at once: what is there counts at once."""
    story = Story().sent().answered(Kind.UNCLEAR)
    assert plan(view(cancel(), story)) == Look("settle", story.now)


def test_one_look_falls_on_the_end_of_the_quiet_window():
    """Before its end looks are polls; one falls on its end, and the next one `spacing_s` later."""
    story = Story().sent().answered(Kind.UNCLEAR).looked(Standing.UNTOUCHED, after_s=1)
    early = next_of(cancel(), story)
    assert isinstance(early, Look)
    assert story.now < early.at < story.now + 2
    late = plan(view(cancel(), story, looks=30, looked_at=story.now + 120))
    assert late == Look("settle", T0 + 1 + 150)
    story.looked(Standing.UNTOUCHED, after_s=149)
    assert next_of(cancel(), story) == Look("settle", story.now + 10)


def test_looks_that_can_prove_nothing_are_polls():
    """Past the quiet window a target that is busy or open is polled further and further apart."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), Standing.OPEN)
    step = plan(view(cancel(), story, looks=30, looked_at=story.now))
    assert isinstance(step, Look)
    assert step.at >= story.now + 48


def test_a_put_is_sent_again_once_after_two_looks():
    """Untouched twice past the quiet window: it is sent again, and after a second loss never more."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.UNCLEAR)
    assert isinstance(next_of(cancel(), story.looked(Standing.UNTOUCHED, after_s=151)), Look)
    assert isinstance(next_of(cancel(), story.looked(Standing.UNTOUCHED, after_s=9)), Look)
    assert next_of(cancel(), story.looked(Standing.UNTOUCHED, after_s=10)) == Send(0, story.now)
    twice(story.sent().answered(Kind.UNCLEAR, code="reply_lost"), Standing.UNTOUCHED)
    failed = outcome(next_of(cancel(), story))
    assert (failed.status, failed.retryable, failed.reason_code) == (Status.FAILED, True, "reply_lost")


def test_a_put_is_not_sent_again_before_the_server_s_wait_is_over():
    """A proof does not undercut `Retry-After`, in a later launch neither: until then it is looked at."""
    story = Story().looked(Standing.UNTOUCHED).sent().answered(Kind.UNCLEAR, wait_s=900.0)
    over = story.now + 900.0
    twice(story, Standing.UNTOUCHED)
    later = {"launched_at": T0 + 100.0}
    early = next_of(cancel(), story, **later)
    assert isinstance(early, Look)
    assert story.now < early.at < story.now + 60
    assert isinstance(next_of(cancel(), story, now=over - 1.0, **later), Look)
    assert next_of(cancel(), story, now=over, **later) == Send(0, over)


@pytest.mark.parametrize("standing", [Standing.OPEN, Standing.BUSY, Standing.ABSENT])
def test_no_other_sight_lets_a_put_be_sent_again(standing: Standing):
    """Only an untouched target proves that a PUT did nothing."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), standing)
    assert isinstance(next_of(cancel(), story), Look)
    assert isinstance(plan(view(cancel(), story, looks=99, looked_at=T0 + 1800)), Rest)


def test_after_a_crash_the_quiet_window_begins_with_the_launch():
    """Nobody knows when the bytes of a write left whose program died (it may have slept in between)."""
    story = twice(Story().sent(), Standing.UNTOUCHED)
    launched_at = T0 + 100
    assert isinstance(next_of(cancel(), story, launched_at=launched_at), Look)
    story.looked(Standing.UNTOUCHED, after_s=95).looked(Standing.UNTOUCHED, after_s=10)
    assert next_of(cancel(), story, launched_at=launched_at) == Send(0, story.now)


def test_what_an_earlier_launch_saw_is_seen_again_before_it_counts():
    """Two looks of an earlier launch let nothing be sent: somebody may have been there since."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), Standing.UNTOUCHED)
    later = T0 + 3 * DAY_S
    resumed = view(cancel(), story, launched_at=later, now=later)
    assert plan(resumed) == Look("settle", later)
    story.looked(Standing.UNTOUCHED, after_s=later - story.now)
    assert next_of(cancel(), story, launched_at=later) == Send(0, later)


def test_the_quiet_window_begins_anew_under_another_clock():
    """Where nobody knows by which clock a reply was dated, "not there" counts from this launch on."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), Standing.UNTOUCHED)
    later = T0 + 3 * DAY_S
    story.looked(Standing.UNTOUCHED, after_s=later - story.now)
    assert isinstance(next_of(cancel(), story, launched_at=later, clock_since=None), Look)
    story.looked(Standing.UNTOUCHED, after_s=155).looked(Standing.UNTOUCHED, after_s=10)
    assert next_of(cancel(), story, launched_at=later, clock_since=None) == Send(0, story.now)


def test_two_crashes_end_the_second_chance():
    """Writes without an answer count as unclear ones: after two of them nothing is sent."""
    story = twice(Story().sent(), Standing.UNTOUCHED).sent()
    twice(story, Standing.UNTOUCHED)
    failed = outcome(next_of(cancel(), story))
    assert (failed.status, failed.reason_code) == (Status.FAILED, "no_effect")


def test_a_refusal_after_a_lost_put_is_read_back():
    """It may tell of our own first attempt ("already cancelled"): two untouched looks make it a failure."""
    story = Story().sent().answered(Kind.UNCLEAR).sent().answered(Kind.REFUSED, code="53100030", message="no")
    assert isinstance(next_of(cancel(), story), Look)
    failed = outcome(next_of(cancel(), twice(story, Standing.UNTOUCHED)))
    assert (failed.reason_code, failed.reason_message, failed.retryable) == ("53100030", "no", False)


def test_a_refused_journal_run_is_not_sent_for_ever():
    """Where an untouched target proves nothing, a refusal after a loss leaves it unknown, and unsent."""
    story = Story().sent().answered(Kind.UNCLEAR).sent().answered(Kind.REFUSED, code="53100030")
    twice(story, Standing.UNTOUCHED)
    assert isinstance(next_of(cancel(), story, traits=JOURNAL_TRAITS), Rest)


def test_a_lost_journal_cancel_is_sent_once_more_and_then_left():
    """A queued cancel may still come: it is sent once more, and then nothing proves that it failed."""
    story = twice(Story().sent().answered(Kind.UNCLEAR), Standing.UNTOUCHED)
    assert isinstance(next_of(cancel(), story, traits=JOURNAL_TRAITS), Send)
    assert isinstance(next_of(cancel(), story, traits=JOURNAL_TRAITS, policy=READS), Rest)
    twice(story.sent().answered(Kind.UNCLEAR), Standing.UNTOUCHED)
    assert isinstance(next_of(cancel(), story, traits=JOURNAL_TRAITS), Rest)


def test_locks_after_a_lost_put_wear_it_out_too():
    """A doubtful PUT that meets locks only is given up after five of them, each read back."""
    story = Story().sent().answered(Kind.UNCLEAR)
    for _ in range(5):
        assert isinstance(next_of(cancel(), twice(story, Standing.UNTOUCHED)), Send)
        story.sent().answered(Kind.BUSY, code="53100050")
    failed = outcome(next_of(cancel(), twice(story, Standing.UNTOUCHED)))
    assert (failed.status, failed.reason_code, failed.retryable) == (Status.FAILED, "53100050", True)


def test_settle_reads_alone():
    """`settle` makes a proven loss a failure that may be tried again, and sends nothing."""
    story = Story().sent().answered(Kind.UNCLEAR)
    assert isinstance(next_of(cancel(), story, policy=READS), Look)
    failed = outcome(next_of(cancel(), twice(story, Standing.UNTOUCHED), policy=READS))
    assert (failed.status, failed.retryable) == (Status.FAILED, True)


def test_an_impossible_target_ends_the_doubt():
    """Posted meanwhile: our cancel can have had no effect, now or ever."""
    story = Story().sent().answered(Kind.UNCLEAR).looked(Standing.IMPOSSIBLE, state="Posted")
    failed = outcome(next_of(cancel(), story))
    assert (failed.status, failed.reason_code, failed.result_state) == (
        Status.FAILED,
        "target_state",
        "Posted",
    )


def test_half_done_is_final_only_past_the_quiet_window():
    """Some charges gone may be a detach that is still at work: partial needs the proof of "not there"."""
    story = Story().sent().answered(Kind.UNCLEAR).looked(Standing.PARTLY, facts={"left": ["C-2"]})
    assert isinstance(next_of(cancel(), story), Look)
    twice(story, Standing.PARTLY, facts={"left": ["C-2"]}, note="1 of 2")
    partial = outcome(next_of(cancel(), story))
    assert (partial.status, partial.reason_message) == (Status.PARTIAL, "1 of 2")


# --- POST: the key decides ---


def test_a_lost_creation_is_sent_again_with_its_key():
    """While the key is trusted the same key decides, with backoff and the server's wait."""
    story = Story().sent(3).answered(Kind.UNCLEAR, wait_s=40.0)
    step = plan(view(creation(), story, key_sends=1))
    assert isinstance(step, Send)
    assert (step.generation, step.at) == (3, story.now + 40.0)
    crashed = plan(view(creation(marker=False), Story().sent(1), now=T0 + 5))
    assert isinstance(crashed, Send)
    assert crashed.generation == 1


def test_the_same_key_is_tried_for_a_time():
    """After eight writes of a launch, or past `settle_s`, it is looked for instead."""
    story = Story().sent(1).answered(Kind.UNCLEAR)
    assert plan(view(creation(), story, key_sends=8)) == Look("settle", story.now)
    assert plan(view(creation(), story, now=T0 + 1900)) == Look("settle", T0 + 1900)
    assert isinstance(plan(view(creation(marker=False), story, key_sends=8)), Rest)


@pytest.mark.parametrize("category", ["60", "61", "99"])
def test_a_failure_inside_the_server_is_retried_but_a_few_times(category: str):
    """Where the server says that it failed inside, two writes of a launch are all; then it is looked for."""
    story = Story().sent(1).answered(Kind.UNCLEAR, code=f"531000{category}", http_status=500)
    again = plan(view(creation(), story, key_sends=1))
    assert isinstance(again, Send)
    assert again.generation == 1
    assert plan(view(creation(), story, key_sends=2)) == Look("settle", story.now)
    assert isinstance(plan(view(creation(), story, key_sends=0)), Send)


def test_not_finding_a_creation_proves_nothing_while_its_key_is_trusted():
    """Absent twice, and the key is young: it stays unknown."""
    story = twice(Story().sent(1).answered(Kind.UNCLEAR), Standing.ABSENT)
    assert isinstance(next_of(creation(), story, key_sends=8, marker_read=True), Rest)


def old(story: Story) -> Story:
    """The same story, looked at after the key's time."""
    story.now = T0 + DAY_S
    return twice(story, Standing.ABSENT)


def test_past_its_time_the_key_is_not_used_again():
    """After 20 hours it is looked for; found nowhere, twice, it gets a new key, where markers show."""
    story = Story().sent(1).answered(Kind.UNCLEAR)
    launched_at = T0 + DAY_S
    assert plan(view(creation(), story, now=launched_at, server_now=launched_at)) == Look(
        "settle", launched_at
    )
    old(story)
    assert next_of(creation(), story, marker_read=True) == Send(2, story.now)
    assert isinstance(next_of(creation(), story), Rest)
    failed = outcome(next_of(creation(), story, marker_read=True, policy=READS))
    assert (failed.status, failed.reason_code, failed.retryable) == (Status.FAILED, "no_effect", True)


def test_the_third_generation_is_the_last():
    """A creation that got lost with three keys, and is not there, has failed."""
    story = old(Story().sent(1).answered(Kind.LIMITED).sent(2).answered(Kind.LIMITED).sent(3))
    story.answered(Kind.UNCLEAR, after_s=0)
    story.now += DAY_S
    failed = outcome(next_of(creation(), twice(story, Standing.ABSENT), marker_read=True))
    assert failed.status is Status.FAILED


def test_a_final_refusal_after_a_loss_is_not_sent_with_a_new_key():
    """403 after a lost write: once the loss is proven undone, the refusal stands."""
    story = Story().sent(1).answered(Kind.UNCLEAR).sent(1).answered(Kind.FORBIDDEN, code="http_403")
    failed = outcome(next_of(creation(), old(story), marker_read=True))
    assert (failed.status, failed.reason_code, failed.retryable) == (Status.FAILED, "http_403", False)


@pytest.mark.parametrize("kind", [Kind.UNCLEAR, Kind.BUSY])
def test_a_stored_fault_that_is_replayed_lets_the_marker_decide(kind: Kind):
    """The same 5xx (or lock) byte for byte will be replayed for a day: the marker decides instead."""
    stored: dict[str, Any] = {"digest": "x", "request_id": "r"}
    story = Story().sent(1).answered(Kind.UNCLEAR, digest="a").sent(1).answered(kind, **stored)
    assert isinstance(plan(view(creation(), story)), Send)
    story.sent(1).answered(kind, **stored)
    assert isinstance(plan(view(creation(), story)), Look)
    assert next_of(creation(), twice(story, Standing.ABSENT), marker_read=True) == Send(2, story.now)
    found = Story().sent(1).answered(Kind.UNCLEAR, digest="x").sent(1).answered(kind, digest="x")
    assert outcome(next_of(creation(), found.looked(Standing.REACHED))).status is Status.SUCCEEDED


def test_a_page_of_a_proxy_is_no_stored_reply():
    """Two equal pages without a request id are two outages: the key is trusted on, and no other is used."""
    story = Story().sent(1).answered(Kind.UNCLEAR, digest="x").sent(1).answered(Kind.UNCLEAR, digest="x")
    assert isinstance(plan(view(creation(), story)), Send)
    again = next_of(creation(), twice(story, Standing.ABSENT), marker_read=True)
    assert isinstance(again, Send)
    assert again.generation == 1


def test_a_key_mismatch_is_never_sent_again():
    """After 422 it is only looked for; not found, it stays unknown, however old the key."""
    story = Story().sent(1).answered(Kind.MISMATCH)
    assert isinstance(plan(view(creation(), story)), Look)
    assert isinstance(plan(view(creation(marker=False), story)), Rest)
    assert isinstance(next_of(creation(), old(story), marker_read=True), Rest)


def test_the_age_of_a_key_is_told_by_the_server_s_clock():
    """Our clock does not matter where the server's was known at the first use."""
    story = Story().sent(1, server_at=T0 + 7 * DAY_S).answered(Kind.UNCLEAR)
    young = view(creation(), story, server_now=T0 + 7 * DAY_S + TRUST_S - 1)
    assert isinstance(plan(young), Send)
    assert isinstance(plan(view(creation(), story, server_now=T0 + 7 * DAY_S + TRUST_S)), Look)


def test_without_the_server_s_clock_the_one_that_says_more_counts():
    """A first use that only our own clock noted is old as soon as either clock says so."""
    story = Story().sent(1).answered(Kind.UNCLEAR)
    now = T0 + TRUST_S + 1
    resumed = view(creation(), story, now=now, launched_at=now, server_now=T0 + TRUST_S - 5 * 3600)
    assert isinstance(plan(resumed), Look)
    assert isinstance(plan(view(creation(), story, server_now=now)), Look)


def test_a_key_of_an_unknown_age_is_neither_used_nor_given_up():
    """First used "tomorrow": a clock was set, so the key is not sent again and not replaced either."""
    story = Story().sent(1, server_at=T0 + DAY_S).answered(Kind.UNCLEAR)
    assert isinstance(plan(view(creation(), story)), Look)
    assert isinstance(next_of(creation(), twice(story, Standing.ABSENT), marker_read=True), Rest)


def inherited(task: Task = creation(marker=False, generation=3)) -> Task:  # noqa: B008 - it is frozen
    """A creation that goes on with the key of an earlier run, first used at `T0`."""
    return replace(task, inherited=InheritedKey(T0, by_server=True, digest=None, tracks=("zbr-1-1-1",)))


def test_an_inherited_key_is_used_while_it_is_trusted():
    """Then the next one: the word of the person who called it failed is what is left."""
    past = beginning(inherited())
    assert plan(view(inherited(), past, server_now=T0 + TRUST_S - 1)) == Send(3, T0)
    assert plan(view(inherited(), past, server_now=T0 + TRUST_S)) == Send(4, T0)


def test_a_refusal_for_load_proves_nothing_of_an_inherited_key():
    """What the earlier run sent is in doubt from the first write on; a business refusal decides of both."""
    begun = beginning(inherited())
    limited = fold(Story().sent(3).answered(Kind.LIMITED).events, begun)
    assert limited.doubts == 1
    again = plan(view(inherited(), limited, now=T0 + 100, server_now=T0 + 100))
    assert isinstance(again, Send)
    assert again.generation == 3
    refused = fold(Story().sent(3).answered(Kind.REFUSED, code="51100030", http_status=400).events, begun)
    assert (refused.doubts, outcome(plan(view(inherited(), refused))).status) == (0, Status.FAILED)


def test_a_key_is_counted_by_its_own_uses():
    """Writes with earlier keys, that a gate refused for half an hour, use up no try of the present one."""
    story = Story()
    for generation in range(1, 5):
        story.sent(generation, after_s=600).answered(Kind.GATED, code="58560030", http_status=400)
    story.sent(5, after_s=600).answered(Kind.UNCLEAR, code="58560060", http_status=500, request_id="r")
    assert isinstance(plan(view(creation(), story, sends=5, key_sends=1)), Send)

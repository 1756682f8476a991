"""One line of the ledger, from a task and its past."""

from dataclasses import replace

import pytest

from runner.core.event import Settled
from runner.core.history import Past, after
from runner.core.ledgerline import LEDGER_FIELDS, LedgerLine, ledger_line, outcome_of
from runner.core.outcome import Outcome, Status
from runner.core.scope import Scope
from runner.core.sighting import Standing
from runner.core.task import DoneBy, idempotency_key
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import ACT, T0, Story, cancel, creation

LOCKED = {"code": "53100050", "message": "locked", "http_status": 409}


def line(story: Story, outcome: Outcome | None = None, *, after_s: float = 0.0) -> LedgerLine:
    """The line of a creation, settled after its story where an outcome is given."""
    past = story.past
    if outcome is not None:
        past = after(past, Settled(1, story.now + after_s, outcome))
    return ledger_line(creation(), past, "acme")


def test_the_members_stand_in_the_order_of_the_contract():
    """The ledger's fields are those of the contract, in its order, all of them on every line."""
    members = line(Story()).to_json()
    assert tuple(members) == LEDGER_FIELDS
    assert LEDGER_FIELDS[:10] == (
        "task", "row", "line", "custom_id", "operation", "tenant", "entity", "org", "status", "attempts",
    )  # fmt: skip
    assert (members["entity"], members["org"], members["tenant"]) == (None, None, "acme")


def test_the_scope_is_told_by_ids():
    """An entity is one id, orgs are a list of them."""
    task = replace(cancel(), scope=Scope("e1", ("o1", "o2")), custom_id="c-7")
    members = ledger_line(task, Past(), "acme").to_json()
    assert (members["entity"], members["org"], members["custom_id"]) == ("e1", ["o1", "o2"], "c-7")


def test_never_sent():
    """A task of which nothing was sent has no times, no key and no attempts, and may well succeed later."""
    told = line(Story())
    assert (told.status, told.attempts, told.retryable) == (Status.NOT_ATTEMPTED, 0, True)
    assert told.started_at is told.finished_at is told.elapsed_ms is told.idempotency_key is None
    assert told.track_id is told.http_status is told.reason_code is None


def test_done():
    """A success tells when it began and ended, how often it was sent, and the ids that support asks for."""
    story = Story().sent(2).answered(
        Kind.DONE, http_status=200, request_id="R", process_id="P", result_id="b1", after_s=1.5
    )  # fmt: skip
    told = line(story, Outcome(Status.SUCCEEDED, result_id="b1", result_state="Pending"))
    assert (told.status, told.attempts, told.result_id) == (Status.SUCCEEDED, 1, "b1")
    assert (told.started_at, told.finished_at) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:00:01.500Z")
    assert (told.elapsed_ms, told.http_status, told.request_id, told.process_id) == (1500, 200, "R", "P")
    assert (told.track_id, told.idempotency_key) == ("t-1", idempotency_key(ACT, 2))


def test_attempts_are_the_writes_on_the_wire():
    """Refused and replayed writes count; one of which not one byte left does not."""
    story = Story().sent(1).answered(Kind.NOT_SENT).sent(1).answered(Kind.LIMITED).sent(1)
    assert line(story).attempts == 2


def test_a_put_has_no_key():
    """The ledger shows no key where none was sent."""
    told = ledger_line(cancel(), Story().sent().past, "acme")
    assert (told.idempotency_key, told.attempts) == (None, 1)


def test_a_finished_time_only_where_a_status_was_decided():
    """`unknown`, `accepted` and `not_attempted` have no end yet."""
    for story in (Story().sent(1), Story().sent(1).answered(Kind.ACCEPTED), Story()):
        assert line(story).finished_at is None
    assert line(Story(), Outcome(Status.FAILED)).finished_at is not None
    assert line(Story(), Outcome(Status.FAILED)).elapsed_ms is None


@pytest.mark.parametrize(
    ("story", "status", "code"),
    [
        (Story().sent(1), Status.UNKNOWN, "no_answer"),
        (Story().sent(1).answered(Kind.UNCLEAR, code="reply_lost"), Status.UNKNOWN, "reply_lost"),
        (Story().sent(1).answered(Kind.UNCLEAR, code="x").sent(1), Status.UNKNOWN, "no_answer"),
        (Story().sent(1).answered(Kind.MISMATCH, code="key_mismatch"), Status.UNKNOWN, "key_mismatch"),
        (Story().sent(1).answered(Kind.BUSY, **LOCKED), Status.NOT_ATTEMPTED, "53100050"),
        (Story().sent(1).answered(Kind.ACCEPTED), Status.ACCEPTED, None),
        (Story().looked(Standing.UNDER_WAY, purpose="preflight"), Status.ACCEPTED, None),
        (Story().looked(Standing.BUSY, purpose="preflight"), Status.NOT_ATTEMPTED, None),
    ],
)
def test_how_an_open_task_stands(story: Story, status: Status, code: str | None):
    """What is in doubt is unknown, what was taken is accepted, all else was not attempted."""
    outcome = outcome_of(creation(), story.past)
    assert (outcome.status, outcome.reason_code) == (status, code)
    assert outcome.retryable is (status is Status.NOT_ATTEMPTED)


def test_the_last_seen_state_is_told():
    """Zuora's own word for the target is that of the last look, else of the reply."""
    story = Story().sent().answered(Kind.ACCEPTED, result_id="b1", result_state="CancelInProgress")
    assert outcome_of(cancel(), story.past).result_state == "CancelInProgress"
    story.looked(Standing.BUSY, state="Processing", note="busy")
    told = outcome_of(cancel(), story.past)
    assert (told.result_state, told.result_id, told.note) == ("Processing", "b1", "busy")


def test_a_decision_is_told_as_it_was_made():
    """What was decided stands, whatever the replies were."""
    decided = Outcome(Status.PARTIAL, "partly", "half of it", "s1", "X", note="see partial.csv")
    told = line(Story().sent(1).answered(Kind.UNCLEAR, code="c"), decided)
    assert (told.status, told.reason_code, told.reason_message) == (Status.PARTIAL, "partly", "half of it")
    assert (told.result_id, told.result_state, told.note) == ("s1", "X", "see partial.csv")


def test_a_rejected_row_says_why():
    """A row that was left out is rejected, with its problem as the reason."""
    outcome = outcome_of(replace(creation(), rejected="no invoiceDate"), Past())
    assert (outcome.status, outcome.reason_message) == (Status.REJECTED, "no invoiceDate")


def test_an_act_that_an_earlier_run_has_done_is_unchanged():
    """With `--skip-done` the note names the run that has done it, and nothing was attempted."""
    told = ledger_line(replace(creation(), done_by=DoneBy("june", 7, "b1")), Past(), "acme")
    assert (told.status, told.result_id, told.attempts) == (Status.UNCHANGED, "b1", 0)
    assert "june" in told.note


def test_a_clock_that_went_back_shows_no_negative_time():
    """`elapsed_ms` is never below nothing."""
    assert line(Story(T0).sent(1), Outcome(Status.FAILED), after_s=-5.0).elapsed_ms == 0


def test_the_state_is_the_one_last_seen():
    """What the reply to a cancel says is newer than the preflight, and older than any look after it."""
    story = Story().looked(Standing.UNTOUCHED, state="Completed").sent()
    story.answered(Kind.ACCEPTED, http_status=200, result_state="CancelInProgress")
    assert ledger_line(cancel(), story.past, "acme").result_state == "CancelInProgress"
    story.looked(Standing.OPEN, state="Paused")
    assert ledger_line(cancel(), story.past, "acme").result_state == "Paused"
    silent = Story().looked(Standing.UNTOUCHED, state="Completed").sent().answered(Kind.ACCEPTED)
    assert ledger_line(cancel(), silent.past, "acme").result_state == "Completed"

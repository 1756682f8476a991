import pytest

from runner.core.jsonvalue import JsonObject
from runner.core.operation import Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Lost
from runner.operations import CATALOG
from tests.operations.talk import Answers, arrived, look, missing, task

CANCEL = CATALOG["cancel_bill_run"]
ID = "2c9890077e8a8490017e8bf3a5171a43"
OTHER = "b" * 32
PATH = f"/v1/bill-runs/{ID}"
TASK = task("cancel_bill_run", {"billRunId": ID})
SERIES = task("cancel_bill_run", {"billRunId": ID, "cancelOnce": False})
UPDATED = "2026-01-31 10:00:00"
RUN = {
    "id": ID,
    "billRunNumber": "BR-16",
    "name": "May",
    "status": "Pending",
    "updatedDate": UPDATED,
    "schedule": {},
}
BEFORE: JsonObject = {"status": "Pending", "updatedDate": UPDATED, "billRunNumber": "BR-16", "name": "May"}
NAMESAKES = "/object-query/billing-runs?pageSize=99&filter[]=status.EQ:Pending&filter[]=name.EQ:May"
NEXT = {"id": OTHER, "billingRunNumber": "BR-17", "name": "May", "status": "Pending"}
PREFLIGHT, SETTLE = Question(TASK, "preflight"), Question(TASK, "settle", before=BEFORE, since=1.0)


def _seen(question, replies) -> Sighting:
    found = look(question, replies)
    assert isinstance(found, Sighting), found
    return found


@pytest.mark.parametrize(
    ("state", "preflight", "later"),
    [
        ("Pending", Standing.UNTOUCHED, Standing.UNTOUCHED),
        ("Completed", Standing.UNTOUCHED, Standing.OPEN),
        ("Canceled", Standing.REACHED, Standing.REACHED),
        ("CancelInProgress", Standing.UNDER_WAY, Standing.UNDER_WAY),
        ("Processing", Standing.BUSY, Standing.BUSY),
        ("Posted", Standing.IMPOSSIBLE, Standing.IMPOSSIBLE),
        ("PostInProgress", Standing.IMPOSSIBLE, Standing.IMPOSSIBLE),
        ("Error", Standing.IMPOSSIBLE, Standing.IMPOSSIBLE),
        ("Paused", Standing.IMPOSSIBLE, Standing.OPEN),
        ("RemoveInProgress", Standing.IMPOSSIBLE, Standing.OPEN),
        ("Cancelled", Standing.OPEN, Standing.OPEN),
        ("CancelInprogress", Standing.OPEN, Standing.OPEN),
        (None, Standing.OPEN, Standing.OPEN),
    ],
)
def test_what_each_state_proves(state, preflight, later):
    """Each state has one meaning before a send and one after it; unknown words mean nothing."""
    replies = {PATH: arrived({**RUN, "status": state})}
    assert _seen(PREFLIGHT, replies).standing is preflight
    assert _seen(SETTLE, replies).standing is later


@pytest.mark.parametrize(
    ("shown", "before", "standing"),
    [
        ({}, BEFORE, Standing.UNTOUCHED),
        ({"updatedDate": "2026-01-31 10:00:01"}, BEFORE, Standing.OPEN),
        ({"updatedDate": None}, {**BEFORE, "updatedDate": None}, Standing.OPEN),
        ({}, None, Standing.OPEN),
    ],
)
def test_untouched_needs_the_same_state_and_updated_date(shown, before, standing):
    """A bill run that was updated since, or was never looked at before, proves nothing."""
    question = Question(TASK, "settle", before=before)
    assert _seen(question, {PATH: arrived({**RUN, **shown})}).standing is standing


@pytest.mark.parametrize("state", ["Pending", "Completed"])
def test_a_cancel_that_was_taken_and_is_over_is_untouched(state):
    """One that could be cancelled again is not cancelled, whatever state it had before and since when."""
    taken = Question(TASK, "settle", result_id=ID, before={**BEFORE, "status": "Pending"})
    replies = {PATH: arrived({**RUN, "status": state, "updatedDate": "2026-01-31 11:00:00"})}
    assert _seen(taken, replies).standing is Standing.UNTOUCHED
    assert _seen(Question(TASK, "settle", result_id=ID), replies).standing is Standing.UNTOUCHED


def test_one_that_is_gone():
    """Before a send, its absence makes a cancel impossible; after it, absence proves nothing."""
    assert _seen(PREFLIGHT, {PATH: missing()}).standing is Standing.IMPOSSIBLE
    assert _seen(SETTLE, {PATH: missing()}).standing is Standing.OPEN


@pytest.mark.parametrize(
    "reply",
    [
        Lost("reset"),
        arrived(b"", 404),
        arrived(b"<html/>", 200),
        arrived({**RUN, "id": OTHER}),
        arrived({}, 503),
    ],
)
def test_what_cannot_be_understood_is_no_evidence(reply):
    """A reply about another bill run, or none of Zuora's, leaves the task unread."""
    assert isinstance(look(PREFLIGHT, {PATH: reply}), Unread)
    assert isinstance(look(SETTLE, {PATH: reply}), Unread)


def _series(purpose, *pending, before=None, **shown):
    question = Question(SERIES, purpose, before=before)
    return _seen(question, {PATH: arrived({**RUN, **shown}), NAMESAKES: arrived({"data": list(pending)})})


def test_a_series_is_cancelled_only_where_no_namesake_is_pending():
    """`Canceled` is not enough for cancelOnce=false: a pending run of the same name shows that it goes on."""
    assert _series("preflight", status="Canceled").standing is Standing.REACHED
    assert _series("settle", status="Canceled").standing is Standing.REACHED
    refused = _series("preflight", NEXT, status="Canceled")
    assert (refused.standing, refused.note) == (
        Standing.IMPOSSIBLE,
        "Canceled, but BR-17 of the same name is Pending: cancel that one",
    )
    assert _series("settle", NEXT, status="Canceled").standing is Standing.OPEN


def test_a_namesake_that_was_pending_before_does_not_count():
    """Only a pending run that the preflight did not see may be the next of the series."""
    before = _series("preflight", NEXT).facts
    assert before["pendingNamesakes"] == ["BR-17"]
    assert _series("settle", NEXT, before=before, status="Canceled").standing is Standing.REACHED
    assert _series("preflight", NEXT, before=before, status="Canceled").standing is Standing.IMPOSSIBLE


def test_a_series_without_a_name():
    """Without a name the rest of a series cannot be found; an ad hoc run has no rest."""
    replies = {PATH: arrived({**RUN, "status": "Canceled", "name": None})}
    assert _seen(Question(SERIES, "preflight"), replies).standing is Standing.IMPOSSIBLE
    assert _seen(Question(SERIES, "settle"), replies).standing is Standing.OPEN
    replies = {PATH: arrived({**RUN, "status": "Canceled", "name": None, "schedule": None})}
    assert _seen(Question(SERIES, "settle"), replies).standing is Standing.REACHED


def test_namesakes_that_cannot_be_read_are_no_evidence():
    """Where the search for namesakes fails, the task is unread."""
    replies = {PATH: arrived({**RUN, "status": "Canceled"}), NAMESAKES: arrived({}, 500)}
    assert isinstance(look(Question(SERIES, "settle"), replies), Unread)


def test_known_numbers_are_polled_together():
    """Two bill runs whose numbers are known cost one read; one that this does not decide is read by id."""
    other = task("cancel_bill_run", {"billRunId": OTHER}, 2)
    questions = [SETTLE, Question(other, "settle", before={**BEFORE, "billRunNumber": "BR-17"})]
    query = "/object-query/billing-runs?pageSize=99&filter[]=billingrunnumber.IN:[BR-16,BR-17]"
    rows = [
        {"id": ID, "billingRunNumber": "BR-16", "status": "CancelInProgress"},
        {
            "id": OTHER,
            "billingRunNumber": "BR-17",
            "status": "Pending",
            "updatedDate": "2026-01-31T10:00:00Z",
        },
    ]
    by_id = {f"/v1/bill-runs/{OTHER}": arrived({**RUN, "id": OTHER, "billRunNumber": "BR-17"})}
    tenant = Answers({query: arrived({"data": rows}), **by_id})
    looked = tenant.run(CANCEL.look(questions))
    standings = [each.standing for each in looked.values() if isinstance(each, Sighting)]
    assert standings == [Standing.UNDER_WAY, Standing.UNTOUCHED]
    assert tenant.asked == [query, f"/v1/bill-runs/{OTHER}"]


def test_a_nameless_series_is_not_polled():
    """Whether a run without a name is one of a series, its own read tells, and no query does."""
    nameless: JsonObject = {"status": "Pending", "updatedDate": UPDATED, "billRunNumber": "BR-16"}
    others = task("cancel_bill_run", {"billRunId": OTHER, "cancelOnce": False}, 2)
    questions = [
        Question(SERIES, "settle", before=nameless),
        Question(others, "settle", before={**nameless, "billRunNumber": "BR-17"}),
    ]
    shown = {**RUN, "status": "Canceled", "name": None, "schedule": None}
    tenant = Answers({PATH: arrived(shown), f"/v1/bill-runs/{OTHER}": arrived({**shown, "id": OTHER})})
    looked = tenant.run(CANCEL.look(questions))
    assert [each.standing for each in looked.values() if isinstance(each, Sighting)] == [Standing.REACHED] * 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": ID, "status": "Canceled"}, ("Canceled", True)),
        ({"id": ID.upper(), "status": "CancelInProgress"}, ("CancelInProgress", False)),
        ({"id": ID}, (None, False)),
        ({"id": ID, "status": "Pending"}, (None, False)),
        ({"id": ID, "status": "Completed"}, (None, False)),
        ({"id": ID, "status": "Posted"}, None),
        ({"id": ID, "status": "Cancelled"}, None),
        ({"id": OTHER, "status": "Canceled"}, None),
        ({}, None),
    ],
)
def test_what_a_successful_reply_means(body, expected):
    """Accepted at most, unless it says `Canceled`; nothing where it is about another or is odd."""
    success = CANCEL.success(TASK, body)
    assert (success and (success.state, success.ended)) == expected


def test_numbers_are_looked_up_together():
    """Ids by number in one read; a number that is not listed has none; a failed read leaves all open."""
    path = "/object-query/billing-runs?pageSize=99&filter[]=billingrunnumber.IN:[BR-16,BR-17]"
    rows = arrived({"data": [{"id": ID, "billingRunNumber": "BR-16"}]})
    assert Answers({path: rows}).run(CANCEL.lookup(["BR-16", "BR-17"])) == {"BR-16": ID, "BR-17": None}
    assert isinstance(Answers({path: Lost("")}).run(CANCEL.lookup(["BR-16", "BR-17"])), Unread)
    assert Answers({}).run(CATALOG["detach_charges"].lookup([])) == {}

import pytest

from runner.core.operation import Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Lost, NotSent, NotSentCause
from runner.operations import CATALOG
from tests.operations.talk import MARKER, Answers, arrived, look, missing, refused, task

CREATE = CATALOG["create_bill_run"]
CELLS = {"batches": ["Batch1"], "targetDate": "2026-01-31", "invoiceDate": "2026-01-31", "name": "May"}
TASK = task("create_bill_run", CELLS)
NAME = f"May {MARKER}"
BY_NAME = f"/object-query/billing-runs?pageSize=99&filter[]=name.EQ:{NAME}"
ID = "2c9890077e8a8490017e8bf3a5171a43"
RUN = {
    "id": ID,
    "name": NAME,
    "status": "Pending",
    "billingRunNumber": "BR-16",
    "createdDate": "2026-01-31T10:00:00Z",
}
SENT_AT = 1769853600.0  # 2026-01-31T10:00:00Z
PREFLIGHT, SETTLE = Question(TASK, "preflight"), Question(TASK, "settle", since=SENT_AT)
FOLLOW = Question(TASK, "follow", result_id=ID)


def _listed(*rows):
    return {BY_NAME: arrived({"data": list(rows)})}


def _seen(question, replies) -> Sighting:
    found = look(question, replies)
    assert isinstance(found, Sighting), found
    return found


@pytest.mark.parametrize("question", [PREFLIGHT, SETTLE])
def test_no_bill_run_with_the_name_is_absent(question):
    """Nothing listed, or only names that differ in case, is absent."""
    assert _seen(question, _listed()).standing is Standing.ABSENT
    assert _seen(question, _listed({**RUN, "name": NAME.upper()})).standing is Standing.ABSENT


@pytest.mark.parametrize("question", [PREFLIGHT, SETTLE])
def test_the_bill_run_created_first_is_the_result(question):
    """A series repeats the name; the first of it is the one that was created."""
    later = {**RUN, "id": "b" * 32, "createdDate": "2026-02-28T10:00:00Z", "billingRunNumber": "BR-17"}
    seen = _seen(question, _listed(later, RUN))
    assert (seen.standing, seen.result_id, seen.state) == (Standing.REACHED, ID, "Pending")
    assert seen.facts["billRunNumber"] == "BR-16"


@pytest.mark.parametrize(
    ("created", "before", "standing"),
    [
        ("2026-01-31T09:59:57Z", None, Standing.OPEN),
        ("2026-01-31T09:59:58Z", None, Standing.REACHED),
        ("2026-01-31T11:59:57+02:00", None, Standing.OPEN),
        ("2026-01-31T12:00:00+02:00", None, Standing.REACHED),
        ("2026-01-31 23:00:00", None, Standing.OPEN),
        ("2026-01-31 09:00:00", {}, Standing.REACHED),
        (None, None, Standing.OPEN),
        (None, {}, Standing.REACHED),
    ],
)
def test_one_that_may_be_older_than_our_request_proves_nothing_without_preflight(created, before, standing):
    """Without a preflight look, a bill run that is not surely younger than the first send proves nothing."""
    question = Question(TASK, "settle", before=before, since=SENT_AT)
    assert _seen(question, _listed({**RUN, "createdDate": created})).standing is standing


def test_pages_are_followed_by_cursor():
    """The next page is asked for by its cursor, and nothing else is followed."""
    second = f"{BY_NAME}&cursor=W3s/ib=="
    replies = {BY_NAME: arrived({"data": [], "nextPage": "W3s/ib=="}), second: arrived({"data": [RUN]})}
    assert _seen(SETTLE, replies).standing is Standing.REACHED


@pytest.mark.parametrize(
    "reply",
    [
        arrived(b""),
        arrived(b"<html>504</html>", 504),
        arrived(b"<html>here</html>"),
        arrived({"data": []}, 500),
        arrived({"data": []}, 302),
        arrived({"data": None}),
        arrived({"data": [1]}),
        arrived({}),
        arrived({"data": [], "nextPage": 5}),
        arrived([]),
        missing(),
        refused(200, "50000040"),
        refused(401, "90000011"),
        Lost("reset"),
        NotSent(NotSentCause.CONNECT, "refused"),
    ],
)
@pytest.mark.parametrize("question", [PREFLIGHT, SETTLE])
def test_what_cannot_be_understood_is_no_evidence(question, reply):
    """A list that is not plainly a list leaves the task unread; it is never taken for an empty one."""
    assert isinstance(look(question, {BY_NAME: reply}), Unread)


def test_many_names_are_looked_up_in_few_reads():
    """Fifty names are one read; a name with a comma or a bracket is asked for alone."""
    cells = [{**CELLS, "name": f"Run {n}"} for n in range(59)] + [
        {**CELLS, "name": "a, b"},
        {**CELLS, "name": "[c]"},
    ]
    questions = [Question(task("create_bill_run", each, n), "preflight") for n, each in enumerate(cells, 1)]
    first = [question.task.target for question in questions[:50]]
    paths = [f"IN:[{','.join(first)}]", f"IN:[{','.join(q.task.target for q in questions[50:59])}]"]
    paths += [f"EQ:{question.task.target}" for question in questions[59:]]
    replies = {
        f"/object-query/billing-runs?pageSize=99&filter[]=name.{path}": arrived({"data": []})
        for path in paths
    }
    tenant = Answers(replies)
    looked = tenant.run(CREATE.look(questions))
    assert sorted(tenant.asked) == sorted(replies)
    assert {sighting.standing for sighting in looked.values() if isinstance(sighting, Sighting)} == {
        Standing.ABSENT
    }
    assert len(looked) == 61


def test_long_names_are_split_so_that_no_path_is_too_long():
    """Paths stay below 8 KiB, however long the names are when they are encoded."""
    questions = [
        Question(task("create_bill_run", {**CELLS, "name": f"{n:03}" + "月" * 197}, n), "preflight")
        for n in range(1, 9)
    ]
    inquiry, lengths = CREATE.look(questions), []
    request = next(inquiry)
    try:
        while True:
            lengths.append(len(request.path))
            request = inquiry.send(arrived({"data": []}))
    except StopIteration:
        assert max(lengths) < 8000
        assert len(lengths) == 3


def test_one_failed_read_leaves_the_others_readable():
    """Only the names in a read that failed are unread."""
    other = task("create_bill_run", {**CELLS, "name": "a, b"}, 2)
    path = f"/object-query/billing-runs?pageSize=99&filter[]=name.EQ:{other.target}"
    replies = {**_listed(RUN), path: Lost("reset")}
    looked = Answers(replies).run(CREATE.look([SETTLE, Question(other, "settle")]))
    assert isinstance(looked[1], Sighting)
    assert isinstance(looked[2], Unread)


def test_without_a_marker_nothing_is_asked():
    """A creation without a marker can be sent, and a lost one proves nothing by reading."""
    unmarked = task("create_bill_run", CELLS, marker=False)
    assert _seen(Question(unmarked, "preflight"), {}).standing is Standing.UNTOUCHED
    assert _seen(Question(unmarked, "settle"), {}).standing is Standing.OPEN


@pytest.mark.parametrize(
    ("row", "standing", "note"),
    [
        (
            {"status": "Completed", "numberOfAccounts": 12, "numberOfInvoices": 30},
            Standing.REACHED,
            "12 accounts, 30 invoices",
        ),
        ({"status": "Posted"}, Standing.REACHED, ""),
        ({"status": "PostInProgress"}, Standing.REACHED, ""),
        ({"status": "Error", "errorMessage": "too many charges"}, Standing.PARTLY, "too many charges"),
        ({"status": "Error"}, Standing.PARTLY, "the bill run ended in Error"),
        ({"status": "Canceled"}, Standing.PARTLY, "the bill run was cancelled"),
        ({"status": "RemoveInProgress"}, Standing.PARTLY, "the bill run is being deleted"),
        ({"status": "Processing"}, Standing.UNDER_WAY, ""),
        ({"status": "Paused"}, Standing.UNDER_WAY, ""),
        ({"status": "Pending"}, Standing.UNDER_WAY, ""),
        ({"status": "CancelInProgress"}, Standing.UNDER_WAY, ""),
        ({"status": "Cancelled"}, Standing.OPEN, ""),
    ],
)
def test_a_created_bill_run_is_followed_to_its_end(row, standing, note):
    """The end of a bill run is told with its counts, or its error."""
    seen = _seen(FOLLOW, _listed({**RUN, **row}))
    assert (seen.standing, seen.note, seen.state) == (standing, note, row["status"])


def test_one_that_is_not_listed_is_followed_by_its_id():
    """The id decides; counts are asked for by number once the bill run has ended."""
    by_id = f"/v1/bill-runs/{ID}"
    by_number = "/object-query/billing-runs?pageSize=99&filter[]=billingrunnumber.EQ:BR-16"
    shown = {"id": ID, "billRunNumber": "BR-16", "status": "Completed", "success": True}
    counted = arrived({"data": [{**RUN, "status": "Processing", "numberOfInvoices": 3}]})
    seen = _seen(FOLLOW, {**_listed(), by_id: arrived(shown), by_number: counted})
    assert (seen.standing, seen.note) == (Standing.REACHED, "3 invoices")
    assert (
        _seen(FOLLOW, {**_listed(), by_id: arrived(shown), by_number: Lost("")}).standing is Standing.REACHED
    )
    assert _seen(FOLLOW, {BY_NAME: Lost(""), by_id: missing()}).standing is Standing.ABSENT
    loud = arrived({**shown, "id": ID.upper()})
    assert _seen(FOLLOW, {**_listed(), by_id: loud, by_number: counted}).result_id == ID
    assert isinstance(look(FOLLOW, {**_listed(), by_id: arrived({**shown, "id": "b" * 32})}), Unread)
    assert isinstance(look(FOLLOW, {**_listed(), by_id: arrived(b"", 404)}), Unread)


@pytest.mark.parametrize(
    ("body", "result"),
    [({"id": ID, "status": "Pending"}, ID), ({"id": ID.upper()}, ID), ({}, None), ({"id": "BR-16"}, None)],
)
def test_a_creation_succeeded_when_the_reply_has_an_id(body, result):
    """Only a reply with an id of 32 hexadecimal digits is about a bill run that was made."""
    success = CREATE.success(TASK, body)
    assert (success.result_id if success else None) == result
    assert success is None or success.ended


@pytest.mark.parametrize(("pending", "shut"), [(500, False), (501, True), (700, True), (0, False)])
def test_the_gate_is_shut_by_more_than_500_pending(pending, shut):
    """Pending bill runs are counted page by page, and no further than needed."""
    rows = [{"id": f"{n:032x}"} for n in range(pending)]
    pages = [rows[start : start + 99] for start in range(0, max(pending, 1), 99)]
    path = "/object-query/billing-runs?pageSize=99&filter[]=status.EQ:Pending"
    replies = {}
    for index, page in enumerate(pages):
        following = {"nextPage": str(index + 1)} if index + 1 < len(pages) else {}
        replies[f"{path}&cursor={index}" if index else path] = arrived({"data": page, **following})
    gate = CREATE.gate("53100030")
    assert gate is not None
    tenant = Answers(replies)
    assert tenant.run(gate) is shut
    assert len(tenant.asked) <= 6


def test_which_refusals_may_be_a_gate():
    """Only business rules and limits may be; an answer that is not understood is no count."""
    assert [CREATE.gate(code) for code in (None, "53100020", "53100050")] == [None, None, None]
    gate = CREATE.gate("70")
    assert gate is not None
    path = "/object-query/billing-runs?pageSize=99&filter[]=status.EQ:Pending"
    assert isinstance(Answers({path: arrived({}, 503)}).run(gate), Unread)
    assert CATALOG["cancel_bill_run"].gate("53100030") is None

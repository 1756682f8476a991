"""Finding created bill runs by their marker, and following them to their end."""

from collections.abc import Generator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from runner.core.jsonvalue import JsonObject, text_at
from runner.core.operation import Inquiry, Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Reply, Request
from runner.operations.create_bill_run.drafting import PATH
from runner.operations.looking.moments import moment, surely_since
from runner.operations.looking.queries import BILL_RUNS, Rows, rows_by
from runner.operations.looking.replies import Missing, ask
from runner.operations.looking.states import BillRun

Answered = Sighting | Unread

_LATEST: Final = float("inf")
_ENDED_WELL: Final = frozenset({BillRun.COMPLETED, BillRun.POST_IN_PROGRESS, BillRun.POSTED})
_UNDER_WAY: Final = frozenset(
    {BillRun.PENDING, BillRun.PROCESSING, BillRun.PAUSED, BillRun.CANCEL_IN_PROGRESS}
)
_COUNTS: Final[Mapping[str, str]] = {
    "numberOfAccounts": "accounts",
    "numberOfInvoices": "invoices",
    "numberOfCreditMemos": "credit memos",
}
_KEPT: Final = ("createdDate", "errorMessage", *_COUNTS)


def look_at_creations(questions: Sequence[Question]) -> Inquiry:
    """Look all of them up by name together; follow those that have an id already to their end."""
    marked = [question.task.target for question in questions if question.task.marker is not None]
    by_name = yield from rows_by(BILL_RUNS, "name", "name", marked)
    looked: dict[int, Answered] = {}
    for question in questions:
        rows = by_name.get(question.task.target, []) if question.task.marker is not None else []
        if question.purpose == "follow" and question.result_id:
            looked[question.task.number] = yield from _follow(question.result_id, rows)
        else:
            looked[question.task.number] = rows if isinstance(rows, Unread) else _by_marker(question, rows)
    return looked


def _by_marker(question: Question, rows: Rows) -> Sighting:
    if question.task.marker is None:
        if question.purpose == "preflight":
            return Sighting(Standing.UNTOUCHED, note="it carries no marker, so it was not looked up")
        return Sighting(Standing.OPEN, note="it carries no marker: nothing tells whether it was created")
    ours = sorted((row for row in rows if text_at(row, "id")), key=_age)
    if not ours:
        return Sighting(Standing.ABSENT)
    first = ours[0]
    unseen_before = question.purpose != "preflight" and question.before is None and question.since is not None
    if unseen_before and not surely_since(text_at(first, "createdDate"), question.since or 0.0):
        note = f"{_called(first)} carries the marker, but may be older than our request: an earlier run's"
        return Sighting(Standing.OPEN, text_at(first, "status"), _id_of(first), note, _facts(first))
    note = f"found by its marker as {_called(first)}"
    return Sighting(Standing.REACHED, text_at(first, "status"), _id_of(first), note, _facts(first))


def _follow(result_id: str, rows: Rows | Unread) -> Generator[Request, Reply, Answered]:
    """One that a query has not shown (no marker, or not listed yet) is read by its id."""
    for row in [] if isinstance(rows, Unread) else rows:
        if _id_of(row) == result_id:
            return _judged(row)
    answer = yield from ask(f"{PATH}/{quote(result_id, safe='')}")
    if isinstance(answer, Unread):
        return answer
    if isinstance(answer, Missing):
        # One that was just created may not be shown yet, so its absence has to be seen again.
        return Sighting(Standing.ABSENT, result_id=result_id, note=f"the bill run is gone: {answer.detail}")
    if _id_of(answer) != result_id:
        return Unread("the reply is about another bill run")
    return _judged((yield from _counted(answer)))


def _counted(run: JsonObject) -> Generator[Request, Reply, JsonObject]:
    """A bill run that has ended with its counts and error text, which are in object queries alone."""
    number = text_at(run, "billRunNumber")
    row: JsonObject = {**run, "billingRunNumber": number}
    if number is None or text_at(run, "status") not in (*_ENDED_WELL, BillRun.ERROR):
        return row
    found = yield from rows_by(BILL_RUNS, "billingrunnumber", "billingRunNumber", [number])
    listed = found.get(number)
    same = [each for each in listed if _id_of(each) == _id_of(run)] if isinstance(listed, list) else []
    return {**row, **same[0], "status": run.get("status")} if same else row


def _judged(row: JsonObject) -> Sighting:
    state = text_at(row, "status")
    facts = _facts(row)
    counts = ", ".join(
        f"{text_at(row, member)} {word}" for member, word in _COUNTS.items() if member in facts
    )
    if state in _ENDED_WELL:
        return Sighting(Standing.REACHED, state, _id_of(row), counts, facts)
    if state == BillRun.ERROR:
        note = "; ".join(part for part in (text_at(row, "errorMessage"), counts) if part)
        note = note or "the bill run ended in Error"
        return Sighting(Standing.PARTLY, state, _id_of(row), note, facts)
    if state in (BillRun.CANCELED, BillRun.REMOVE_IN_PROGRESS):
        note = "the bill run was cancelled" if state == BillRun.CANCELED else "the bill run is being deleted"
        return Sighting(Standing.PARTLY, state, _id_of(row), note, facts)
    standing = Standing.UNDER_WAY if state in _UNDER_WAY else Standing.OPEN
    return Sighting(standing, state, _id_of(row), counts, facts)


def _facts(row: JsonObject) -> JsonObject:
    facts: JsonObject = {}
    if (number := text_at(row, "billingRunNumber")) is not None:
        facts["billRunNumber"] = number
    facts.update({member: row[member] for member in _KEPT if row.get(member) is not None})
    return facts


def _id_of(row: JsonObject) -> str | None:
    """An id in its one spelling."""
    text = text_at(row, "id")
    return None if text is None else text.lower()


def _called(row: JsonObject) -> str:
    return text_at(row, "billingRunNumber") or text_at(row, "id") or "?"


def _age(row: JsonObject) -> tuple[float, str]:
    """The one created first comes first: a series repeats the name (design.md, "Marker")."""
    created = moment(text_at(row, "createdDate"))
    return _LATEST if created is None else created, text_at(row, "billingRunNumber") or ""

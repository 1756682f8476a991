"""How a bill run that is to be cancelled stands, and what that proves (failure-model.md 4.5).

Allowed from `Pending`, and from `Completed` without posted invoices; not while `Processing` or `Paused`,
never after posting (zuora.md 1.2).
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from runner.core.jsonvalue import Json, JsonObject, list_at, text_at
from runner.core.operation import Inquiry, Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Reply, Request
from runner.operations.looking.queries import BILL_RUNS, filtered, rows_by, rows_of
from runner.operations.looking.replies import Missing, ask
from runner.operations.looking.states import BillRun

PATH: Final = "/v1/bill-runs"
TOGETHER_MIN: Final = 2
"""From so many on, bill runs whose numbers are known are polled by one query."""

Answered = Sighting | Unread
Judging = Generator[Request, Reply, Answered]

_NOTES: Final[Mapping[str, str]] = {
    BillRun.PROCESSING: "a bill run cannot be cancelled while it is processed",
    BillRun.PAUSED: "a paused bill run cannot be cancelled: resume it first",
    BillRun.POSTED: "a posted bill run cannot be cancelled",
    BillRun.POST_IN_PROGRESS: "a bill run that is being posted cannot be cancelled",
    BillRun.ERROR: "only Pending and Completed bill runs can be cancelled; one in Error can be deleted",
    BillRun.REMOVE_IN_PROGRESS: "the bill run is being deleted",
}
_PREFLIGHT: Final[Mapping[str, Standing]] = {
    BillRun.PENDING: Standing.UNTOUCHED,
    BillRun.COMPLETED: Standing.UNTOUCHED,
    BillRun.CANCEL_IN_PROGRESS: Standing.UNDER_WAY,
    BillRun.PROCESSING: Standing.BUSY,
    BillRun.PAUSED: Standing.IMPOSSIBLE,
    BillRun.ERROR: Standing.IMPOSSIBLE,
    BillRun.POSTED: Standing.IMPOSSIBLE,
    BillRun.POST_IN_PROGRESS: Standing.IMPOSSIBLE,
    BillRun.REMOVE_IN_PROGRESS: Standing.IMPOSSIBLE,
}
# After a send, a paused run may go on to be cancelled, and one that is removed was Canceled or in Error
# before (only those can be deleted): neither proves that our cancel took no effect.
_LATER: Final[Mapping[str, Standing]] = {
    **_PREFLIGHT,
    BillRun.PAUSED: Standing.OPEN,
    BillRun.REMOVE_IN_PROGRESS: Standing.OPEN,
}
_COMPARED: Final = frozenset({BillRun.PENDING, BillRun.COMPLETED})
# What a query may decide by itself. Of the others the updated date counts, which only the same kind of
# read spells as the preflight did.
_POLLED: Final = frozenset(
    {
        BillRun.CANCELED,
        BillRun.CANCEL_IN_PROGRESS,
        BillRun.PROCESSING,
        BillRun.POSTED,
        BillRun.POST_IN_PROGRESS,
    }
)


def look_at_cancels(questions: Sequence[Question]) -> Inquiry:
    """Look at each; those whose numbers are known from the preflight together, where that decides."""
    polled = yield from _poll(questions)
    looked: dict[int, Answered] = {}
    for question in questions:
        row = polled.get(question.task.target)
        if row is None:
            row = yield from _read(question)
        looked[question.task.number] = (
            row if isinstance(row, Sighting | Unread) else (yield from _judge(question, row))
        )
    return looked


def _poll(questions: Sequence[Question]) -> Generator[Request, Reply, dict[str, JsonObject]]:
    known: dict[str, str] = {}
    for question in questions:
        number = text_at(question.before, "billRunNumber")
        # Whether a nameless run has a schedule, and so a series, only its own read tells.
        decides = not _whole_series(question) or text_at(question.before, "name") is not None
        if number is not None and decides and question.purpose != "preflight":
            known[number] = question.task.target
    if len(known) < TOGETHER_MIN:
        return {}
    polled: dict[str, JsonObject] = {}
    found = yield from rows_by(BILL_RUNS, "billingrunnumber", "billingRunNumber", list(known))
    for number, rows in found.items():
        for row in [] if isinstance(rows, Unread) else rows:
            if (text_at(row, "id") or "").lower() == known[number] and text_at(row, "status") in _POLLED:
                polled[known[number]] = {**row, "billRunNumber": number}
    return polled


def _read(question: Question) -> Generator[Request, Reply, JsonObject | Answered]:
    answer = yield from ask(f"{PATH}/{quote(question.task.target, safe='')}")
    if isinstance(answer, Missing):
        if question.purpose == "preflight":
            note = f"no such bill run in this entity and these orgs: {answer.detail}"
            return Sighting(Standing.IMPOSSIBLE, note=note)
        # Only Canceled and Error runs can be deleted, so its absence does not tell whether we cancelled it.
        return Sighting(Standing.OPEN, note=f"the bill run is gone: {answer.detail}")
    if isinstance(answer, dict) and (text_at(answer, "id") or "").lower() != question.task.target:
        return Unread("the reply is about another bill run")
    return answer


def _judge(question: Question, row: JsonObject) -> Judging:
    state = text_at(row, "status")
    facts = _facts(row)
    if not _whole_series(question):
        return _sighting(question, state, facts)
    if state == BillRun.CANCELED:
        return (yield from _series(question, row, facts))
    if question.purpose == "preflight":
        namesakes = yield from _pending_namesakes(row)
        if isinstance(namesakes, Unread):
            return namesakes
        facts["pendingNamesakes"] = _numbers(namesakes)
    return _sighting(question, state, facts)


def _sighting(question: Question, state: str | None, facts: JsonObject) -> Sighting:
    if state == BillRun.CANCELED:
        return Sighting(Standing.REACHED, state, question.task.target, facts=facts)
    standings = _PREFLIGHT if question.purpose == "preflight" else _LATER
    standing = standings.get(state or "", Standing.OPEN)
    if state in _COMPARED and not _could_go_again(question, facts):
        standing = Standing.OPEN
    note = _NOTES.get(state or "", "") if standing in (Standing.IMPOSSIBLE, Standing.BUSY) else ""
    return Sighting(standing, state, question.task.target, note, facts)


def _series(question: Question, row: JsonObject, facts: JsonObject) -> Judging:
    """`Canceled` says nothing of the runs to come: a pending namesake shows that the series goes on."""
    if text_at(row, "name") is None:
        return _nameless(question, row, facts)
    namesakes = yield from _pending_namesakes(row)
    if isinstance(namesakes, Unread):
        return namesakes
    # Before anything of ours was sent, every namesake counts, however often it was seen.
    earlier = [] if question.purpose == "preflight" else list_at(question.before, "pendingNamesakes")
    fresh = [number for number in _numbers(namesakes) if number not in earlier]
    if not fresh:
        return Sighting(Standing.REACHED, BillRun.CANCELED, question.task.target, facts=facts)
    facts["pendingNamesakes"] = fresh
    named = ", ".join(str(number) for number in fresh)
    return _goes_on(question, f"Canceled, but {named} of the same name is Pending: cancel that one", facts)


def _nameless(question: Question, row: JsonObject, facts: JsonObject) -> Sighting:
    if "schedule" in row and row["schedule"] is None:
        return Sighting(Standing.REACHED, BillRun.CANCELED, question.task.target, facts=facts)
    return _goes_on(
        question, "Canceled, but it has no name by which the rest of its series could be found", facts
    )


def _goes_on(question: Question, note: str, facts: JsonObject) -> Sighting:
    standing = Standing.IMPOSSIBLE if question.purpose == "preflight" else Standing.OPEN
    return Sighting(standing, BillRun.CANCELED, question.task.target, note, facts)


def _pending_namesakes(row: JsonObject) -> Generator[Request, Reply, list[JsonObject] | Unread]:
    name = text_at(row, "name")
    if name is None:
        return []
    path = filtered(BILL_RUNS, [f"status.EQ:{BillRun.PENDING}", f"name.EQ:{name}"])
    rows = yield from rows_of(path)
    if isinstance(rows, Unread):
        return rows
    return [r for r in rows if text_at(r, "name") == name and text_at(r, "id") != text_at(row, "id")]


def _numbers(rows: list[JsonObject]) -> list[Json]:
    return [text_at(row, "billingRunNumber") or text_at(row, "id") or "?" for row in rows]


def _whole_series(question: Question) -> bool:
    return question.task.fields.get("cancelOnce") is False


def _could_go_again(question: Question, facts: JsonObject) -> bool:
    """Whether a state from which a cancel is allowed shows that no cancel has taken effect.

    It does so of a cancel that was taken: that is over, or has not begun. Of a lost one it does where the run
    is as it was before: same state, and not updated since. Without an updated date nothing is proved.
    """
    if question.purpose == "preflight" or question.result_id is not None:
        return True
    before = question.before
    if before is None or facts.get("updatedDate") is None:
        return False
    return all(before.get(member) == facts[member] for member in ("status", "updatedDate"))


def _facts(row: JsonObject) -> JsonObject:
    kept = ("status", "updatedDate", "billRunNumber", "name")
    return {member: row[member] for member in kept if row.get(member) is not None}

"""A fifth operation in one file: PUT /v1/invoice-schedules/{key}/pause. CONTRIBUTING.md explains it."""

from collections.abc import Generator, Sequence
from typing import Final, Literal
from urllib.parse import quote

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject, text_at
from runner.core.operation import CompileContext, Draft, Fields, Frozen, Inquiry, Question, Success
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.task import Task
from runner.core.wire import Reply, Request
from runner.operations.common import Common
from runner.operations.looking.replies import Missing, ask
from runner.operations.looking.states import InvoiceSchedule
from runner.operations.reading.columns import Column, Kind
from runner.operations.reading.grammar import ScheduleKey
from runner.operations.reading.row_reader import RowReader, Strict

KEY: Final = "scheduleKey"
PATH: Final = "/v1/invoice-schedules"
COLUMNS: Final = (Column(KEY, Kind.TEXT, "Id or number of the invoice schedule (IS-...).", required=True),)


class ScheduleTarget(Strict):
    """Path of the request; it has no body fields."""

    schedule_key: ScheduleKey


class PauseInvoiceSchedule(Common):
    """Pauses invoice schedules; synchronous, without a key."""

    def __init__(self) -> None:
        super().__init__("pause_invoice_schedule", RowReader(COLUMNS, ScheduleTarget))

    @property
    def method(self) -> Literal["PUT"]:
        """PUT, never with a key."""
        return "PUT"

    @property
    def summary(self) -> str:
        """One line for people."""
        return "Pause an invoice schedule."

    @property
    def retry_text(self) -> str:
        """How it is retried and settled."""
        return "After a lost reply the schedule is read back: Paused is done, any other state is not."

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself."""
        body = self._body(row)
        return body if isinstance(body, list) else Fields({}, text_at(body, KEY) or "")

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope: the normal form is what the act means."""
        del context
        return Draft(fields, scope, {KEY: fields.target})

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """Make the bytes."""
        del act, context
        target = draft.fields.target
        return Frozen(f"{PATH}/{quote(target, safe='')}/pause", b"{}", target)

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """Read a reply that says `success: true`: it is the end of it."""
        return Success(task.target, text_at(body, "status"), ended=True)

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Read the schedule of each: before a write, and after a lost reply."""
        looked: dict[int, Sighting | Unread] = {}
        for question in questions:
            looked[question.task.number] = yield from _look(question)
        return looked


def _look(question: Question) -> Generator[Request, Reply, Sighting | Unread]:
    key = question.task.target
    answer = yield from ask(f"{PATH}/{quote(key, safe='')}")
    match answer:
        case Unread():
            return answer
        case Missing(detail=detail) if question.purpose == "preflight":
            return Sighting(Standing.IMPOSSIBLE, note=f"no such invoice schedule: {detail}")
        case Missing(detail=detail):
            return Sighting(Standing.OPEN, note=f"the invoice schedule is gone: {detail}")
        case _:
            state = text_at(answer, "status")
            paused = state == InvoiceSchedule.PAUSED
            return Sighting(Standing.REACHED if paused else Standing.UNTOUCHED, state, key)

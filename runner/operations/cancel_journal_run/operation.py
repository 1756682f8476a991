"""The operation `cancel_journal_run`."""

from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import quote

from pydantic import Field

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject, text_at
from runner.core.operation import CompileContext, Draft, Fields, Frozen, Inquiry, Question, Success
from runner.core.scope import Scope
from runner.core.task import Task
from runner.operations.cancel_journal_run.looking import PATH, look_at_cancels
from runner.operations.common import Common
from runner.operations.reading.columns import Column, Kind
from runner.operations.reading.grammar import JournalRunNumber
from runner.operations.reading.row_reader import RowReader, Strict

NUMBER: Final = "jr-number"

COLUMNS: Final = (
    Column(
        NUMBER,
        Kind.TEXT,
        "Number of the journal run: JR- and at least 8 digits (JR-00000001).",
        required=True,
    ),
    Column("jrNumber", Kind.TEXT, "The same as jr-number; give one of them.", path=NUMBER),
)


class JournalRunTarget(Strict):
    """Path of the request; it has no body fields."""

    jr_number: JournalRunNumber = Field(alias=NUMBER)


class CancelJournalRun(Common):
    """Cancels journal runs; asynchronous, without a key, and perhaps in part only."""

    def __init__(self) -> None:
        super().__init__("cancel_journal_run", RowReader(COLUMNS, JournalRunTarget))

    @property
    def method(self) -> Literal["PUT"]:
        """PUT, never with a key."""
        return "PUT"

    @property
    def summary(self) -> str:
        """One line for people."""
        return "Cancel a journal run that is Pending, Error or Completed; transferred entries stay."

    @property
    def retry_text(self) -> str:
        """How it is retried and settled."""
        return (
            "Asynchronous: accepted first, then read back until it is Cancelled, or until every entry "
            "that is left was transferred to accounting (partial). Nothing proves that a lost cancel "
            "took no effect, since it may be queued; resume sends it once more, since its target is a "
            "state."
        )

    @property
    def untouched_proves(self) -> bool:
        """A cancel may be queued, so an unchanged journal run proves nothing (failure-model.md 4.5)."""
        return False

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself."""
        body = self._body(row)
        return body if isinstance(body, list) else Fields({}, text_at(body, NUMBER) or "")

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope."""
        del context
        return Draft(fields, scope, {NUMBER: fields.target})

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """An empty object as body: without one, a cancel of bill runs is refused with 415 (zuora.md 1.3)."""
        del act, context
        target = draft.fields.target
        return Frozen(f"{PATH}/{quote(target, safe='')}/cancel", b"{}", target)

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """Only says that the state allowed it (api/cancel-journal-run.txt)."""
        del body
        return Success(task.target, None, ended=False)

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Read the journal runs, and their entries where they decide."""
        return look_at_cancels(questions)

"""The operation `cancel_bill_run`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal
from urllib.parse import quote

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject, dumps, text_at
from runner.core.operation import (
    Claim,
    CompileContext,
    Draft,
    Fields,
    Frozen,
    Inquiry,
    Numbers,
    Question,
    Success,
)
from runner.core.scope import Scope
from runner.core.sighting import Purpose, Unread
from runner.core.task import Task
from runner.operations.cancel_bill_run.looking import PATH, look_at_cancels
from runner.operations.common import LOOK_ALONE, Common
from runner.operations.looking.queries import BILL_RUNS, rows_by
from runner.operations.looking.states import BillRun
from runner.operations.reading.columns import Column, Kind
from runner.operations.reading.grammar import BILL_RUN_ID, BillRunId, BillRunNumber
from runner.operations.reading.places import Finding
from runner.operations.reading.row_reader import RowReader, Strict
from runner.operations.reading.seen import Seen

LOOK_MAX: Final = 20
"""Polled together by one query where numbers are known; else read one after another, so not too many."""

SERIES_RISK: Final = "cancelOnce=false: all future bill runs of the series are cancelled"

COLUMNS: Final = (
    Column("billRunId", Kind.TEXT, "Id of the bill run (32 hexadecimal digits). Give it or billRunNumber."),
    Column("billRunNumber", Kind.TEXT, "Number of the bill run (BR-...), looked up before anything is sent."),
    Column(
        "cancelOnce",
        Kind.BOOLEAN,
        "true (default): only this bill run. false: all future ones of its schedule as well.",
    ),
)


class CancelBody(Strict):
    """Path and body of the request."""

    bill_run_id: BillRunId | None = None
    bill_run_number: BillRunNumber | None = None
    cancel_once: bool | None = None


def _rules(seen: Seen) -> Iterator[Finding]:
    if seen.given("billRunId") and seen.given("billRunNumber"):
        yield ("billRunNumber",), "give either billRunId or billRunNumber, not both"
    if not seen.given("billRunId") and not seen.given("billRunNumber"):
        yield ("billRunId",), "is missing: give billRunId (32 hexadecimal digits) or billRunNumber (BR-...)"


class CancelBillRun(Common):
    """Cancels bill runs; asynchronous, and without a key."""

    def __init__(self) -> None:
        super().__init__("cancel_bill_run", RowReader(COLUMNS, CancelBody, _rules))

    @property
    def method(self) -> Literal["PUT"]:
        """PUT, never with a key."""
        return "PUT"

    @property
    def summary(self) -> str:
        """One line for people."""
        return "Cancel a bill run that is Pending, or Completed without posted invoices."

    @property
    def retry_text(self) -> str:
        """How it is retried and settled."""
        return (
            "Asynchronous: accepted first, then read back until it is Canceled. After a lost reply it "
            "is read back; only when state and updated date are as before, seen twice and past the "
            "quiet window, it is sent again, once. With cancelOnce=false, Canceled counts only where no"
            " bill run of the same name is Pending."
        )

    def look_max(self, purpose: Purpose) -> int:
        """Their numbers are known after the preflight only; before, each takes a read of its own."""
        return LOOK_ALONE if purpose == "preflight" else LOOK_MAX

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself; an id has its one spelling in lower case."""
        body = self._body(row)
        if isinstance(body, list):
            return body
        rest: JsonObject = {name: body[name] for name in ("cancelOnce",) if name in body}
        return Fields(rest, (text_at(body, "billRunId") or "").lower(), text_at(body, "billRunNumber"))

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope."""
        del context
        draft = Draft(fields, scope, {})
        if fields.number is not None:
            return _aimed(draft, "billRunNumber", fields.number)
        return _aimed(draft, "billRunId", fields.target)

    def with_target(self, draft: Draft, target: str) -> Draft:
        """The same draft with its number looked up: a row by id is then the same act."""
        found = target.lower()
        return _aimed(replace(draft, fields=replace(draft.fields, target=found)), "billRunId", found)

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """Make the bytes; `cancelOnce` is always said."""
        del act, context
        target = draft.fields.target
        if not target:
            raise ValueError(f"{draft.fields.number} has not been looked up")
        body = dumps({"cancelOnce": draft.fields.body.get("cancelOnce", True)})
        return Frozen(f"{PATH}/{quote(target, safe='')}/cancel", body.encode("ascii"), target)

    def lookup(self, numbers: Sequence[str]) -> Numbers:
        """Ids by number, through object queries; a read that fails leaves all of them open.

        An id becomes part of a path, so it has to be one, whoever says it.
        """
        found = yield from rows_by(BILL_RUNS, "billingrunnumber", "billingRunNumber", numbers)
        ids: dict[str, str | None] = {}
        for number, rows in found.items():
            if isinstance(rows, Unread):
                return rows
            ids[number] = text_at(rows[0], "id") or "" if rows else None
            if rows and not BILL_RUN_ID.fits(ids[number] or ""):
                return Unread(f"the id of {number} is not understood")
        return ids

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """Accepted, as a rule with `CancelInProgress`; one that contradicts it is unclear."""
        if (text_at(body, "id") or "").lower() != task.target:
            return None
        state = text_at(body, "status")
        if state in _TAKEN:
            return Success(task.target, state, ended=state == BillRun.CANCELED)
        # The cancel is asynchronous, so a reply may still show the state from before it: taken, and no
        # cancel was seen in progress.
        return Success(task.target, None, ended=False) if state in _AS_BEFORE else None

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Read the bill runs."""
        return look_at_cancels(questions)


_TAKEN: Final = (BillRun.CANCELED, BillRun.CANCEL_IN_PROGRESS)
_AS_BEFORE: Final = (None, BillRun.PENDING, BillRun.COMPLETED)


def _aimed(draft: Draft, member: str, target: str) -> Draft:
    """A draft whose act and claims are about this target."""
    once = draft.fields.body.get("cancelOnce", True) is True
    normal: JsonObject = {member: target} if once else {member: target, "cancelOnce": False}
    claim = Claim(f"bill_run:{target}", f"cancelOnce={'true' if once else 'false'}")
    return replace(draft, normal=normal, claims=(claim,), risks=() if once else (SERIES_RISK,))

"""The operation `create_bill_run`."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject, text_at
from runner.core.operation import (
    CompileContext,
    Draft,
    Fields,
    Frozen,
    Gate,
    Inquiry,
    Question,
    Success,
    Until,
)
from runner.core.scope import Scope
from runner.core.sighting import Purpose, Unread
from runner.core.task import Task
from runner.operations.common import Common
from runner.operations.create_bill_run.columns import READER
from runner.operations.create_bill_run.drafting import draft_of, freeze_draft
from runner.operations.create_bill_run.looking import look_at_creations
from runner.operations.looking.queries import BILL_RUNS, IN_MAX, filtered, rows_of
from runner.operations.looking.states import BillRun

PENDING_MAX: Final = 500
"""With more pending bill runs than this, Zuora creates no further one (api/create-bill-run.txt)."""

_GATE_CATEGORIES: Final = ("30", "70")
_ID: Final = re.compile(r"[0-9a-f]{32}")


class CreateBillRun(Common):
    """Creates bill runs; the only one of the four whose write carries an idempotency key."""

    def __init__(self) -> None:
        super().__init__("create_bill_run", READER)

    @property
    def method(self) -> Literal["POST"]:
        """POST, with a key."""
        return "POST"

    @property
    def summary(self) -> str:
        """One line for people."""
        return "Create an ad hoc or a scheduled bill run, by batches, account, subscriptions or conditions."

    @property
    def retry_text(self) -> str:
        """How it is retried and settled."""
        return (
            "Sent with an idempotency key. After a lost reply the same bytes are sent with the same key"
            " for 20 hours; the bill run is also found by the marker at the end of its name. After 20 "
            "hours, or where the key decides no more, it is sent again only when no bill run carries "
            "the marker, seen twice and past the quiet window. More than 500 pending bill runs are a "
            "gate: it waits, and fails no row."
        )

    def look_max(self, purpose: Purpose) -> int:
        """So many names are asked for in one read."""
        del purpose
        return IN_MAX

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself."""
        body = self._body(row)
        return body if isinstance(body, list) else Fields(body)

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope."""
        return draft_of(fields, scope, context)

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """Make the bytes."""
        return freeze_draft(draft, act, context)

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """An id proves the creation; its state is `Pending` as a rule."""
        del task
        made = (text_at(body, "id") or "").lower()
        return Success(made, text_at(body, "status"), ended=True) if _ID.fullmatch(made) else None

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Look up by marker, or follow by id."""
        return look_at_creations(questions)

    def follows(self, task: Task, until: Until) -> bool:
        """An ad hoc run is followed to its end; a scheduled one may wait for years."""
        return until == "completed" and "schedule" not in task.fields

    def gate(self, code: str | None) -> Gate | None:
        """Which code says "500 pending" is documented nowhere: category 30 and 70 may, so it is counted."""
        return _too_many_pending() if code is not None and code.endswith(_GATE_CATEGORIES) else None


def _too_many_pending() -> Gate:
    path = filtered(BILL_RUNS, [f"status.EQ:{BillRun.PENDING}"])
    rows = yield from rows_of(path, rows_max=PENDING_MAX + 1)
    return rows if isinstance(rows, Unread) else len(rows) > PENDING_MAX

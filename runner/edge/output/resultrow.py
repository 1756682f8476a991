"""What one line of a result file says, before it is spelled as CSV or JSONL."""

from dataclasses import dataclass
from typing import Final, Protocol

from runner.core.ledgerline import LedgerLine
from runner.core.outcome import Status
from runner.edge.output.remainder import Remains

RESULT_COLUMNS: Final = (
    "#run", "#task", "#status", "#http_status", "#reason_code",
    "#reason_message", "#result_id", "#request_id", "#attempts", "#note",
)  # fmt: skip
"""In the order of the contract; input columns of these names give way to them."""

MEANING_COLUMNS: Final = ("operation", "entity", "org")
"""Added where the input has none of this name."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One task as its line in a result file.

    `source` is the row as it stood (`runner.core.job.Row.source`). `entity` and `org` are the cells that mean
    exactly this task. `remains` is what is left of a partial task, where that is known.
    """

    run_id: str
    line: LedgerLine
    source: str
    entity: str | None
    org: str | None
    remains: Remains | None = None

    @property
    def as_it_stood(self) -> bool:
        """Whether the input's own `operation`, `entity` and `org` stay untouched: in a rejected row."""
        return self.line.status is Status.REJECTED


class ResultSpelling(Protocol):
    """How the result files of a job are spelled: as the job itself is."""

    def head(self, *, remainder: bool) -> str:
        """What stands before the first line; `remainder`: the lines may say what is left of their task."""
        ...

    def line(self, row: ResultRow, *, remainder: bool) -> str:
        """One line with its line end; `remainder` as in `head`."""
        ...

"""What compiling a job gives: its tasks in a spool on disk, and all that is wrong with it."""

import contextlib
import hashlib
import json
from types import TracebackType
from typing import Final, Literal, Self, cast

from runner.compose.comparison import comparisons, rejections
from runner.compose.console import Console
from runner.compose.findings import Findings, JobRefused, document_of, spelled
from runner.core.job import JobFormat, Problem
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader
from runner.edge.spool import Spool
from runner.edge.spoolentry import Entry, RejectedRow

PROBLEMS_SHOWN_MAX: Final = 1_000
"""Problems that a command shows which refuses a job; `check` prints every one."""

PARENTS_MAX: Final = 100
"""Runs that the rows of one job may name in `#run`."""


class CompiledJob:
    """A compiled job; a context manager, since its tasks stand in a temporary file.

    - `spool`: its tasks and rejected rows; `payload.draft_of` reads what an entry holds;
    - `problems`: all that is wrong with it, in file order; empty: it may be run (but see `doubts`);
    - `doubts`: rows whose `#status` says that nobody knows yet whether they took effect: `run` refuses them;
    - `parents`: the runs that rows name in `#run`, each with the first line that does (at most 100).
    """

    def __init__(self, reader: JobReader, options: JobOptions) -> None:
        self._reader = reader
        self._options = options
        self.spool = Spool()
        self.problems = Findings()
        self.doubts = Findings()
        self.parents: dict[str, int] = {}
        self._meaning = hashlib.sha256()

    @property
    def display_name(self) -> str:
        """The job's path, safe to print; `<stdin>` for standard input."""
        return self._reader.display_name

    @property
    def header(self) -> list[str]:
        """The column names of a CSV, in file order; empty for JSONL."""
        return self._reader.header

    @property
    def format(self) -> JobFormat:
        """CSV or JSONL."""
        return self._reader.format or "csv"

    @property
    def delimiter(self) -> Literal[",", ";", "\t"]:
        """Of a CSV."""
        return cast('Literal[",", ";", "\\t"]', self._reader.delimiter)

    @property
    def sha256(self) -> str:
        """64 hex digits over the bytes as stored; "" where they were not read to the end."""
        return self._reader.sha256

    @property
    def row_count(self) -> int:
        """Data rows, whatever is wrong with them."""
        return self._reader.row_count

    @property
    def rejected_count(self) -> int:
        """Rows that `--skip-invalid` leaves out; each is one task."""
        if not self._options.skip_invalid:
            return 0
        return sum(isinstance(one, RejectedRow) for one in self.spool.in_order())

    @property
    def task_count(self) -> int:
        """Tasks, rejected ones too; where there are problems, those of rows that are valid by themselves."""
        return sum(found.count for found in self.spool.counts()) + self.rejected_count

    @property
    def meaning(self) -> str:
        """A digest of what its valid rows become: operations, scopes, fields in normal form (64 hex digits).

        The config decides about it too: a default entity that changes makes the same bytes other tasks.
        """
        return self._meaning.hexdigest()

    def add(self, entry: Entry) -> None:
        """Add the next task."""
        self.spool.add(entry)
        place = f"{entry.row} {entry.operation} {entry.scope.entity} {','.join(entry.scope.orgs)}"
        self._meaning.update(f"{place} {entry.digest}\n".encode())

    def note_parent(self, run: str, line: int) -> None:
        """Note that a row names an earlier run; more than 100 runs are a problem."""
        if len(self.parents) < PARENTS_MAX:
            self.parents.setdefault(run, line)
        elif run not in self.parents:
            self.problems.add(Problem(line, "#run", f"more than {PARENTS_MAX} runs are named; split the job"))

    def compare(self) -> None:
        """Compare all rows with each other; again after numbers were looked up (`Spool.revise`).

        Equal rows, repeated custom ids and contradictions become problems, or with `--skip-invalid` rejected
        rows: the later one of two equal rows, both of a contradiction.
        """
        if self._options.skip_invalid:
            for row, reason in rejections(self.spool, self._options):
                self.spool.mark_rejected(row, reason)
            return
        self.problems.merge(comparisons(self.spool, self._options))

    def keys_of(self, rejected: RejectedRow) -> tuple[str, str | None]:
        """Operation and custom_id of a rejected row as they stand in it; "" and None where they do not."""
        content: object = None
        with contextlib.suppress(ValueError):  # a line that is no JSON
            content = json.loads(rejected.source)
        if isinstance(content, list):
            content = dict(zip(self.header, cast("list[object]", content), strict=False))
        cells = cast("dict[str, object]", content if isinstance(content, dict) else {})
        operation, custom_id = cells.get("operation") or self._options.operation, cells.get("custom_id")
        return (
            operation if isinstance(operation, str) else "",
            custom_id if isinstance(custom_id, str) and custom_id else None,
        )

    def refuse_unless_valid(self, console: Console) -> None:
        """Raise `JobRefused` where there are problems, after printing the first 1,000 on standard error."""
        hint = f"correct it, then type: zuora-batch check {self.display_name}"
        _refuse(self.problems, self.display_name, console, hint)

    def refuse_doubts(self, console: Console) -> None:
        """Raise `JobRefused` where rows are still in doubt: `run` must not send them again."""
        _refuse(self.doubts, self.display_name, console, "settle them first, or delete these rows")

    def close(self) -> None:
        """Delete the temporary files."""
        self.spool.close()
        self.problems.close()
        self.doubts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse(findings: Findings, file: str, console: Console, hint: str) -> None:
    count = len(findings)
    if not count:
        return
    shown = findings.first(PROBLEMS_SHOWN_MAX)
    for problem in shown:
        console.err(spelled(file, problem))
    if count > len(shown):
        console.err(f"and {count - len(shown)} more")
    noun = "problem" if count == 1 else "problems"
    documents = [document_of(file, problem) for problem in shown]
    raise JobRefused(f"{file} has {count} {noun}; nothing was sent", hint, documents)

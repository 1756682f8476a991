"""What a person decided of tasks: on the command line, or in a CSV with one decision a line."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, TextIO

from runner.compose.findings import document_of, spelled
from runner.core.fault import UserFault
from runner.core.job import FieldProblem, Problem
from runner.core.jsonvalue import JsonObject
from runner.core.outcome import Status
from runner.core.plaintext import quoted, shown

DECISIONS: Final = ("succeeded", "failed", "partial")
REQUIRED: Final = ("task", "as", "reason")
COLUMNS: Final = (*REQUIRED, "result_id")
REASON_MAX: Final = 1_000
RESULT_ID_MAX: Final = 200
_PROBLEMS_MAX: Final = 1_000
_TASK: Final = re.compile(r"[0-9]{1,9}")
"""As many digits as the number of a task may have anywhere."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How one task ended; `line` is where the decision begins in its file."""

    task: int
    status: Status
    reason: str
    result_id: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions that are taken together; `file` is None for the one of a command line."""

    each: Sequence[Decision]
    file: str | None = None

    def refused(self, problems: Sequence[Problem], hint: str | None = None) -> "DecisionsRefused":
        """The fault that tells these problems, each with its place."""
        return _refused(self.file, problems, hint)


class DecisionsRefused(UserFault):
    """Decisions that cannot be taken (2); none of them is. `problems` are for `--json`."""

    def __init__(self, message: str, hint: str | None, problems: list[JsonObject]) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


def decision(task: str, status: str, reason: str, result_id: str | None) -> Decisions:
    """Read one decision of a command line; `DecisionsRefused` where it is none."""
    made = _decided({"task": task, "as": status, "reason": reason, "result_id": result_id or ""}, 0)
    if isinstance(made, list):
        raise _refused(None, [Problem(0, each.column, each.message) for each in made])
    return Decisions([made])


def decisions_in(path: Path) -> Decisions:
    """Read a CSV with the columns task, as, reason and (where known) result_id, whatever their order.

    Columns that begin with `#` are not read. `DecisionsRefused` names every line that is no decision.
    """
    name = shown(str(path), 200)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = list(_read(stream))
    except OSError as fault:
        raise UserFault(f"--from: {name} cannot be read: {fault.strerror or fault}") from None
    except UnicodeDecodeError as fault:
        raise UserFault(
            f"--from: {name} is not UTF-8 (byte {fault.start})", hint="save it as UTF-8"
        ) from None
    made = [each for each in found if isinstance(each, Decision)]
    problems = [each for each in found if isinstance(each, Problem)] + _repeated(made)
    if problems:
        raise _refused(name, sorted(problems, key=lambda each: each.line))
    if not made:
        raise UserFault(f"--from: {name} holds no decision; expected a line for each task")
    return Decisions(made, name)


def _read(stream: TextIO) -> Iterator[Decision | Problem]:
    """Each line as a decision, or as all that is wrong with it."""
    rows = csv.reader(stream, strict=True)
    header: list[str] | None = None
    last = 0
    while True:
        line = last + 1
        try:
            cells = next(rows, None)
        except csv.Error as fault:
            yield Problem(line, "", f"is no CSV: {fault}")
            return
        last = rows.line_num
        if cells is None:
            break
        if header is None:
            header = cells
            yield from (wrong := list(_header_problems(header)))
            if wrong:
                return
        elif cells:
            yield from _of_cells(header, cells, line)
    if header is None:
        yield Problem(1, "", f"is empty; expected a header: {','.join(COLUMNS)}")


def _header_problems(header: Sequence[str]) -> Iterator[Problem]:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        expected = ",".join(COLUMNS)
        yield Problem(1, "", f"without {' and '.join(missing)}; expected the columns {expected}")
        return
    for name in dict.fromkeys(header):
        if name in COLUMNS and header.count(name) > 1:
            yield Problem(1, name, "stands there twice")
        elif name not in COLUMNS and not name.startswith("#"):
            yield Problem(1, name, f"is no column of a decision; expected {', '.join(COLUMNS)}")


def _of_cells(header: Sequence[str], cells: Sequence[str], line: int) -> Iterator[Decision | Problem]:
    if len(cells) > len(header):
        hint = "put a text with a comma in double quotes"
        yield Problem(line, "", f"has {len(cells)} cells, the header {len(header)}; {hint}")
        return
    made = _decided(dict(zip_longest(header, cells, fillvalue="")), line)
    if isinstance(made, Decision):
        yield made
    else:
        yield from (Problem(line, each.column, each.message) for each in made)


def _decided(cells: Mapping[str, str], line: int) -> Decision | list[FieldProblem]:
    task, status, reason = cells["task"].strip(), cells["as"].strip(), cells["reason"].strip()
    result_id = cells.get("result_id", "").strip()
    wrong: list[FieldProblem] = []
    if not (task.isascii() and _TASK.fullmatch(task)) or not int(task):
        wrong.append(FieldProblem("task", f"{quoted(task)} is no task; expected its number in the ledger"))
    if status not in DECISIONS:
        expected = ", ".join(DECISIONS)
        wrong.append(FieldProblem("as", f"{quoted(status)} is no decision; expected one of {expected}"))
    if not reason or len(reason) > REASON_MAX or not reason.isprintable():
        expected = f"1 to {REASON_MAX} printable characters: whoever reads it later asks why"
        wrong.append(FieldProblem("reason", f"{quoted(reason)} is no reason; expected {expected}"))
    if len(result_id) > RESULT_ID_MAX or not result_id.isprintable():
        expected = f"up to {RESULT_ID_MAX} printable characters"
        wrong.append(FieldProblem("result_id", f"{quoted(result_id)} is no id; expected {expected}"))
    return wrong or Decision(int(task), Status(status), reason, result_id or None, line)


def _repeated(made: Sequence[Decision]) -> list[Problem]:
    """Which of two decisions of one task is meant, nobody can know."""
    first: dict[int, int] = {}
    problems: list[Problem] = []
    for each in made:
        line = first.setdefault(each.task, each.line)
        if line != each.line:
            problems.append(Problem(each.line, "task", f"task {each.task} is decided in line {line} already"))
    return problems


def _refused(file: str | None, problems: Sequence[Problem], hint: str | None = None) -> DecisionsRefused:
    told = problems[:_PROBLEMS_MAX]
    if file is None:
        lines = [f"resolve: {each.message}" for each in told]
        return DecisionsRefused("\n".join(lines), hint, [])
    lines = [spelled(file, each) for each in told]
    if len(problems) > len(told):
        lines.append(f"and {len(problems) - len(told)} more")
    hint = hint or "no decision was taken; correct the file, then type the same command again"
    return DecisionsRefused("\n".join(lines), hint, [document_of(file, each) for each in told])

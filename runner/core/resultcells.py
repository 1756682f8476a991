"""The cells by which a row of a result file names the task it comes from: `#run`, `#task`, `#status`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json, kind_of
from runner.core.outcome import Status
from runner.core.plaintext import quoted, shown

RUN_ID_MAX: Final = 64
RUN_ID_TEXT: Final = f'letters, digits, ".", "_", "-", the first a letter or digit, at most {RUN_ID_MAX}'
"""The grammar of a run id, in words for a message."""

_RUN_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{RUN_ID_MAX - 1}}}")
_TASK: Final = re.compile(r"[1-9][0-9]{0,17}")
_IN_DOUBT: Final = (Status.UNKNOWN, Status.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Parent:
    """The task of an earlier run that a row repeats.

    `task` is its number there, None where the cell is absent; `status` is how it stood when the result file
    was written, None likewise.
    """

    run: str
    task: int | None
    status: Status | None


def is_run_id(text: str) -> bool:
    """Whether a text is a well-formed run id (whether there is such a run is another matter)."""
    return _RUN_ID.fullmatch(text) is not None


def parent_of(cells: Mapping[str, Json]) -> Parent | FieldProblem | None:
    """Read the parent of a row; None where it has no `#run`.

    Without a `#run` the other two are not read: whoever deletes that column, as our own messages advise,
    makes the row one of no run.
    """
    run = cells.get("#run")
    if run is None:
        return None
    if not isinstance(run, str) or not is_run_id(run):
        return FieldProblem(
            "#run", f"{_found(run)} is no run id ({RUN_ID_TEXT}); correct it, or delete the column"
        )
    task = _task(cells.get("#task"))
    if isinstance(task, FieldProblem):
        return task
    status = _status(cells.get("#status"))
    return status if isinstance(status, FieldProblem) else Parent(run=run, task=task, status=status)


def doubt_of(cells: Mapping[str, Json]) -> FieldProblem | None:
    """Why `run` refuses a row whose `#status` says that it is still in doubt; None where it does not."""
    cell = cells.get("#status")
    if not isinstance(cell, str) or cell.strip().casefold() not in _IN_DOUBT:
        return None
    run = cells.get("#run")
    named = run if isinstance(run, str) and is_run_id(run) else "RUN"
    return FieldProblem(
        "#status",
        f"{quoted(cell)}: nobody knows yet whether this row took effect; sent again, it could do so twice; "
        f"type: zuora-batch settle {named}, then take the rows from the result files that it rewrites",
    )


def _task(cell: Json) -> int | FieldProblem | None:
    if cell is None:
        return None
    spelled = str(cell) if isinstance(cell, int | str) and not isinstance(cell, bool) else ""
    if _TASK.fullmatch(spelled) is None:
        return FieldProblem(
            "#task", f"{_found(cell)} is no task number (1, 2, 3, ...); correct it, or delete the column"
        )
    return int(spelled)


def _status(cell: Json) -> Status | FieldProblem | None:
    if cell is None:
        return None
    known = ", ".join(status.value for status in Status)
    if not isinstance(cell, str) or cell not in known.split(", "):
        return FieldProblem(
            "#status", f"{_found(cell)} is no status; expected one of {known}, or delete the column"
        )
    return Status(cell)


def _found(cell: Json) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return shown(str(cell))
    return quoted(cell) if isinstance(cell, str) else kind_of(cell)

"""The two reserved cells that name a row: `operation` and `custom_id`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json, kind_of
from runner.core.nearest import did_you_mean
from runner.core.plaintext import quoted, shown

CUSTOM_ID_MAX: Final = 255
"""Characters of a `custom_id`."""


@dataclass(frozen=True, slots=True)
class RowKeys:
    """What a row is to do, and the caller's own id for it (None where it has none)."""

    operation: str
    custom_id: str | None


def row_keys(
    cells: Mapping[str, Json], default_operation: str | None, operations: Sequence[str]
) -> RowKeys | list[FieldProblem]:
    """Read `operation` and `custom_id`; all problems at once.

    `operations` are the known names, in the order in which a message lists them. `default_operation`
    (`--operation`) is for rows that name none; a row that names one keeps its own.
    """
    operation = _operation(cells.get("operation"), default_operation, operations)
    custom_id = _custom_id(cells.get("custom_id"))
    problems = [found for found in (operation, custom_id) if isinstance(found, FieldProblem)]
    if isinstance(operation, FieldProblem) or isinstance(custom_id, FieldProblem):
        return problems
    return RowKeys(operation=operation, custom_id=custom_id)


def _operation(cell: Json, default: str | None, operations: Sequence[str]) -> str | FieldProblem:
    expected = ", ".join(operations)
    if cell is None and default is None:
        return FieldProblem(
            "operation", f"no operation: write one of {expected} in this column, or give --operation NAME"
        )
    name, origin = (default, "--operation ") if cell is None else (cell, "")
    if not isinstance(name, str):
        return FieldProblem("operation", f"expected a string, one of {expected}; found {kind_of(name)}")
    if name in operations:
        return name
    hint = did_you_mean(name, operations)
    return FieldProblem(
        "operation", f"{origin}{quoted(name)} is no operation; expected one of {expected}{hint}"
    )


def _custom_id(cell: Json) -> str | FieldProblem | None:
    # An integer is taken and spelled out: exports of other systems write their ids so. A decimal is not,
    # since 7 and 7.0 would be two ids.
    if isinstance(cell, int) and not isinstance(cell, bool):
        cell = str(cell)
    if cell is None:
        return None
    if not isinstance(cell, str):
        return FieldProblem("custom_id", f"expected a string (or a whole number), found {kind_of(cell)}")
    expected = f"expected 1 to {CUSTOM_ID_MAX} printable characters"
    if not 1 <= len(cell) <= CUSTOM_ID_MAX:
        return FieldProblem(
            "custom_id", f"found {len(cell)} characters, {expected}; shorten it, or leave it out"
        )
    if not cell.isprintable():
        hidden = next(character for character in cell if not character.isprintable())
        return FieldProblem(
            "custom_id", f"{quoted(cell)} holds {shown(hidden)}, {expected}; delete that character"
        )
    return cell

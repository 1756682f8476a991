"""A job file as it is read: rows, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runner.core.jsonvalue import Json

JobFormat: TypeAlias = Literal["csv", "jsonl"]

RESERVED_NAMES = ("operation", "custom_id", "entity", "org")
"""Names that mean the same in every job; every other name is a field of the operation."""


@dataclass(frozen=True, slots=True)
class Row:
    """One data row of a job.

    `row` counts data rows from 1; `line` is the physical line on which the row begins. `cells` holds the
    named values in file order: for CSV strings (an empty cell is absent), for JSONL JSON values (a null
    member is absent). `source` is the row as it stood: a JSON list of all the cells for CSV, the object's
    own text for JSONL; result files are made of it.
    """

    row: int
    line: int
    format: JobFormat
    cells: Mapping[str, Json]
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a job file, as `check` prints it.

    `column` is the column's name as the file spells it, or empty where the whole row or file is meant.
    `row` and `source` (as of `Row`) are given where it is about one row whose ends are sure, so that this row
    can be left out alone.
    """

    line: int
    column: str
    message: str
    row: int = field(default=0, compare=False)
    source: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with a row: the name as the file spells it ("" for the row), and why."""

    column: str
    message: str

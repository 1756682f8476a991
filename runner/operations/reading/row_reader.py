"""Reads the rows of one operation: cells to values, values to a valid body, all problems at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from runner.core.job import RESERVED_NAMES, FieldProblem, Row
from runner.core.jsonvalue import Json, JsonObject
from runner.core.nearest import did_you_mean
from runner.core.plaintext import plain, quoted
from runner.operations.reading.columns import (
    CellFault,
    Column,
    Folding,
    csv_value,
    jsonl_fault,
    without_nulls,
)
from runner.operations.reading.complaints import HINTS_MAX, MISSING, findings, place_of
from runner.operations.reading.places import Place, Spelling
from runner.operations.reading.seen import Rules, Seen, no_rules

PASSED_THROUGH: Final = "#"
"""Names that begin with it are not read (contract, "Job file")."""


class Strict(BaseModel):
    """The base of all field models: no unknown member, no silent conversion, names as Zuora spells them."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


@dataclass(slots=True)
class _Sheet:
    """A row while it is being read."""

    spelling: Spelling
    raw: JsonObject = field(default_factory=dict[str, Json])
    folds: dict[str, Json] = field(default_factory=dict[str, Json])
    damaged: set[Place] = field(default_factory=set[Place])
    problems: list[FieldProblem] = field(default_factory=list[FieldProblem])

    def complain(self, place: Place, message: str) -> None:
        column, inner = self.spelling.locate(place)
        # Member names in the way are the file's own, so they are made safe to print.
        self.problems.append(FieldProblem(column, f"{plain(inner)}: {message}" if inner else message))


class RowReader:
    """Reads rows of one operation; made once, since building the model's validator is slow.

    `columns` are all names that a row may have; `model` judges the body; `rules` judge its fields together;
    `folding` makes convenience columns into a field.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        model: type[BaseModel],
        rules: Rules = no_rules,
        folding: Folding | None = None,
    ) -> None:
        self.columns: Final = tuple(columns)
        self.model: Final = model
        self._rules: Final = rules
        self.folding: Final = folding
        self._folded_names: Final = folding.columns if folding is not None else ()
        self._by_name: Final[Mapping[str, Column]] = {column.name: column for column in columns}
        self._text: Final[Mapping[Place, str]] = {column.place: column.text for column in reversed(columns)}

    def read(self, row: Row) -> JsonObject | list[FieldProblem]:
        """The body that a row describes, members in the order of the reference page; or all its problems."""
        sheet = _Sheet(Spelling(row.format))
        for name, cell in row.cells.items():
            if name not in RESERVED_NAMES and not name.startswith(PASSED_THROUGH):
                self._take(sheet, row, name, cell)
        self._fold(sheet)
        body = self._validate(sheet)
        for place, message in self._rules(Seen(sheet.raw, body)):
            sheet.complain(place, message)
        return list(dict.fromkeys(sheet.problems)) or body

    def _take(self, sheet: _Sheet, row: Row, name: str, cell: Json) -> None:
        column = self._by_name.get(name)
        if column is None or (column.csv_only and row.format == "jsonl"):
            said = self._unknown(name, inside=column, hints=len(sheet.problems) < HINTS_MAX)
            sheet.problems.append(FieldProblem(name, said))
            return
        try:
            value = csv_value(column.kind, cell) if row.format == "csv" and isinstance(cell, str) else cell
        except CellFault as fault:
            sheet.problems.append(FieldProblem(name, str(fault)))
            sheet.damaged.add(column.place)
            value = None
        if self.folding is not None and name in self.folding.columns:
            fault_said = "" if value is None else jsonl_fault(column.kind, value)
            if fault_said:
                sheet.problems.append(FieldProblem(name, fault_said))
            sheet.folds[name] = None if fault_said else without_nulls(value)
        else:
            self._put(sheet, column, without_nulls(value))

    def _put(self, sheet: _Sheet, column: Column, value: Json) -> None:
        place, spelling = column.place, sheet.spelling
        holder = sheet.raw
        for step in place[:-1]:
            outer = spelling.columns.get((step,))
            if outer is not None:
                sheet.problems.append(FieldProblem(column.name, f'give either "{outer}" or "{column.name}"'))
                return
            inner = holder.setdefault(str(step), {})
            if not isinstance(inner, dict):
                return
            holder = inner
        key = str(place[-1])
        if key in holder:
            other = spelling.columns.get(place) or f"{key}.*"
            sheet.problems.append(FieldProblem(column.name, f'give either "{other}" or "{column.name}"'))
            return
        holder[key] = value
        spelling.columns[place] = column.name

    def _fold(self, sheet: _Sheet) -> None:
        folding = self.folding
        if folding is None or not sheet.folds:
            return
        first = next(iter(sheet.folds))
        if folding.target in sheet.raw:
            message = f'give either "{folding.target}" or "{first}": both say the same thing'
            sheet.problems.append(FieldProblem(first, message))
            return
        given = {name: sheet.folds[name] for name in folding.columns if name in sheet.folds}
        sheet.spelling.target, sheet.spelling.folded = folding.target, tuple(given)
        if None in given.values():
            # A damaged convenience column: the field counts as given, and is judged no further.
            sheet.raw[folding.target] = None
            sheet.damaged.add((folding.target,))
        else:
            sheet.raw[folding.target] = without_nulls(folding.fold(given))

    def _validate(self, sheet: _Sheet) -> JsonObject:
        try:
            return self.model.model_validate(sheet.raw).model_dump(by_alias=True, exclude_none=True)
        except ValidationError as fault:
            errors = fault.errors(include_url=False)
        fresh = [error for error in errors if not _within(place_of(error), sheet.damaged)]
        for place, message in findings(fresh, self._members):
            about = self._about(sheet, place) if message == MISSING else ""
            sheet.complain(place, f"{message}: {about}" if about else message)
        return _sound_part(sheet.raw, {place_of(error) for error in errors} | sheet.damaged)

    def _about(self, sheet: _Sheet, place: Place) -> str:
        column = self._by_name.get(sheet.spelling.locate(place)[0])
        folded = column.text if column is not None and column.name in self._folded_names else ""
        return self._text.get(place, folded)

    def _unknown(self, name: str, *, inside: Column | None, hints: bool) -> str:
        if inside is not None:
            outer, _, inner = name.partition(".")
            return f'unknown field "{name}"; in JSONL write "{inner}" inside "{outer}"'
        return f"unknown field {quoted(name)}{did_you_mean(name, self._by_name) if hints else ''}"

    @cached_property
    def _members(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for part in self.model.model_json_schema().get("$defs", {}).values():
            names.update(dict.fromkeys(part.get("properties", {})))
        return tuple(names)


def _within(place: Place, places: set[Place]) -> bool:
    return any(place[:length] in places for length in range(1, len(place) + 1))


def _sound_part(raw: JsonObject, damaged: set[Place]) -> JsonObject:
    """The valid rest: a damaged member goes alone from a top-level object, else its whole field goes."""
    rest: JsonObject = {
        name: dict(value) if isinstance(value, dict) else value for name, value in raw.items()
    }
    for place in damaged:
        holder = rest.get(str(place[0])) if place else None
        if len(place) > 1 and isinstance(holder, dict):
            holder.pop(str(place[1]), None)
        elif place:
            rest.pop(str(place[0]), None)
    return rest

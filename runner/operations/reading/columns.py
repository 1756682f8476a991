"""The columns of an operation, and how a CSV cell becomes a JSON value by its column's kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from runner.core.jsonvalue import Json, JsonFault, JsonObject, parse
from runner.core.operation import FieldDoc
from runner.operations.reading.places import Place
from runner.operations.reading.wording import damage, expected

ITEMS_MAX: Final = 10_000
"""Items of a list in one CSV cell: each takes a hundred times the memory of its two characters."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,9}")


class Kind(StrEnum):
    """How a CSV cell of a column is read; the value is what people see as the type."""

    TEXT = "text"
    DATE = "date (YYYY-MM-DD)"
    BOOLEAN = "true or false"
    INTEGER = "whole number"
    TEXTS = "list of texts (CSV: a;b)"
    JSON_OBJECT = "object (CSV: JSON, or the dotted columns)"
    JSON_LIST = "list of objects (CSV: JSON)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, how it is read, what it means.

    A dotted name is for CSV alone (`schedule.runTime`; in JSONL it stands inside `schedule`).
    `path` is the field of the body that it fills where that is not its own name (`jrNumber`: `jr-number`).
    """

    name: str
    kind: Kind
    text: str
    required: bool = False
    path: str = ""

    @property
    def place(self) -> Place:
        """Where in the body it goes."""
        return tuple((self.path or self.name).split("."))

    @property
    def csv_only(self) -> bool:
        """Whether JSONL has no such member."""
        return "." in self.name

    @property
    def doc(self) -> FieldDoc:
        """As `operations NAME` shows it."""
        return FieldDoc(self.name, self.kind.value, self.text, self.required)


@dataclass(frozen=True, slots=True)
class Folding:
    """Convenience columns that together make a list of objects.

    `target` is the field that they make; `columns` the names, the leading one first; `fold` gets the values
    that the row has and returns the list.
    """

    target: str
    columns: tuple[str, ...]
    fold: Callable[[Mapping[str, Json]], Json]


class CellFault(ValueError):
    """A cell cannot be read as its column's kind; the message says why."""


def csv_value(kind: Kind, text: str) -> Json:
    """Read one CSV cell (never empty: an empty cell is an absent field); `CellFault` where it is damaged."""
    match kind:
        case Kind.TEXT | Kind.DATE:
            return text
        case Kind.BOOLEAN:
            return _boolean(text)
        case Kind.INTEGER:
            if not _INTEGER.fullmatch(text):
                raise CellFault(expected(text, "a whole number in plain digits", damage(text)))
            return int(text)
        case Kind.TEXTS:
            return _texts(text)
        case Kind.JSON_OBJECT | Kind.JSON_LIST:
            return _json(text)


def jsonl_fault(kind: Kind, value: Json) -> str:
    """Why a JSON value cannot stand in a convenience column; "" where it can."""
    if kind is Kind.TEXTS and not isinstance(value, list):
        return expected(value, "a list", 'in JSONL write a list: ["a", "b"]')
    return ""


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in ("true", "false"):
        raise CellFault(expected(text, "true or false"))
    return word == "true"


def _texts(text: str) -> Json:
    if text.startswith("["):
        raise CellFault(expected(text, "a list such as a;b", "in CSV write no brackets and quotes"))
    items: list[Json] = list(text.split(";", ITEMS_MAX))
    if len(items) > ITEMS_MAX:
        raise CellFault(f"a list of more than {ITEMS_MAX} items; make several rows of it")
    if "" in items:
        raise CellFault(expected(text, "a list such as a;b", "one of its items is empty: remove a semicolon"))
    return items


def _json(text: str) -> Json:
    try:
        return parse(text)
    except JsonFault as fault:
        raise CellFault(expected(text, "JSON", str(fault))) from None


def without_nulls(value: Json) -> Json:
    """The same value without null members: inside a row, too, null is absent."""
    match value:
        case dict():
            kept: JsonObject = {k: without_nulls(v) for k, v in value.items() if v is not None}
            return kept
        case list():
            return [without_nulls(item) for item in value]
        case _:
            return value

"""What most operations have in common; a new one begins here and overrides what it does otherwise."""

from collections.abc import Sequence
from typing import Final

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject
from runner.core.operation import Draft, FieldDoc, Gate, Numbers, Until
from runner.core.sighting import Purpose
from runner.core.task import Task
from runner.operations.reading.columns import Column
from runner.operations.reading.row_reader import RowReader
from runner.operations.reading.schema import row_schema

LOOK_ALONE: Final = 1
"""For operations whose targets are read one by one: looking together would only make each wait."""


class Common:
    """An operation without numbers to look up, gates, or anything to follow after its end."""

    def __init__(self, name: str, reader: RowReader) -> None:
        self._name: Final = name
        self._reader: Final = reader

    @property
    def name(self) -> str:
        """As it stands in the `operation` column."""
        return self._name

    @property
    def field_docs(self) -> Sequence[FieldDoc]:
        """All its columns, in the order of a template."""
        return tuple(column.doc for column in self.columns)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All its columns, with how a CSV cell of each is read."""
        return self._reader.columns

    @property
    def schema(self) -> JsonObject:
        """The JSON Schema of one JSONL row."""
        return row_schema(self._name, self._reader)

    @property
    def untouched_proves(self) -> bool:
        """An unchanged target proves that nothing took effect."""
        return True

    def look_max(self, purpose: Purpose) -> int:
        """How many tasks one `look` takes together."""
        del purpose
        return LOOK_ALONE

    def with_target(self, draft: Draft, target: str) -> Draft:
        """Nothing is looked up here, so the draft stays as it is."""
        del target
        return draft

    def lookup(self, numbers: Sequence[str]) -> Numbers:
        """No number of this operation has to be looked up."""
        yield from ()
        return dict.fromkeys(numbers)

    def follows(self, task: Task, until: Until) -> bool:
        """Nothing is left to follow once it has ended."""
        del task, until
        return False

    def gate(self, code: str | None) -> Gate | None:
        """No refusal of this operation is a gate."""
        del code
        return None

    def _body(self, row: Row) -> JsonObject | list[FieldProblem]:
        return self._reader.read(row)

"""Bugs that are planted in the runner, to see that the fuzzer sees."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from runner.compose import check, compiledjob
from runner.core import fanout
from runner.core.job import Row
from runner.core.jsonvalue import Json, JsonFault
from runner.edge.jobfile import reader
from runner.edge.jobfile.lines import Line
from runner.edge.jobfile.records import Malformed, Piece, Record
from runner.edge.jobfile.stop import ReadingStopped
from runner.operations.reading import columns, grammar
from runner.operations.reading.row_reader import RowReader, _Sheet
from tests.fuzz.torture import CHECK_EACH, fuzz

SOME = 800
"""At most so many files are taken until a planted bug shows; most show in the first hundred."""

Lines = Callable[[Iterator[bytes]], Iterator[Line]]
Records = Callable[[Iterator[Line], str], Iterator[Piece]]

_TRUE_GUNZIPPED = reader.gunzipped
_TRUE_LINES = reader.lines
_TRUE_RECORDS = reader.records
_TRUE_TAKE = RowReader._take


def _found(numbers: range) -> bool:
    """Whether a disagreement shows in these files; a crash or a hang is not what is planted."""
    for first in range(0, len(numbers), 20):
        sums, words = fuzz(numbers[first : first + 20], seed=0)
        if sums["violations: disagreement"]:
            return True
        assert words == []
    return False


def _altered(change: Callable[[Record], Record]) -> Records:
    def records(physical: Iterator[Line], delimiter: str) -> Iterator[Piece]:
        for piece in _TRUE_RECORDS(physical, delimiter):
            yield piece if isinstance(piece, Malformed) else change(piece)

    return records


def _recoded(change: Callable[[bytes], bytes]) -> Lines:
    return lambda blocks: _TRUE_LINES(iter([change(b"".join(blocks))]))


def _early(record: Record) -> Record:
    return Record(record.line - any("\n" in cell for cell in record.cells), record.cells)


def _loosely(text: str) -> Json:
    try:
        value: Json = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as fault:
        raise JsonFault(str(fault)) from None
    return value


def _as_far_as_it_goes(blocks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from _TRUE_GUNZIPPED(blocks)
    except ReadingStopped:
        return


IN_THE_READER = {
    "cells lose the blanks at their end": (
        "records",
        _altered(lambda record: Record(record.line, [cell.rstrip() for cell in record.cells])),
    ),
    "a row with a line break is numbered one too low": ("records", _altered(_early)),
    "a lone CR ends a line": ("lines", _recoded(lambda content: re.sub(rb"\r(?!\n)", b"\n", content))),
    "a line separator of Unicode ends a line": (
        "lines",
        _recoded(lambda content: content.replace("\u2028".encode(), b"\n")),
    ),
    "NUL is left out": ("lines", _recoded(lambda content: content.replace(b"\0", b""))),
    "invalid UTF-8 becomes a question mark": (
        "lines",
        _recoded(lambda content: content.decode("utf-8", "replace").encode()),
    ),
    "each BOM is left out": ("lines", _recoded(lambda content: content.replace(b"\xef\xbb\xbf", b""))),
    "a key that stands twice counts once": ("parse", _loosely),
    "blank lines are rows": ("is_blank", lambda text: not text),
    "a damaged .gz is read as far as it goes": ("gunzipped", _as_far_as_it_goes),
}


@pytest.mark.parametrize("bug", IN_THE_READER)
def test_some_hundred_files_find_a_bug_of_the_reader(bug: str, monkeypatch: pytest.MonkeyPatch):
    """Each bug that is planted in the reader shows in the readings of 800 files."""
    name, planted = IN_THE_READER[bug]
    monkeypatch.setattr(reader, name, planted)
    assert _found(range(SOME))


class _AnyDay:
    @staticmethod
    def fromisoformat(text: str) -> str:
        return text


def _forgetful(self: RowReader, sheet: _Sheet, row: Row, name: str, cell: Json) -> None:
    if name in self._by_name:
        _TRUE_TAKE(self, sheet, row, name, cell)


def _loose_label(text: str, length_max: int) -> bool:
    return 0 < len(text) <= length_max and text.isprintable()


IN_THE_FIELDS = {
    "an id may hold an underscore": (fanout, "_ID", re.compile("[A-Za-z0-9_-]{1,64}")),
    "a name may end in a blank": (grammar, "_is_label", _loose_label),
    "a date may be the 30th of February": (grammar, "date", _AnyDay),
    "what is not true is false": (columns, "_boolean", lambda text: text.lower() == "true"),
    "an unknown field is left out": (RowReader, "_take", _forgetful),
}
IN_THE_WHOLE = {
    "rows that are equal or contradict each other pass": (compiledjob, "comparisons", lambda *_: iter(())),
    "a problem is told, but not by the exit code": (check, "USAGE", 0),
}


@pytest.mark.parametrize("bug", IN_THE_FIELDS)
def test_some_hundred_files_find_a_bug_of_a_field(bug: str, monkeypatch: pytest.MonkeyPatch):
    """Each bug that is planted in the grammar of a field shows when the rows of 800 files are judged."""
    place, name, planted = IN_THE_FIELDS[bug]
    monkeypatch.setattr(place, name, planted)
    assert _found(range(1, 2 * SOME, 2))


@pytest.mark.parametrize("bug", IN_THE_WHOLE)
def test_some_hundred_files_find_a_bug_of_check(bug: str, monkeypatch: pytest.MonkeyPatch):
    """Each bug that is planted behind the rows shows when 400 files are checked whole."""
    place, name, planted = IN_THE_WHOLE[bug]
    monkeypatch.setattr(place, name, planted)
    assert _found(range(0, SOME // 2 * CHECK_EACH, CHECK_EACH))

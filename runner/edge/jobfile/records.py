"""CSV records, strictly by RFC 4180: quotes around a whole cell or not at all, doubled inside.

Python's `csv` even in strict mode takes a quote in the middle of a cell and cannot tell on which line a
record began; so this is written out.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from runner.edge.jobfile.lines import LINE_BYTES_MAX, Line

DELIMITERS: Final = (",", ";", "\t")
_QUOTE: Final = '"'
_PARTS_MAX: Final = 4096
"""A cell of a million lines of one character would take fifty times its size, were they kept apart."""


class Record(NamedTuple):
    """The cells of one record, as text; `line` is where it begins."""

    line: int
    cells: list[str]


class Malformed(NamedTuple):
    """A record that is no CSV: where its damage was seen, in which cell (from 0), and what it is."""

    line: int
    place: int
    message: str


Piece: TypeAlias = Record | Malformed


def records(physical: Iterator[Line], delimiter: str) -> Iterator[Piece]:
    """Split lines into records; blank lines are skipped.

    After a `Malformed` on a single line the next line is read; after one that has spread over several
    nothing more is, since what would follow is a guess. Raises what `physical` raises.
    """
    for line in physical:
        if quoted := _wholly_quoted(line.text, delimiter):
            yield Record(line.number, quoted)
        elif _QUOTE in line.text:
            scanner = _Scanner(line, physical, delimiter)
            piece = scanner.record()
            yield piece
            if isinstance(piece, Malformed) and scanner.spread:
                return
        elif delimiter in line.text or not is_blank(line.text):
            yield Record(line.number, line.text.split(delimiter))


def _wholly_quoted(text: str, delimiter: str) -> list[str] | None:
    """The cells of a line on which each is in quotes and none holds one, as most programs export; else None.

    With two quotes for each cell there is none left over that could stand inside one.
    """
    if not text.startswith(_QUOTE) or not text.endswith(_QUOTE):
        return None
    cells = text[1:-1].split(f"{_QUOTE}{delimiter}{_QUOTE}")
    return cells if text.count(_QUOTE) == 2 * len(cells) else None


def is_blank(text: str) -> bool:
    """Whether a line shows nothing: it is empty, or spaces and tabs alone."""
    return not text.strip(" \t")


class _Fault(Exception):
    """The record is malformed, on this line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Scanner:
    """Reads one record that has quotes in it, taking further lines as its quoted cells need them."""

    def __init__(self, line: Line, physical: Iterator[Line], delimiter: str) -> None:
        self._first = line
        self._line = line
        self._physical = physical
        self._delimiter = delimiter
        self._at = 0
        self._bytes = line.size

    @property
    def spread(self) -> bool:
        """Whether more than one line was taken, or none was left to take."""
        return self._line is not self._first

    def record(self) -> Piece:
        cells: list[str] = []
        try:
            while True:
                is_quoted = self._line.text.startswith(_QUOTE, self._at)
                cells.append(self._quoted_cell() if is_quoted else self._plain_cell())
                if self._at == len(self._line.text):
                    return Record(self._first.number, cells)
                self._at += 1
        except _Fault as fault:
            return Malformed(fault.line, len(cells), str(fault))

    def _plain_cell(self) -> str:
        text = self._line.text
        end = text.find(self._delimiter, self._at)
        end = len(text) if end < 0 else end
        cell = text[self._at : end]
        if _QUOTE in cell:
            raise _Fault(
                self._line.number,
                "a quote inside a cell that does not begin with one; "
                'put quotes around the whole cell and double the inner ones ("a ""b"" c")',
            )
        self._at = end
        return cell

    def _quoted_cell(self) -> str:
        opened = self._line.number
        parts: list[str] = []
        start = self._at + 1
        while True:
            text = self._line.text
            end = text.find(_QUOTE, start)
            if end < 0:
                parts.append(text[start:] + self._line.end)
                if len(parts) == _PARTS_MAX:
                    parts = ["".join(parts)]
                self._take_line(opened)
                start = 0
            elif text.startswith(_QUOTE, end + 1):
                parts.append(text[start : end + 1])
                start = end + 2
            else:
                parts.append(text[start:end])
                self._at = end + 1
                self._check_closed(opened)
                return "".join(parts)

    def _take_line(self, opened: int) -> None:
        gone_by = self._bytes + len(self._line.end)
        following = next(self._physical, None)
        if following is None:
            self._line = Line(self._line.number + 1, "", "", 0)
            raise _Fault(opened, "the quote that opens this cell is never closed; close it, or double it")
        self._line = following
        self._bytes = gone_by + following.size
        if self._bytes > LINE_BYTES_MAX:
            raise _Fault(
                opened,
                "the row grows beyond 1 MiB, since the quote that opens this cell is not closed; close it",
            )

    def _check_closed(self, opened: int) -> None:
        text, at = self._line.text, self._at
        if at == len(text) or text.startswith(self._delimiter, at):
            return
        where = "" if opened == self._line.number else f" of line {opened}"
        raise _Fault(
            self._line.number,
            f"text after the closing quote of a cell{where}; "
            'double the quotes inside the cell ("a ""b"" c"), or delete what follows',
        )

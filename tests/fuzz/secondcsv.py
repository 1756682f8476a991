"""The second reading of CSV: a state machine over the pieces of a line (RFC 4180, strictly)."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import NamedTuple


class Text(NamedTuple):
    """A line of text: its number, what stands on it, how it ends."""

    number: int
    text: str
    end: str


class Damaged(Exception):
    """The quotes of a record are wrong, so that what follows is a guess; `line` is where it is seen."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _At(Enum):
    CELL_START = auto()
    PLAIN = auto()
    QUOTED = auto()
    QUOTE_IN_QUOTED = auto()


def records(
    lines: list[Text], delimiter: str, size_max: int, stop: int | None
) -> Iterator[tuple[int, list[str]]]:
    """The records, each with the line on which it begins; blank lines are none.

    `stop` is the line at which the text itself ends in damage, which is told where a record runs into it.
    """
    machine = _Machine(delimiter, size_max)
    for line in lines:
        if machine.is_between and _is_blank(line.text, delimiter):
            continue
        machine.take(line)
        if machine.is_between:
            yield machine.begun, machine.cells
    if not machine.is_between:
        raise Damaged(machine.opened if stop is None else stop)


def _is_blank(text: str, delimiter: str) -> bool:
    return delimiter not in text and not text.replace(" ", "").replace("\t", "")


@cache
def _pieces(delimiter: str) -> re.Pattern[str]:
    return re.compile(f'"|{delimiter}|[^"{delimiter}]+')


class _Machine:
    def __init__(self, delimiter: str, size_max: int) -> None:
        self._delimiter = delimiter
        self._pieces = _pieces(delimiter)
        self._size_max = size_max
        self._size = 0
        self._at = _At.CELL_START
        self._cell: list[str] = []
        self.is_between = True
        self.begun = 0
        self.opened = 0
        self.cells: list[str] = []

    def take(self, line: Text) -> None:
        """One more line: of the record that is open, else of the next."""
        size = len(line.text.encode())
        if self.is_between:
            self.cells, self.begun, self._at, self._size = [], line.number, _At.CELL_START, size
            self.is_between = False
        else:
            self._size += size
            if self._size > self._size_max:
                raise Damaged(self.opened)
        for piece in self._pieces.findall(line.text):
            self._step(piece, line.number)
        if self._at is _At.QUOTED:
            self._cell.append(line.end)
            self._size += len(line.end)
        else:
            self._close()
            self.is_between = True

    def _close(self) -> None:
        self.cells.append("".join(self._cell))
        self._cell = []
        self._at = _At.CELL_START

    def _step(self, piece: str, line: int) -> None:
        match self._at, piece:
            case _At.QUOTED, '"':
                self._at = _At.QUOTE_IN_QUOTED
            case _At.QUOTED, _:
                self._cell.append(piece)
            case _At.CELL_START, '"':
                self._at, self.opened = _At.QUOTED, line
            case _At.QUOTE_IN_QUOTED, '"':
                self._at = _At.QUOTED
                self._cell.append(piece)
            case _, self._delimiter:
                self._close()
            case (_At.QUOTE_IN_QUOTED, _) | (_, '"'):
                raise Damaged(line)
            case _:
                self._at = _At.PLAIN
                self._cell.append(piece)

"""Cells and lines of the files that are written for people."""

import csv
import re
from collections.abc import Mapping, Sequence
from json import JSONEncoder
from typing import Final, Literal, TypeAlias

Cell: TypeAlias = str | int | None

SERVER_CELL_MAX: Final = 4_000
"""Characters of a cell that comes from the server, in a result file; `ledger.jsonl` has a few more."""

FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula, or skips before it looks for one."""

_INNER_FORMULA: Final = re.compile('([,;\t\r\n"])(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])')
# What a reader of job files refuses in any cell: in our own result file it would block the whole file.
_UNREADABLE: Final = str.maketrans({"\0": "\\x00", "\r": "\\x0d"})
# Line ends for some readers of JSON lines, though not for JSON.
_LINE_ENDS: Final = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_ENCODER: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def defused(text: str) -> str:
    """The text, with `'` wherever a spreadsheet could take what follows for a formula.

    That is at its beginning, and behind what may separate cells: a spreadsheet whose language separates them
    by semicolons cuts our lines there, whatever is quoted.
    """
    text = _INNER_FORMULA.sub(r"\1'", text)
    return "'" + text if text[:1] in FORMULA_STARTS else text


def server_cell(text: str | None) -> str:
    """A text of the server as a cell of a CSV result file, which stays a valid job file whatever it says.

    Defused; NUL and CR are written `\\x00` and `\\x0d`; what is beyond 4,000 characters is cut off.
    """  # noqa: D301 - the backslashes are doubled already
    if not text:
        return ""
    short = text if len(text) <= SERVER_CELL_MAX else text[: SERVER_CELL_MAX - 1] + "\u2026"
    return defused(short).translate(_UNREADABLE)


def json_line(members: Mapping[str, object]) -> str:
    """One object as a line of JSON lines; TypeError where it holds a `Decimal`."""
    return one_line(_ENCODER.encode(members))


def one_line(document: str) -> str:
    """A compact JSON document as one line, whatever its reader takes for a line end."""
    return (document if document.isascii() else document.translate(_LINE_ENDS)) + "\n"


class CsvLines:
    """Makes CSV lines that end in LF; a cell is quoted where it needs to be, or always."""

    def __init__(self, delimiter: str, quoting: Literal["where needed", "always"] = "where needed") -> None:
        self._line = ""
        # With CRLF as its line end Python's writer quotes cells with a CR or an LF alone in them.
        self._writer = csv.writer(
            self,
            delimiter=delimiter,
            lineterminator="\r\n",
            quoting=csv.QUOTE_ALL if quoting == "always" else csv.QUOTE_MINIMAL,
        )

    def write(self, text: str) -> None:
        """Called by Python's writer, once a line."""
        self._line = text

    def line(self, cells: Sequence[Cell]) -> str:
        """One line; None is an empty cell."""
        self._writer.writerow(cells)
        return self._line[:-2] + "\n"

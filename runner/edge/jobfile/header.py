"""Judges the header row of a CSV job, before any row is read with it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from runner.core.job import Problem
from runner.core.nearest import did_you_mean
from runner.core.plaintext import quoted, shown
from runner.edge.jobfile.records import DELIMITERS, Malformed, Piece, Record

NAME_MAX: Final = 255
"""Characters of a column's name."""

_NAMES_TRIED_MAX: Final = 100
"""Names that are compared with all known ones for a hint: a line may hold a million."""

_SEP_LINE: Final = re.compile(r'"?sep=(.?)"?', re.IGNORECASE)
_SPELLED: Final = {",": "','", ";": "';'", "\t": "tab"}


def header_problems(head: Piece, text: str, delimiter: str, known: AbstractSet[str]) -> Iterator[Problem]:
    """Yield everything that is wrong with a header; nothing: it is a `Record`, and rows can be read with it.

    `text` is the line on which it begins, `delimiter` what it was split by; `known` holds the reserved names
    and the fields of all operations.
    """
    whole = _sep_line(text, delimiter) or _unreadable(head, text, delimiter, known)
    if whole:
        yield Problem(head.line, "", whole)
    elif isinstance(head, Record):
        yield from _name_problems(head.line, head.cells)
        for name, times in Counter(head.cells).items():
            if name and times > 1:
                message = f"{quoted(name)} names {times} columns; rename or delete all but one"
                yield Problem(head.line, shown(name), message)


def _name_problems(line: int, names: Sequence[str]) -> Iterator[Problem]:
    for place, name in enumerate(names, 1):
        if not name:
            message = f"column {place} has no name; delete the column, or name it (# first: it is not read)"
        elif len(name) > NAME_MAX:
            message = f"column {place}: a name of {len(name)} characters, at most {NAME_MAX}; shorten it"
        elif not name.isprintable():
            message = f"column {place}: {quoted(name)} holds a character that is not seen; delete it"
        elif name != name.strip():
            message = f"column {place}: {quoted(name)} has a blank at one end; delete it"
        else:
            continue
        yield Problem(line, "", message)


def _sep_line(text: str, delimiter: str) -> str | None:
    sep = _SEP_LINE.fullmatch(text)
    if sep is None:
        return None
    option = _SPELLED.get(sep[1])
    hint = f", and give --delimiter {option}" if option and sep[1] != delimiter else ""
    return f"a line {quoted(text)} for Excel, expected the header; delete this line{hint}"


def _unreadable(head: Piece, text: str, delimiter: str, known: AbstractSet[str]) -> str | None:
    """Why no row can be read with this header at all."""
    if isinstance(head, Malformed):
        found = f"column {head.place + 1} of the header: {head.message}"
        other = _other_reading(text, delimiter, known)
        return f"no header row in {quoted(text)}; {other}" if other else found
    if any(name in known for name in head.cells):
        return None
    advice = _other_reading(text, delimiter, known) or _nearest_header(head.cells, known)
    return f"no known column name in {quoted(text)}; {advice}"


def _other_reading(text: str, delimiter: str, known: AbstractSet[str]) -> str | None:
    """What would make a header of the line, if anything does."""
    if text.lstrip().startswith("{"):
        return "is this JSONL? then give --format jsonl"
    for other in (*DELIMITERS, "|"):
        if other != delimiter and other in text and any(_bare(name) in known for name in text.split(other)):
            option = _SPELLED.get(other)
            return (
                f"give --delimiter {option}"
                if option
                else "| is no delimiter here; separate by , or ; or tab"
            )
    return None


def _nearest_header(names: Sequence[str], known: AbstractSet[str]) -> str:
    near = next(
        (hint for hint in (did_you_mean(name, known) for name in names[:_NAMES_TRIED_MAX]) if hint), ""
    )
    return f"expected a header row such as operation,custom_id,...{near}"


def _bare(name: str) -> str:
    return name.strip().strip('"')

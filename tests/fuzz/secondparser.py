"""A second reader of job files, written from the contract alone and sharing no code with the runner.

For any bytes it says which rows stand in them, on which lines, with which cells; and the line that refuses
the whole file, where one does. Damage by which the ends of rows are no longer sure (bytes that are no text,
quotes) refuses the file; a row with the wrong number of cells and a line that is no JSON object are refused
alone.
"""

import re
import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from unicodedata import category

from tests.fuzz.secondcsv import Damaged, Text, records
from tests.fuzz.secondjson import NoJson, Value, json_value

LINE_MAX: Final = 1024 * 1024
NAME_MAX: Final = 255
NO_LINE: Final = -1
"""In place of a line: refused, and which line is said depends on how the bytes came in."""

_BOM: Final = b"\xef\xbb\xbf"
_NO_TEXT: Final = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x00\x00\xfe\xff",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
)
_NO_TEXT_EITHER: Final = (b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PAR1")
_BLANK: Final = re.compile(r"[ \t]*")

Cells: TypeAlias = "list[str] | dict[str, Value] | None"
"""The cells of a CSV row, the members of a JSON object; None: a row that has not the shape of one."""


@dataclass(frozen=True)
class Manner:
    """How a file is to be read; `known` are the names of which a header must have one."""

    jsonl: bool = False
    gzipped: bool = False
    delimiter: str = ","
    known: frozenset[str] = frozenset({"operation"})
    may_be_empty: bool = False


@dataclass
class Reading:
    """What stands in a file: its rows up to the line that refuses it, if any.

    `texts` are the lines of JSONL rows as they stand there.
    """

    header: list[str] = field(default_factory=list)
    rows: list[tuple[int, Cells]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    refused: int | None = None


def second_reading(content: bytes, manner: Manner) -> Reading:
    """Read the bytes of a file."""
    reading = Reading()
    if manner.gzipped:
        text = _inflated(content)
        if text is None:
            reading.refused = NO_LINE
            return reading
        content = text
    if content.startswith((*_NO_TEXT, *_NO_TEXT_EITHER)) or _is_wide(content[:8]):
        reading.refused = 1
        return reading
    lines, stop = _lines(content.removeprefix(_BOM))
    if manner.jsonl:
        _objects(lines, reading)
    else:
        _table(lines, stop, manner, reading)
    if reading.refused is None:
        reading.refused = stop
    if reading.refused is None and not reading.rows and not manner.may_be_empty:
        reading.refused = 0
    return reading


def printable(text: str) -> bool:
    """Whether nothing in a text is a control, a format character, or a blank other than the space."""
    return all(character == " " or category(character)[0] not in "CZ" for character in text)


def _is_wide(head: bytes) -> bool:
    """Whether plain text begins so in UTF-16: of two bytes, one is always zero, and always the same."""
    zeros = [byte == 0 for byte in head]
    return zeros in ([True, False] * 4, [False, True] * 4)


def _lines(content: bytes) -> tuple[list[Text], int | None]:
    """The lines of a text, and the number of the first one that is none."""
    found: list[Text] = []
    parts = content.split(b"\n")
    for number, part in enumerate(parts, 1):
        is_last = number == len(parts)
        if is_last and not part:
            break
        has_cr = not is_last and part[-1:] == b"\r"
        raw = part[:-1] if has_cr else part
        if len(raw) > LINE_MAX or 0 in raw or 13 in raw:
            return found, number
        try:
            text = raw.decode("utf-8", "strict")
        except UnicodeDecodeError:
            return found, number
        found.append(Text(number, text, "" if is_last else "\r\n" if has_cr else "\n"))
    return found, None


def _objects(lines: list[Text], reading: Reading) -> None:
    for number, text, _ in lines:
        if _BLANK.fullmatch(text):
            continue
        try:
            value = json_value(text)
        except NoJson:
            value = None
        reading.texts.append(text)
        reading.rows.append((number, value if isinstance(value, dict) else None))


def _table(lines: list[Text], stop: int | None, manner: Manner, reading: Reading) -> None:
    while lines and _BLANK.fullmatch(lines[0].text):
        lines.pop(0)
    try:
        for number, cells in records(lines, manner.delimiter, LINE_MAX, stop):
            if reading.header:
                whole = len(cells) == len(reading.header)
                reading.rows.append((number, cells if whole else None))
            elif _is_header(cells, manner.known):
                reading.header = cells
            else:
                reading.refused = number
                return
    except Damaged as damage:
        reading.refused = damage.line


def _is_header(names: list[str], known: frozenset[str]) -> bool:
    fits = all(
        0 < len(name) <= NAME_MAX and printable(name) and name[0] != " " and name[-1] != " " for name in names
    )
    return fits and max(Counter(names).values()) == 1 and not known.isdisjoint(names)


def _inflated(content: bytes) -> bytes | None:
    """The text of all gzip members (RFC 1952), nothing but zeros behind them; None where it is none."""
    parts: list[bytes] = []
    rest = content
    while rest or not parts:
        start = _member_start(rest)
        if start is None:
            return None
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            part = inflate.decompress(rest[start:])
        except zlib.error:
            return None
        tail = inflate.unused_data
        if not inflate.eof or tail[:8] != struct.pack("<II", zlib.crc32(part), len(part) % 2**32):
            return None
        parts.append(part)
        rest = tail[8:].lstrip(b"\0")
    return b"".join(parts)


def _member_start(content: bytes) -> int | None:
    """Where the compressed text of a member begins; None where its header is damaged."""
    if len(content) < 10 or content[:3] != b"\x1f\x8b\x08" or content[3] & 0xE0:
        return None
    flags, at = content[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(content[at : at + 2], "little")
    for bit in (8, 16):
        if flags & bit:
            end = content.find(b"\0", at)
            if end < 0:
                return None
            at = end + 1
    if flags & 2:
        if content[at : at + 2] != (zlib.crc32(content[:at]) & 0xFFFF).to_bytes(2, "little"):
            return None
        at += 2
    return at if at <= len(content) else None

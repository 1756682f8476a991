"""Physical lines: bounded, UTF-8, ended by LF or CRLF."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from runner.edge.jobfile.foreign import HEAD_BYTES, refuse_foreign
from runner.edge.jobfile.stop import ReadingStopped

LINE_BYTES_MAX: Final = 1024 * 1024
"""Bytes of a line without its line end, and of a whole record with line breaks in quotes."""

_BOM: Final = b"\xef\xbb\xbf"

LineEnd: TypeAlias = Literal["\n", "\r\n", ""]


class Line(NamedTuple):
    """One physical line, numbered from 1; `end` is "" only at the end of the file.

    `size` counts the bytes of the text, without the line end and the BOM.
    """

    number: int
    text: str
    end: LineEnd
    size: int


def lines(blocks: Iterator[bytes]) -> Iterator[Line]:
    """Split bytes into lines; one BOM at the very beginning is left out.

    Raises `ReadingStopped` with the line at NUL, a lone CR, invalid UTF-8 and a line of more than 1 MiB, and
    at the beginning of a file that is no UTF-8 text.
    """
    end: LineEnd
    for number, (raw, is_ended) in enumerate(_split(_headless(blocks)), 1):
        if not is_ended:
            content, end = raw, ""
        elif raw.endswith(b"\r"):
            content, end = raw[:-1], "\r\n"
        else:
            content, end = raw, "\n"
        size = len(content)
        if size > LINE_BYTES_MAX or b"\0" in content or b"\r" in content:
            _refuse(number, content)
        try:
            yield Line(number, content.decode("utf-8"), end, size)
        except UnicodeDecodeError as fault:
            raise ReadingStopped(
                number,
                f"invalid UTF-8 at byte {fault.start + 1} of the line (0x{content[fault.start]:02x}); "
                "save the file as UTF-8",
            ) from None


def _headless(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Look at the first bytes and take the BOM off; a pipe may bring them one by one."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= HEAD_BYTES:
            break
    refuse_foreign(head[:HEAD_BYTES])
    yield head.removeprefix(_BOM)
    yield from blocks


def _split(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each line without its LF, and whether it had one. A line that is too long is given up, cut off."""
    pending: list[bytes] = []
    pending_bytes = 0
    for block in blocks:
        first, *others = block.split(b"\n")
        pending.append(first)
        pending_bytes += len(first)
        if others:
            yield b"".join(pending), True
            *whole, last = others
            for raw in whole:
                yield raw, True
            pending = [last]
            pending_bytes = len(last)
        # One byte more than the longest line: it may be the CR of a CRLF that is cut in two here.
        if pending_bytes > LINE_BYTES_MAX + 1:
            break
    if pending_bytes:
        yield b"".join(pending), False


def _refuse(number: int, content: bytes) -> None:
    if len(content) > LINE_BYTES_MAX:
        raise ReadingStopped(
            number,
            "the line is longer than 1 MiB; are line ends missing? write each row on a line of its own",
        )
    if b"\0" in content:
        at = content.index(b"\0") + 1
        raise ReadingStopped(
            number, f"a NUL at byte {at} of the line; this is no text file, or it is damaged"
        )
    at = content.index(b"\r") + 1
    raise ReadingStopped(
        number,
        f"a lone CR at byte {at} of the line; lines end in LF or CRLF: convert the line ends (mac2unix)",
    )

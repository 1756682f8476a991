"""Text that was written by others, made safe to print: one line, no control codes, nothing invisible."""

from typing import Final

SHOWN_MAX: Final = 60
"""Characters of a foreign value that a message shows, unless it says otherwise."""

_CODE_MAX_X: Final = 0xFF
_CODE_MAX_U: Final = 0xFFFF
_CUT: Final = "\u2026"
# Python calls these printable, yet nothing is seen: fillers, joiners, variation selectors.
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(first, last + 1)
}


def plain(text: str) -> str:
    r"""The whole text on one line: what is not plainly visible is written `\x1b`, `\u202e` or `\U000e0001`.

    That is C0, C1, DEL, bidi controls, zero-width characters, line separators, every blank but the ASCII
    space, lone surrogates, private and unassigned characters. A backslash stays as it is: the result is for
    people, not to be read back.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def shown(text: str, length_max: int = SHOWN_MAX) -> str:
    """`plain` text of at most `length_max` characters; what was cut is marked by an ellipsis at the end."""
    head, whole = _head(text, length_max)
    return head if whole else head + _CUT


def quoted(text: str, length_max: int = SHOWN_MAX) -> str:
    """`shown` text in double quotes, with its full length beside it where it was cut."""
    head, whole = _head(text, length_max)
    return f'"{head}"' if whole else f'"{head}{_CUT}" ({len(text)} characters)'


def _head(text: str, length_max: int) -> tuple[str, bool]:
    """As much of the plain text as fits, and whether that is all of it; no escape is cut in two."""
    pieces: list[str] = []
    length = 0
    # One character more than fits: so the end is seen without walking through a text of many megabytes.
    for piece in map(_visible, text[: length_max + 1]):
        pieces.append(piece)
        length += len(piece)
    if length <= length_max:
        return "".join(pieces), True
    while pieces and length > length_max - len(_CUT):
        length -= len(pieces.pop())
    return "".join(pieces), False


def _visible(character: str) -> str:
    if character.isprintable() and character not in _INVISIBLE:
        return character
    code = ord(character)
    if code <= _CODE_MAX_X:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _CODE_MAX_U else f"\\U{code:08x}"

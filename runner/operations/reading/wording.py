"""How a message shows what was found, and what it advises."""

import re
import unicodedata
from typing import Final

from runner.core import plaintext
from runner.core.jsonvalue import Json, dumps

_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_FORMULA_ERROR: Final = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!)", re.IGNORECASE)
_HASHES: Final = re.compile(r"#{2,}")


def shown(value: Json) -> str:
    """What was found, on one line and not too long: a text in double quotes, anything else as JSON."""
    return plaintext.quoted(value) if isinstance(value, str) else plaintext.shown(dumps(value))


def expected(value: Json, what: str, advice: str = "") -> str:
    """`found X, expected Y`, with what to do where that is known."""
    said = f"found {shown(value)}, expected {what}"
    return f"{said}; {advice}" if advice else said


def damage(text: str) -> str:
    """What a spreadsheet has probably done to a cell, and the way out; "" where nothing is recognised."""
    if _SCIENTIFIC.fullmatch(text):
        return "a spreadsheet has shortened it as a number: format the column as text and fill it in again"
    if _FORMULA_ERROR.match(text):
        return "a spreadsheet formula failed: fill in the value itself"
    if _HASHES.fullmatch(text):
        return "a spreadsheet saved a column that was too narrow: widen it and save again"
    return ""


def oddity(text: str) -> str:
    """Which character of a text does not belong there, by its name; "" where all are plain."""
    if text != text.strip(" "):
        return "remove the blank at its beginning or end"
    for position, character in enumerate(text, start=1):
        if not character.isprintable() or (not character.isascii() and not character.isalnum()):
            name = unicodedata.name(character, "control character")
            return f"character {position} is U+{ord(character):04X} ({name.lower()}): remove it"
    return ""

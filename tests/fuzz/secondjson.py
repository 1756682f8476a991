"""The second reading of JSON: by hand (RFC 8259), without what the contract refuses.

Refused are a key that stands twice, NaN and the infinities, lone surrogates, nesting deeper than 32, and
numbers that no double holds (1E400) or that have more than 400 characters.
"""

import re
from decimal import Decimal
from typing import Final, TypeAlias

Value: TypeAlias = "bool | int | Decimal | str | list[Value] | dict[str, Value] | None"

DEPTH_MAX: Final = 32
NUMBER_MAX: Final = 400
MAGNITUDE_MAX: Final = 307
VALUES_MAX: Final = 100_000

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_RUN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_SHORT: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"true": True, "false": False, "null": None}
_HIGH, _LOW, _AFTER = 0xD800, 0xDC00, 0xE000


class NoJson(Exception):
    """The text is no JSON value that is accepted."""


def json_value(text: str) -> Value:
    """The one value that a text is; of more than 100,000 it may not be, counted by what separates them."""
    if sum(map(text.count, ",[{")) > VALUES_MAX:
        raise NoJson("too many values")
    reader = _Reader(text)
    value = reader.value(0)
    if reader.at != len(text):
        raise NoJson("something behind the value")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._skip()

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self.at)
        self.at = found.end() if found else self.at

    def _peek(self) -> str:
        return self._text[self.at : self.at + 1]

    def _eat(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self.at += 1
        self._skip()
        return True

    def _need(self, sign: str) -> None:
        if not self._eat(sign):
            raise NoJson(f"expected {sign}")

    def value(self, depth: int) -> Value:
        """The value that begins here, and the blanks behind it."""
        match self._peek():
            case "{":
                return self._object(self._deeper(depth))
            case "[":
                return self._list(self._deeper(depth))
            case '"':
                return self._string()
            case _:
                return self._scalar()

    def _deeper(self, depth: int) -> int:
        if depth == DEPTH_MAX:
            raise NoJson("too deep")
        return depth + 1

    def _object(self, depth: int) -> Value:
        found: dict[str, Value] = {}
        self._need("{")
        if self._eat("}"):
            return found
        while True:
            key = self._string()
            if key in found:
                raise NoJson("a key twice")
            self._need(":")
            found[key] = self.value(depth)
            if not self._eat(","):
                self._need("}")
                return found

    def _list(self, depth: int) -> Value:
        found: list[Value] = []
        self._need("[")
        if self._eat("]"):
            return found
        while True:
            found.append(self.value(depth))
            if not self._eat(","):
                self._need("]")
                return found

    def _scalar(self) -> Value:
        for word, meaning in _WORDS.items():
            if self._text.startswith(word, self.at):
                self.at += len(word)
                self._skip()
                return meaning
        found = _NUMBER.match(self._text, self.at)
        if found is None:
            raise NoJson("no value")
        self.at = found.end()
        self._skip()
        return _number(found[0], found[1], found[2])

    def _string(self) -> str:
        if self._peek() != '"':
            raise NoJson("no string")
        self.at += 1
        units: list[str] = []
        while True:
            run = _RUN.match(self._text, self.at)
            self.at = run.end() if run else self.at
            units.append(run[0] if run else "")
            sign = self._peek()
            self.at += 1
            if sign == '"':
                break
            if sign != "\\":
                raise NoJson("a control character, or the end, in a string")
            units.append(self._escaped())
        self._skip()
        return "".join(units)

    def _escaped(self) -> str:
        sign = self._peek()
        self.at += 1
        if sign != "u":
            if sign not in _SHORT:
                raise NoJson("an unknown escape")
            return _SHORT[sign]
        unit = self._unit()
        if not _HIGH <= unit < _AFTER:
            return chr(unit)
        if unit >= _LOW or not self._text.startswith("\\u", self.at):
            raise NoJson("half of a character")
        self.at += 2
        low = self._unit()
        if not _LOW <= low < _AFTER:
            raise NoJson("half of a character")
        return chr(0x10000 + ((unit - _HIGH) << 10) + (low - _LOW))

    def _unit(self) -> int:
        found = _HEX.match(self._text, self.at)
        if found is None:
            raise NoJson("no four digits")
        self.at += 4
        return int(found[0], 16)


def _number(text: str, fraction: str | None, power: str | None) -> Value:
    if len(text) > NUMBER_MAX:
        raise NoJson("too many digits")
    if fraction is None and power is None:
        return int(text)
    places = int(power or "0") - len(fraction or "")
    number = re.sub(r"[eE].*|[-.]", "", text).lstrip("0") or "0"
    if abs(places) > NUMBER_MAX or places + len(number) - 1 > MAGNITUDE_MAX:
        raise NoJson("out of range")
    return Decimal(text)

"""The values of options that are more than a word or a number, each with what it expects."""

import re
from typing import Any, Final, Literal

import click

from runner.core.options import FailureLimit
from runner.core.resultcells import RUN_ID_TEXT, is_run_id

TEXT_MAX: Final = 200
"""Characters of a run label or a reason."""

COUNT_MAX: Final = 999_999_999

_WHOLE: Final = re.compile(r"[1-9][0-9]{0,8}")
_RATE: Final = re.compile(r"([1-9][0-9]{0,6})/minute")
_DURATION: Final = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
_LIMIT: Final = re.compile(r"(?P<count>[0-9]{1,9})|(?P<percent>[0-9]{1,3}(?:\.[0-9]{1,3})?)%")
_DELIMITERS: Final[dict[str, Literal[",", ";", "\t"]]] = {",": ",", ";": ";", "tab": "\t", "\t": "\t"}
_PERCENT_MAX: Final = 100.0
_HOUR_S: Final = 3600
_MINUTE_S: Final = 60


class Value(click.ParamType[object]):
    """A value that is written as text."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's signature
        """Read it; a value that was read already stays."""
        if not isinstance(value, str):
            return value
        found = self.read(value)
        if found is None:
            self.fail(f"{value!r}: expected {self.expected}", param, ctx)
        return found

    expected = "text"

    def read(self, text: str) -> object | None:
        """The value, or None where the text is none."""
        raise NotImplementedError


class Whole(Value):
    """A whole number from 1."""

    name = "N"

    def __init__(self, largest: int = COUNT_MAX) -> None:
        self.largest = largest
        self.expected = f"a whole number from 1 to {largest}"

    def read(self, text: str) -> int | None:
        """The number."""
        found = _WHOLE.fullmatch(text)
        return int(text) if found and int(text) <= self.largest else None


class Rate(Value):
    """`300/minute`."""

    name = "N/minute"
    expected = "N/minute, such as 300/minute"

    def read(self, text: str) -> int | None:
        """Requests in a minute."""
        found = _RATE.fullmatch(text)
        return int(found[1]) if found else None


class Duration(Value):
    """`90m`, `2h`, `45s`, `1h30m`."""

    name = "duration"
    expected = "a duration such as 90m, 2h, 45s or 1h30m"

    def read(self, text: str) -> float | None:
        """Seconds, more than none."""
        found = _DURATION.fullmatch(text)
        if not found:
            return None
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(hours * _HOUR_S + minutes * _MINUTE_S + seconds) or None


class Failures(Value):
    """`20` or `5%`."""

    name = "N|N%"
    expected = "a count such as 20, or a share from 0% to 100%"

    def read(self, text: str) -> FailureLimit | None:
        """The limit."""
        found = _LIMIT.fullmatch(text)
        if not found:
            return None
        if found["count"]:
            return FailureLimit(count=int(found["count"]), percent=None)
        percent = float(found["percent"])
        return FailureLimit(count=None, percent=percent) if percent <= _PERCENT_MAX else None


class Delimiter(Value):
    """`,`, `;` or `tab`."""

    name = ",|;|tab"
    expected = "one of , ; tab (in a shell: quote the semicolon)"

    def read(self, text: str) -> str | None:
        """The character."""
        return _DELIMITERS.get(text)


class RunId(Value):
    """A name for a run."""

    name = "id"
    expected = RUN_ID_TEXT

    def read(self, text: str) -> str | None:
        """The id as it stands."""
        return text if is_run_id(text) else None


class Line(Value):
    """A line of text."""

    name = "text"
    expected = f"1 to {TEXT_MAX} printable characters, no blank at either end"

    def read(self, text: str) -> str | None:
        """The text as it stands."""
        good = text and len(text) <= TEXT_MAX and text.isprintable() and text == text.strip()
        return text if good else None


class Place(Value):
    """A path."""

    name = "path"
    expected = "a path, in UTF-8"

    def read(self, text: str) -> str | None:
        """The path as it stands; an empty one, one with a NUL or with bytes that are no UTF-8 is none.

        Records and databases name it in UTF-8; such bytes come in as half characters.
        """
        whole = text.encode("utf-8", "ignore").decode("utf-8") == text
        return text if text and whole and "\0" not in text else None

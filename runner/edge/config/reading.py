"""From a file to TOML tables, with every complaint placed."""

import re
import tomllib
from pathlib import Path
from typing import Final

from runner.core.fault import UserFault

FILE_BYTES_MAX: Final = 1024 * 1024


def read_toml(path: Path) -> dict[str, object]:
    """The tables of a TOML file (UTF-8, a BOM is passed over, at most 1 MiB).

    Raises:
        UserFault: it cannot be read or is not TOML; with `FILE:LINE:COLUMN:` where there is a place.
        FileNotFoundError: there is no such file; the caller knows whether that is a fault.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserFault(f"{path}: cannot be read: {error.strerror or type(error).__name__}") from None
    if len(raw) > FILE_BYTES_MAX:
        raise UserFault(f"{path}: larger than {FILE_BYTES_MAX} bytes: this is no config file")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _misplaced(path, raw[: error.start].decode("utf-8"), "not UTF-8 text") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(path, text, str(error)) from None
    except RecursionError:
        raise UserFault(f"{path}: nested too deeply") from None


def _syntax(path: Path, text: str, message: str) -> UserFault:
    place = _PLACE.search(message)
    words = ascii(message[: place.start()] if place else message)[1:-1].replace("\\'", "'")
    if place and place["line"]:
        hint = _hint(text.split("\n")[int(place["line"]) - 1])
        return UserFault(f"{path}:{place['line']}:{place['column']}: {words}", hint=hint)
    return _misplaced(path, text, words)


def _misplaced(path: Path, before: str, words: str) -> UserFault:
    """A fault at the end of `before`."""
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return UserFault(f"{path}:{line}:{column}: {words}", hint=_hint(before.rpartition("\n")[2]))


def _hint(line: str) -> str:
    """What to type: the commonest slip is a text without quotes."""
    value = line.partition("=")[2].strip()
    if value and re.fullmatch(r"[A-Za-z][\w./:-]*", value) and value not in ("true", "false", "inf", "nan"):
        # Not the value itself: it may be a secret that somebody put into the file.
        return f'texts stand in quotes: {line.partition("=")[0].strip()} = "..."'
    return "TOML wants lines of the form key = value, and texts in quotes"


_PLACE: Final = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

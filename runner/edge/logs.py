"""The run's log: JSON lines that nobody can forge, and in which no secret stands."""

import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, cast

import structlog
from structlog.typing import EventDict, Processor

from runner.edge.secret import MASK, redact

MODE: Final = 0o600
TEXT_MAX: Final = 16_384
"""The most characters of one value; the rest is cut off (a reply may hold 4 MiB)."""
_DEPTH_MAX: Final = 8


class Logger(structlog.BoundLoggerBase):
    """What is logged with: an event's name and its values. A log that cannot be written stops nothing."""

    def info(self, event: str, **values: object) -> None:
        """What happened, as it should."""
        self._proxy_to_logger("info", event, **values)

    def warning(self, event: str, **values: object) -> None:
        """What happened, and is worth a look."""
        self._proxy_to_logger("warning", event, **values)

    def error(self, event: str, **values: object) -> None:
        """What went wrong; `exc_info=True` adds the traceback (without values of variables)."""
        self._proxy_to_logger("error", event, **values)

    def close(self) -> None:
        """Close the file; what is logged after that is dropped."""
        cast("_Lines", self._logger).close()


def open_log(path: Path | None) -> Logger:
    """A logger that appends JSON lines to a file (mode 0600); with None one that drops everything.

    Every line has `at` (RFC 3339, UTC), `level` and `event`. Everything but printable ASCII is written as a
    JSON escape, so that no name or message of the tenant's can forge a line or move a terminal's cursor.

    Raises:
        OSError: the file cannot be opened, is a symbolic link, or is no regular file.
    """
    processors: list[Processor] = [
        _unless_closed,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _without_secrets,
        _rendered,
    ]
    return Logger(_Lines(path), processors, {})


class _Lines:
    """Writes lines to a file, each in one call; several threads may."""

    def __init__(self, path: Path | None) -> None:
        self._turn = Lock()
        self._descriptor: int | None = None if path is None else _open(path)

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    def line(self, text: str) -> None:
        with self._turn:
            if self._descriptor is None:
                return
            try:
                os.write(self._descriptor, text.encode("ascii", "backslashreplace") + b"\n")
            except OSError:
                return  # the checkpoint decides whether storage has failed, not the log

    info = warning = error = line

    def close(self) -> None:
        with self._turn:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, MODE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    with suppress(OSError):  # file systems without modes
        os.fchmod(descriptor, MODE)  # one that was there already may have been opened up
    return descriptor


def _unless_closed(logger: object, _level: str, event: EventDict) -> EventDict:
    if not cast("_Lines", logger).is_open:
        raise structlog.DropEvent
    return event


def _without_secrets(_logger: object, _level: str, event: EventDict) -> EventDict:
    return cast("EventDict", _clean(event, _DEPTH_MAX))


def _clean(value: object, depth_left: int) -> object:
    """The same value of plain JSON types, with secrets blacked out and long texts cut off (in this order)."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _text(value)
        case Mapping() if depth_left:
            members = cast("Mapping[object, object]", value)
            return {_text(str(k)): _member(str(k), v, depth_left - 1) for k, v in members.items()}
        case list() | tuple() | set() | frozenset() if depth_left:
            return [_clean(item, depth_left - 1) for item in cast("list[object]", value)]
        case _:
            return _text(repr(value))


def _member(name: str, value: object, depth_left: int) -> object:
    return MASK if _NEVER.fullmatch(name.lower().replace("-", "_")) else _clean(value, depth_left)


def _text(text: str) -> str:
    text = _BEARER.sub(rf"\1{MASK}", redact(text))
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}... ({len(text)} characters)"


def _rendered(_logger: object, _level: str, event: EventDict) -> str:
    # JSON leaves DEL as it is; everything else beyond printable ASCII it escapes.
    return json.dumps(event, ensure_ascii=True).replace("\x7f", "\\u007f")


_NEVER: Final = re.compile(
    r"authorization|proxy_authorization|client_secret|access_token|refresh_token|cookie|set_cookie|password"
)
_BEARER: Final = re.compile(
    r"((?:bearer|basic)\s+|(?:client_secret|access_token)\W{1,5})[^\s\"'&,;}\\]{4,}", re.IGNORECASE
)

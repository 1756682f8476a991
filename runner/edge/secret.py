"""Secrets that cannot be printed by accident, and a pen that blacks them out wherever they turn up."""

import base64
import json
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus
from weakref import WeakSet

MASK: Final = "***"
_LENGTH_MIN: Final = 4
"""Shorter ones are not blacked out: what has three characters is no secret, but part of every other word."""


class Secret:
    """A text that prints as `***` and cannot be pickled or copied; `reveal()` is the only way to read it."""

    __slots__ = ("__plain", "__weakref__")

    def __init__(self, plain: str) -> None:
        self.__plain = plain
        _living.add(self)

    def reveal(self) -> str:
        """The plain text; for the wire alone, never for a message."""
        return self.__plain

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__plain)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")


_living: Final[WeakSet[Secret]] = WeakSet()
"""Every secret registers itself when it is made: nobody can forget to."""


@dataclass(frozen=True, slots=True, eq=False)
class Credentials:
    """What a token is asked for with; `source` says in words where they came from, for messages."""

    client_id: str
    client_secret: Secret
    source: str


def redact(text: str) -> str:
    """The same text with `***` for every living secret: plain, URL-quoted, in base64, as JSON writes it."""
    for secret in tuple(_living):
        plain = secret.reveal()
        if len(plain) >= _LENGTH_MIN:
            text = _black_out(text, plain)
    return text


def _black_out(text: str, plain: str) -> str:
    encoded = base64.b64encode(plain.encode("utf-8", "surrogateescape")).decode("ascii")
    raw = plain.encode("utf-8", "surrogateescape")
    for spelling in (
        json.dumps(plain)[1:-1],
        quote(raw, safe=""),
        quote_plus(raw),
        encoded.rstrip("="),
        plain,
    ):
        text = text.replace(spelling, MASK)
    return text

"""Secrets that cannot be printed by accident, and a pen that blacks them out wherever they turn up."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Final, NoReturn
from urllib.parse import quote
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


def redact(text: str, *, length_min: int = _LENGTH_MIN) -> str:
    """The same text with `***` for every living secret, in whatever common spelling it stands there.

    That is: plain, URL-quoted, as JSON or HTML escape it, in base64 or in hex, in either case; also where
    all but its first 16 characters is cut off. Those that are shorter than `length_min` stay.
    """
    raw = text.encode("utf-8", "surrogatepass")
    clean = redact_bytes(raw, length_min=length_min)
    return text if clean is raw else clean.decode("utf-8", "surrogatepass")


def redact_bytes(raw: bytes, *, length_min: int = _LENGTH_MIN) -> bytes:
    """As `redact`; the very same object where no secret is there."""
    lowered = raw.lower()
    for secret in tuple(_living):
        plain = secret.reveal()
        if len(plain) < length_min:
            continue
        spellings = _spellings(plain)
        if any(trace in lowered for trace in spellings.traces):
            raw = spellings.pattern.sub(MASK.encode("ascii"), raw)
            lowered = raw.lower()
    return raw


@dataclass(frozen=True, slots=True)
class _Spellings:
    """How one secret may be spelled. Each spelling holds one of the `traces`, in lower case: a quick look."""

    traces: tuple[bytes, ...]
    pattern: re.Pattern[bytes]


@lru_cache(maxsize=16)
def _spellings(plain: str) -> _Spellings:
    raw = plain.encode("utf-8", "surrogatepass")
    forms = [plain, raw.hex(), *_in_base64(raw)]
    # No escaping touches letters and digits: the longest run of them stands in every spelling of a form.
    runs = [max(_WORD.findall(form[:_HEAD]), key=len, default="") for form in forms]
    patterns = [_spelled(form[:_HEAD]) + b"(?:" + _spelled(form[_HEAD:]) + b")?" for form in forms]
    return _Spellings(
        tuple(run.lower().encode("ascii") for run in runs), re.compile(b"|".join(patterns), re.IGNORECASE)
    )


def _spelled(form: str) -> bytes:
    return b"".join(map(_escaped, form))


def _escaped(character: str) -> bytes:
    """A pattern for one character as it stands, or as URL, JSON or HTML write it."""
    raw = character.encode("utf-8", "surrogatepass")
    if _WORD.fullmatch(character):
        return raw
    code = ord(character)
    percent = quote(raw, safe="").replace("%", "%(?:25)?").encode("ascii")
    forms = [rb"\\*" + re.escape(raw), b"%%(?:25)?%02x" % code if code < _ASCII_END else percent]
    forms += [rb"\\+u%04x" % code, b"&#(?:0*%d|x0*%x);" % (code, code), re.escape(escape(character)).encode()]
    return b"(?:" + b"|".join([*forms, rb"\+"] if character == " " else forms) + b")"


def _in_base64(raw: bytes) -> Iterator[str]:
    """All of it that is the same wherever it stands in a longer text, in both alphabets."""
    for shift, unsure in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(bytes(shift) + raw).decode("ascii").rstrip("=")
        sure = encoded[unsure : -1 if (shift + len(raw)) % 3 else None]
        if len(sure) >= _LENGTH_MIN:
            yield from {sure, sure.translate(_URL_SAFE)}


_ASCII_END: Final = 0x80
_HEAD: Final = 16
"""So many characters of a longer secret are blacked out also where the rest of it was cut off."""
_WORD: Final = re.compile(r"[0-9A-Za-z]+")
_URL_SAFE: Final = str.maketrans("+/", "-_")

"""What goes over the wire: a request, and the three ways in which it can end.

These types are the only ones that the simulated tenant shares with the rest of the program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

Method: TypeAlias = Literal["GET", "POST", "PUT"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, complete but for its host and its bearer token.

    `path` is the raw path with its query, already percent-encoded; it is sent exactly as it stands.
    """

    method: Method
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole reply was read. Header names are lower case; `body` is inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentCause(StrEnum):
    """Why we know that not one byte of a request left."""

    CONNECT = "connect"
    TLS = "tls"
    PROXY = "proxy"
    REDIRECT = "redirect"
    NO_TOKEN = "no_token"  # noqa: S105 - a cause, no secret
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a cause, no secret


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proof that no byte of the request left: only an error of connecting (or of getting a token) is."""

    cause: NotSentCause
    detail: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have been received and acted on; no whole reply was read."""

    detail: str


Reply: TypeAlias = Arrived | NotSent | Lost

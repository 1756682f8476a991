"""How a reply reaches the client, or does not."""

from dataclasses import dataclass
from typing import TypeAlias

from runner.sandbox.answers import Answer
from runner.sandbox.state import Where


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole reply arrives."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Cut:
    """The head and the first `keep` bytes of the body arrive, then the connection ends."""

    answer: Answer
    keep: int


@dataclass(frozen=True, slots=True)
class Dripped:
    """The body arrives byte by byte, over `over_s` seconds."""

    answer: Answer
    over_s: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset; nothing arrives."""


@dataclass(frozen=True, slots=True)
class NoConnection:
    """The connection is refused: not one byte of the request was sent."""


Delivery: TypeAlias = Whole | Cut | Dripped | Reset | NoConnection


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a request holds while it is in flight: a slot, an idempotency key."""

    where: Where | None = None
    bucket: str = "Default"
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A request was taken in: what becomes of its reply, and after how many seconds.

    `ticket` is to be given back when the reply has left, or the client has gone.
    """

    ticket: Ticket
    delay_s: float
    delivery: Delivery

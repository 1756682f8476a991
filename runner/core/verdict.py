"""What one reply to a write means by itself, whatever came before it.

`runner.core.classify` makes verdicts; `runner.core.history` knows which of them leave a doubt.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class VerdictKind(StrEnum):
    """The meanings of a reply."""

    DONE = "done"
    """It took effect."""
    ACCEPTED = "accepted"
    """The server took it; the end is to be read."""
    REFUSED = "refused"
    """Proof that this request did nothing, and the same again would be refused again."""
    BUSY = "busy"
    """Proof that this request did nothing: lock contention. A new key generation may try again."""
    LIMITED = "limited"
    """Proof that this request did nothing: a rate or concurrency limit."""
    GATED = "gated"
    """Proof that this request did nothing: a gate of the tenant (500 pending bill runs) is shut."""
    IN_FLIGHT = "in_flight"
    """An earlier request with this key is still running."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    """401: the token was refused, this request did nothing."""
    FORBIDDEN = "forbidden"
    """403: this request did nothing."""
    MISMATCH = "mismatch"
    """422 under a key: the key was used for something else."""
    UNCLEAR = "unclear"
    """It may or may not have taken effect."""
    GARBLED = "garbled"
    """Unclear, and the reply is not one that Zuora gives (a captive portal, a broken proxy)."""
    REDIRECTED = "redirected"
    """Unclear, and the host is not the one we mean."""
    READ = "read"
    """A read was answered; what it shows is another matter."""
    NOT_SENT = "not_sent"
    """Not one byte left."""


UNCLEAR_KINDS: Final = frozenset({
    VerdictKind.UNCLEAR, VerdictKind.GARBLED, VerdictKind.REDIRECTED, VerdictKind.MISMATCH,
})  # fmt: skip


TEXT_MAX: Final = 4096
"""Characters of one text of a server's: a reply may hold 4 MiB, and what is kept of it stands in memory."""


def keep_short(record: object, *names: str) -> None:
    """Cut off the texts of a frozen record that are longer than 4,096 characters; for its `__post_init__`."""
    for name in names:
        text: str | None = getattr(record, name)
        if text is not None and len(text) > TEXT_MAX:
            object.__setattr__(record, name, text[: TEXT_MAX - 1] + "\u2026")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reply's meaning, with the evidence that people ask for.

    `code` and `message` are the server's first decisive reason. `wait_s` is the server's own hint of how
    long to wait. `digest` tells a stored reply that is replayed from a new one that says the same.
    """

    kind: VerdictKind
    http_status: int | None = None
    code: str | None = None
    message: str | None = None
    wait_s: float | None = None
    result_id: str | None = None
    result_state: str | None = None
    request_id: str | None = None
    process_id: str | None = None
    digest: str | None = None
    marker_read: bool = False

    def __post_init__(self) -> None:
        keep_short(self, "code", "message", "result_id", "result_state", "request_id", "process_id")


_CATEGORY_DIGITS: Final = 2


def category_of(code: str | None) -> str | None:
    """The last two digits of a Zuora reason code, its category; None where the code is no number."""
    if code is None or not (code.isascii() and code.isdigit()):
        return None
    return code[-_CATEGORY_DIGITS:].zfill(_CATEGORY_DIGITS)

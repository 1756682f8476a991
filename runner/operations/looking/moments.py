"""Zuora's times, of which only some say in which zone they are."""

from datetime import UTC, datetime
from typing import Final

TOLERANCE_S: Final = 300.0
"""How far two clocks may differ, in seconds, before one moment counts as earlier than the other."""


def moment(text: str | None) -> float | None:
    """Seconds since the epoch of `2022-01-24 19:58:27` or an RFC 3339 time; None where it is neither.

    A time without a zone is read as UTC: v1 reads show such times, and no page says whose zone it is
    (zuora.md 1.1). So such a time may be half a day off, and must never count as proof.
    """
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).timestamp()


def clearly_before(created: float, since: float) -> bool:
    """Whether something was created before `since`, by more than clocks may differ."""
    return created < since - TOLERANCE_S

"""Zuora's times, of which only some say in which zone they are."""

from datetime import UTC, datetime
from typing import Final

TOLERANCE_S: Final = 2.0
"""So much may one of the server's clocks be behind another; and its times are cut off to the second."""


def moment(text: str | None) -> float | None:
    """Seconds since the epoch of `2022-01-24 19:58:27` or an RFC 3339 time; None where it is neither.

    A time without a zone is read as UTC: v1 reads show such times, and no page says whose zone it is
    (zuora.md 1.1). So such a time may be half a day off, and only tells which of two is the earlier.
    """
    read = _read(text)
    if read is None:
        return None
    return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).timestamp()


def surely_since(text: str | None, since: float) -> bool:
    """Whether this is a time for sure, and none before `since`; one without a zone may be half a day off."""
    read = _read(text)
    return read is not None and read.tzinfo is not None and read.timestamp() >= since - TOLERANCE_S


def _read(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None

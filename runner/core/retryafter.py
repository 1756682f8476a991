"""How long the server asks us to wait, read without trust."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]{1,9}")


def wait_hint_s(headers: Mapping[str, str], *, remaining_counts: bool = False) -> float | None:
    """Seconds to wait by `Retry-After`, else (`remaining_counts`) by `RateLimit-Reset`; None: no hint.

    `Retry-After` is ASCII digits, or an HTTP date that is compared with the reply's own `Date`, not with our
    clock. Negative, fractional, full-width and absurdly long numbers count as absent. Concurrency refusals
    carry Retry-After, rate refusals `RateLimit-Reset` (Zuora's rate limit guides, old and new).
    """
    hint = _retry_after_s(headers)
    if hint is None and remaining_counts:
        hint = _digits(headers.get("ratelimit-reset", ""))
    return hint


def http_date_s(text: str | None) -> float | None:
    """An HTTP date as seconds since the epoch; None where it cannot be read."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip(" \t")
    seconds = _digits(text)
    if seconds is not None:
        return seconds
    then, base = http_date_s(text), http_date_s(headers.get("date"))
    return None if then is None or base is None else max(0.0, then - base)


def _digits(text: str) -> float | None:
    text = text.strip(" \t")
    return float(text) if _DIGITS.fullmatch(text) else None

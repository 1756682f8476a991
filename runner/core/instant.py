"""Times as people and files see them. Inside, a time is a float: seconds since the epoch, UTC."""

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """UTC with milliseconds and `Z`, as the ledger shows it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

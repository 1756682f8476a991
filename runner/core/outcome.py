"""How a task stands at the end."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The eight statuses of the ledger."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    FAILED = "failed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    NOT_ATTEMPTED = "not_attempted"


FINAL_STATUSES = frozenset(
    {Status.SUCCEEDED, Status.UNCHANGED, Status.PARTIAL, Status.FAILED, Status.REJECTED}
)
"""Decided once and for all (unless a person resolves otherwise)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status with what is told about it.

    `retryable`: the same row may well succeed later. `note` is a sentence for people.
    """

    status: Status
    reason_code: str | None = None
    reason_message: str | None = None
    result_id: str | None = None
    result_state: str | None = None
    retryable: bool = False
    note: str = ""

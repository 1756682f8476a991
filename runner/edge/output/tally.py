"""What the report tells of the tasks, gathered in one pass and in bounded memory."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from runner.core.ledgerline import LedgerLine
from runner.core.outcome import Status

FIRST_TASKS_MAX: Final = 5
"""Task numbers that are named for each reason."""

REASONS_MAX: Final = 150
PLACES_MAX: Final = 150
DETAILS_MAX: Final = 60
"""Tasks that are told one by one, for each status."""

GOOD: Final = frozenset({Status.SUCCEEDED, Status.UNCHANGED})

_MESSAGE_MAX: Final = 300
# Ids and numbers in messages: two messages that differ in them alone give the same reason.
_VARIABLE: Final = re.compile(r"\b(?=[\w-]*\d)[\w-]+")


@dataclass(slots=True)
class Reason:
    """Tasks that ended alike for the same reason. `message` is that of the first of them.

    `other` marks the group of all reasons that came after the first 150.
    """

    status: Status
    code: str | None
    message: str
    count: int = 0
    retryable: int = 0
    tasks: list[int] = field(default_factory=list[int])
    other: bool = False


@dataclass(slots=True)
class Place:
    """The tasks of one operation in one entity; `other` as in `Reason`."""

    operation: str
    entity: str | None
    counts: Counter[Status] = field(default_factory=Counter[Status])
    other: bool = False


class Tally:
    """Counts, reasons, places and the first tasks of each kind, fed line by line."""

    def __init__(self) -> None:
        self.counts: Counter[Status] = Counter()
        self.retryable = 0
        self.details: dict[Status, list[LedgerLine]] = {}
        self._reasons: dict[tuple[Status, str | None, str], Reason] = {}
        self._places: dict[tuple[str, str | None], Place] = {}

    def add(self, line: LedgerLine) -> None:
        """Count one task."""
        self.counts[line.status] += 1
        self._place(line).counts[line.status] += 1
        if line.status in GOOD:
            return
        self.retryable += line.status is Status.FAILED and line.retryable
        reason = self._reason(line)
        reason.count += 1
        reason.retryable += line.retryable
        if len(reason.tasks) < FIRST_TASKS_MAX:
            reason.tasks.append(line.task)
        details = self.details.setdefault(line.status, [])
        if len(details) < DETAILS_MAX:
            details.append(line)

    @property
    def reasons(self) -> list[Reason]:
        """By status, then the most frequent first."""
        order = {status: place for place, status in enumerate(WORST_FIRST)}
        return sorted(self._reasons.values(), key=lambda one: (order[one.status], one.other, -one.count))

    @property
    def places(self) -> list[Place]:
        """By operation and entity."""
        return sorted(self._places.values(), key=lambda one: (one.other, one.operation, one.entity or ""))

    def _reason(self, line: LedgerLine) -> Reason:
        message = (line.reason_message or "")[:_MESSAGE_MAX]
        key = (line.status, line.reason_code, _VARIABLE.sub("#", message))
        known = self._reasons.get(key)
        if known is not None:
            return known
        if len(self._reasons) < REASONS_MAX:
            return self._reasons.setdefault(key, Reason(line.status, line.reason_code, message))
        other = Reason(line.status, None, "", other=True)
        return self._reasons.setdefault((line.status, None, "\0other"), other)

    def _place(self, line: LedgerLine) -> Place:
        key = (line.operation, line.entity)
        known = self._places.get(key)
        if known is not None:
            return known
        if len(self._places) < PLACES_MAX:
            return self._places.setdefault(key, Place(line.operation, line.entity))
        return self._places.setdefault(("\0other", None), Place("", None, other=True))


WORST_FIRST: Final = (
    Status.FAILED,
    Status.UNKNOWN,
    Status.ACCEPTED,
    Status.PARTIAL,
    Status.REJECTED,
    Status.NOT_ATTEMPTED,
    Status.UNCHANGED,
    Status.SUCCEEDED,
)
"""The order in which the report tells what a person has to see to."""

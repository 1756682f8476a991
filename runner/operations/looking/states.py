"""Zuora's own words for states, in one table, since their spellings are traps.

Source: zuora.md section 2 (the same in Zuora's documents of 2023 and 2026 and in its SDK). Mind `Canceled`
against `Cancelled`, and `CancelInProgress` against `CancelInprogress`.
"""

from enum import StrEnum


class BillRun(StrEnum):
    """The states of a bill run. `Pending` is both queued and waiting for a future date."""

    PENDING = "Pending"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    ERROR = "Error"
    CANCELED = "Canceled"
    POSTED = "Posted"
    POST_IN_PROGRESS = "PostInProgress"
    CANCEL_IN_PROGRESS = "CancelInProgress"
    REMOVE_IN_PROGRESS = "RemoveInProgress"
    PAUSED = "Paused"


class JournalRun(StrEnum):
    """The states of a journal run. After a partial cancel it says `Completed` again."""

    PENDING = "Pending"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    ERROR = "Error"
    CANCEL_IN_PROGRESS = "CancelInprogress"
    CANCELLED = "Cancelled"
    DELETE_IN_PROGRESS = "DeleteInprogress"


class JournalEntry(StrEnum):
    """The states of a summary journal entry."""

    CREATED = "Created"
    CANCELLED = "Cancelled"


class Transferred(StrEnum):
    """Whether an entry went to accounting; `Yes` keeps it from being cancelled for good."""

    NO = "No"
    PROCESSING = "Processing"
    YES = "Yes"
    ERROR = "Error"
    IGNORE = "Ignore"


class InvoiceSchedule(StrEnum):
    """The states of an invoice schedule."""

    PENDING = "Pending"
    PARTIALLY_PROCESSED = "PartiallyProcessed"
    PAUSED = "Paused"
    FULLY_PROCESSED = "FullyProcessed"

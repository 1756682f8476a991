"""PUT /v1/journal-runs/{jr-number}/cancel: cancel the summary journal entries of a journal run."""

from runner.operations.cancel_journal_run.operation import CancelJournalRun

__all__ = ["CancelJournalRun"]

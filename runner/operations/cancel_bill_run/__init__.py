"""PUT /v1/bill-runs/{billRunId}/cancel: cancel one bill run, or all that are still to come of its series."""

from runner.operations.cancel_bill_run.operation import CancelBillRun

__all__ = ["CancelBillRun"]

"""POST /v1/bill-runs: create an ad hoc or a scheduled bill run."""

from runner.operations.create_bill_run.operation import CreateBillRun

__all__ = ["CreateBillRun"]

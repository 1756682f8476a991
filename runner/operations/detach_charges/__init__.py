"""PUT /v1/invoice-schedules/{scheduleKey}/detach: take charges off an invoice schedule."""

from runner.operations.detach_charges.operation import DetachCharges

__all__ = ["DetachCharges"]

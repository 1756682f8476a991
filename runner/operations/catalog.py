"""All operations, written out by hand: a new one is its own file (or folder) and one line here."""

from collections.abc import Mapping
from typing import Final

from runner.core.operation import Operation
from runner.operations.cancel_bill_run import CancelBillRun
from runner.operations.cancel_journal_run import CancelJournalRun
from runner.operations.create_bill_run import CreateBillRun
from runner.operations.detach_charges import DetachCharges

CATALOG: Final[Mapping[str, Operation]] = {
    "create_bill_run": CreateBillRun(),
    "cancel_bill_run": CancelBillRun(),
    "cancel_journal_run": CancelJournalRun(),
    "detach_charges": DetachCharges(),
}
"""Each operation by its name, in the order in which `operations` lists them."""

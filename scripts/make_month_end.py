"""Write jobs/month-end.csv: about 300 rows of a plausible month-end, always the same bytes."""

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path("jobs/month-end.csv")
DAY = "2026-11-30"
HEADER = (
    "operation", "custom_id", "entity", "org", "name", "targetDate", "invoiceDate", "batches", "billCycleDay",
    "accountId", "subscriptionId", "billRunId", "billRunNumber", "cancelOnce", "jr-number", "scheduleKey",
    "orderKey", "subscriptionKey", "chargeNumbers",
)  # fmt: skip
PLACES = (("us", "north"), ("us", "south"), ("emea", "north"), ("emea", "south"))
BATCHES = 20
ACCOUNTS = 26
CANCELS = 60
JOURNAL_RUNS = 16
SCHEDULES = 100

Row = dict[str, str]


def hex_id(label: str) -> str:
    """A made-up id of Zuora's form, always the same for a label; the scenario names some of them."""
    return "8ad0" + hashlib.sha256(label.encode()).hexdigest()[:28]


def rows() -> Iterator[Row]:
    """All rows, in the order of a month-end: wrong runs away first, then the new ones."""
    yield from cancelled_bill_runs()
    yield from cancelled_journal_runs()
    yield from detached_charges()
    yield from batch_bill_runs()
    yield from account_bill_runs()


def cancelled_bill_runs() -> Iterator[Row]:
    """Bill runs of a wrong date; some by number, some as a whole series."""
    for number in range(1, CANCELS + 1):
        by_number = number % 5 == 0
        yield placed(number, "cancel_bill_run", f"wrong-date-{number:03}") | {
            "billRunId": "" if by_number else hex_id(f"bill run {number}"),
            "billRunNumber": f"BR-{10_000 + number:08}" if by_number else "",
            "cancelOnce": "false" if number % 12 == 0 else "",
        }


def cancelled_journal_runs() -> Iterator[Row]:
    """Journal runs that are made again."""
    for number in range(1, JOURNAL_RUNS + 1):
        yield placed(number, "cancel_journal_run", f"journal-{number:03}") | {
            "jr-number": f"JR-{500 + number:08}"
        }


def detached_charges() -> Iterator[Row]:
    """Charges that leave their billing schedule."""
    for number in range(1, SCHEDULES + 1):
        charges = [f"C-{number:06}{place}" for place in range(1, 2 + number % 3)]
        yield placed(number, "detach_charges", f"detach-{number:03}") | {
            "scheduleKey": f"IS-{2000 + number:07}",
            "orderKey": f"O-{number:08}",
            "subscriptionKey": f"A-S{number:08}",
            "chargeNumbers": ";".join(charges),
        }


def batch_bill_runs() -> Iterator[Row]:
    """One bill run for each batch, entity and org."""
    for number in range(BATCHES * len(PLACES)):
        batch = number // len(PLACES) + 1
        yield placed(number, "create_bill_run", f"batch-{number + 1:03}") | {
            "name": f"November batch {batch}",
            "targetDate": DAY,
            "invoiceDate": DAY,
            "batches": f"Batch{batch}",
            "billCycleDay": "AllBillCycleDays",
        }


def account_bill_runs() -> Iterator[Row]:
    """Large accounts, each in a run of its own; some for two subscriptions alone."""
    for number in range(1, ACCOUNTS + 1):
        subscriptions = [hex_id(f"subscription {number}.{place}") for place in (1, 2)]
        yield placed(number, "create_bill_run", f"account-{number:03}") | {
            "name": f"November large account {number}",
            "targetDate": DAY,
            "invoiceDate": DAY,
            "accountId": hex_id(f"account {number}"),
            "subscriptionId": ";".join(subscriptions) if number % 4 == 0 else "",
        }


def placed(number: int, operation: str, custom_id: str) -> Row:
    """What every row begins with: rows take turns in the entities and orgs."""
    entity, org = PLACES[number % len(PLACES)]
    return {"operation": operation, "custom_id": custom_id, "entity": entity, "org": org}


def main(target: Path) -> int:
    """Write the file; 0."""
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows([row.get(name, "") for name in HEADER] for row in rows())
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET))

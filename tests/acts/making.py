"""Short ways to write jobs and to read what became of them."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.acts.ground import Ground, Said
from tests.acts.rows import as_csv, as_jsonl

QUIET: Final = ("--json", "-q")
BILL_RUN: Final = "2c92c0f85a1b4c6d015a1b4c6d7e00aa"
JOURNAL_RUN: Final = "JR-00000075"


def creation(name: str, **members: Any) -> dict[str, Any]:
    """A row that creates a bill run."""
    dates = {"targetDate": "2026-12-31", "invoiceDate": "2026-12-31"}
    return {"operation": "create_bill_run", "name": name, "batches": ["Batch1"], **dates, **members}


def cancel(bill_run: str = BILL_RUN, **members: Any) -> dict[str, Any]:
    """A row that cancels a bill run."""
    return {"operation": "cancel_bill_run", "billRunId": bill_run, **members}


def detach(*charges: str, **members: Any) -> dict[str, Any]:
    """A row that detaches charges of one subscription."""
    keys = {"scheduleKey": "IS-0000001", "orderKey": "O-1", "subscriptionKey": "A-S1"}
    return {"operation": "detach_charges", **keys, "chargeNumbers": list(charges), **members}


def refusing(name: str, category: int = 30) -> str:
    """A scenario in which bill runs of this name are not created."""
    return f"[[created]]\nname = '^{name}( |$)'\nrefuse = {{ category = {category} }}\n"


def striking(fault: str, operation: str = "write", times: int = 1) -> str:
    """A scenario in which the first writes are struck."""
    return f'[[faults]]\nmatch = {{ operation = "{operation}" }}\ntimes = {times}\nfault = {fault}\n'


def job(ground: Ground, *rows: dict[str, Any], name: str = "job.csv") -> str:
    """A job file of rows, CSV or JSONL by its name."""
    return ground.job(name, as_jsonl(rows) if name.endswith(".jsonl") else as_csv(rows))


def run(ground: Ground, name: str, *options: str, **named: Any) -> Said:
    """Run a job."""
    return ground.call("run", name, *QUIET, *options, **named)


def run_id(said: Said) -> str:
    """The run that a command tells of."""
    return said.document["run_id"]


def counts(said: Said) -> dict[str, int]:
    """The statuses that any task has."""
    return {status: count for status, count in said.document["counts"].items() if count}


def result(said: Said, stem: str) -> str:
    """The path of a result file, as it is typed."""
    return f"runs/{run_id(said)}/{stem}.csv"


def cells(ground: Ground, name: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with (ground.path / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def rewrite(ground: Ground, name: str, rows: list[dict[str, str]], to: str | None = None) -> str:
    """Write the rows of a CSV back, or to another file."""
    (ground.path / (to or name)).write_text(as_csv(rows))
    return to or name


def made(ground: Ground) -> Counter[str]:
    """How many bill runs were created, by name without marker."""
    names = (each["name"] for each in ground.effects() if each["effect"] == "bill_run_created")
    return Counter(name.partition(" zbr-")[0] for name in names)


def stored(ground: Ground, said: Said, name: str = "summary.json") -> dict[str, Any]:
    """A document of a run's directory."""
    return json.loads(Path(ground.runs, run_id(said), name).read_text())

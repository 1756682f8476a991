"""How a program that was asked to stop may end, by the contract's table; no code of the runner is used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw

from tests.kill.program import Ended

STOPPED: Final = 4
FORCED: Final = 130
FILES: Final = (
    "ledger.jsonl", "ledger.csv", "succeeded.csv", "failed.csv", "partial.csv", "unknown.csv",
    "not_attempted.csv", "rejected.csv", "summary.json", "report.html",
)  # fmt: skip
_TABLE: Final = (
    (STOPPED, {"not_attempted"}),
    (3, {"unknown", "accepted"}),
    (1, {"failed", "partial", "rejected"}),
)


def tasks_planned(run: Path) -> int:
    """How many tasks the run's plan has; 0 where none was committed."""
    try:
        database = apsw.Connection(str(run / "checkpoint.db"), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.CantOpenError:
        return 0
    try:
        return len(database.execute("SELECT number FROM task").fetchall())
    except (apsw.SQLError, apsw.CantOpenError):
        return 0
    finally:
        database.close()


def by_the_table(statuses: set[str]) -> int:
    """The exit code of a run whose tasks have these statuses."""
    return next((code for code, those in _TABLE if statuses & those), 0)


def wrong_with(run: Path, ended: Ended, faults: str) -> Iterator[str]:
    """What is wrong with the end of a program that one signal asked to stop."""
    if "Traceback" in ended.out or faults:
        yield f"a traceback:\n{ended.out}\n{faults}"
    planned = tasks_planned(run)
    if not planned:
        if ended.code != STOPPED:
            yield f"ended with {ended.code} and no plan:\n{ended.out}"
        return
    missing = [name for name in FILES if not (run / name).is_file()]
    if missing:
        yield f"ended with {ended.code} and without {missing}:\n{ended.out}"
        return
    yield from _wrong_with_ledger(run, ended.code, planned)


def _wrong_with_ledger(run: Path, code: int, planned: int) -> Iterator[str]:
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()
    ]
    if [line["task"] for line in lines] != list(range(1, planned + 1)):
        yield f"the ledger has {len(lines)} lines of {planned}"
    expected = by_the_table({line["status"] for line in lines})
    if code != expected:
        yield f"ended with {code}, and its ledger says {expected}"
    if json.loads((run / "summary.json").read_text())["exit_code"] != code:
        yield f"ended with {code}, and its summary says otherwise"

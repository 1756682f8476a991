"""Tasks, pasts and runs as the tests of the output need them."""

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from runner.core.history import Past
from runner.core.jsonvalue import Json, JsonObject
from runner.core.outcome import Outcome, Status
from runner.core.runsummary import RunFacts
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing
from runner.core.task import Task
from runner.core.verdict import Verdict, VerdictKind
from runner.edge.output.derive import write_all

Entry = tuple[Task, Past, str]

HEADER = ("operation", "custom_id", "billRunId")
CELLS = ["cancel_bill_run", "C-1", "ab" * 16]
HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "\u202eevil\u2066",
    "a\0b",
    "a\rb",
    "a\nb,c;d\te",
    "line\u2028end\x85",
    "half \ud800 character",
    "\x1b[31mred",
)


def entry(
    number: int = 1,
    status: Status = Status.SUCCEEDED,
    source: list[str] | str | None = None,
    *,
    text: str = "",
    scope: Scope | None = None,
) -> Entry:
    """A task that ended so; `text` stands wherever a server's text may stand."""
    verdict = Verdict(
        VerdictKind.DONE, 200, text or None, text or None, request_id=text or "req-1", process_id=text or None
    )
    outcome = Outcome(status, text or None, text or None, text or "res-1", text or None, note=text)
    past = Past(
        attempts=1,
        answered=1,
        first_sent_at=1_700_000_000.0,
        sent_at=1_700_000_000.0,
        verdict=verdict,
        outcome=outcome,
        settled_at=1_700_000_001.5,
        track_id="track",
    )
    if status is Status.REJECTED:
        past = Past()
    task = Task(
        number=number,
        row=number,
        line=number + 1,
        custom_id=f"C-{number}",
        operation="cancel_bill_run",
        scope=scope or Scope(),
        method="PUT",
        path="/v1/x",
        body=b"{}",
        act=f"{number:064x}",
        fields={},
        target="x",
        rejected="no such operation" if status is Status.REJECTED else None,
    )
    source = CELLS if source is None else source
    return task, past, source if isinstance(source, str) else json.dumps(source)


def saw_left(made: Entry, left: list[Json]) -> Entry:
    """The same task, last seen with these charges left."""
    task, past, source = made
    facts: JsonObject = {"left": left}
    return task, past._replace(seen=Sighting(Standing.PARTLY, facts=facts)), source


def facts(tasks: int, header: tuple[str, ...] = HEADER, **changes: Any) -> RunFacts:
    """A CSV run of so many tasks, unless told otherwise."""
    run = RunFacts(
        run_id="r-1",
        tenant="acme",
        job="jobs/month.csv",
        job_sha256="ab" * 32,
        format="csv",
        tasks=tasks,
        rows=tasks,
        header=header,
        entities={"us": "2c92-us"},
        orgs={"north": "8a90-north", "south": "8a90-south"},
        started_at=1_700_000_000.0,
        finished_at=1_700_000_100.0,
    )
    return replace(run, **changes)


def one_line(directory: Path, made: Entry, run: RunFacts) -> dict[str, str]:
    """Write a CSV run of one task and read its line in its result file."""
    summary = write_all(directory, run, [made])
    stem = next(status for status, count in summary.counts.items() if count)
    _, row = read_csv(directory / f"{stem}.csv", run.delimiter)
    return row


def read_csv(path: Path, delimiter: str = ",") -> tuple[list[str], dict[str, str]]:
    """The header and the first row of a CSV file, by column."""
    head, *rows = csv_rows(path, delimiter)
    return head, dict(zip(head, rows[0], strict=True)) if rows else {}


def csv_rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    """All records of a CSV file."""
    text = path.read_bytes().decode("utf-8")
    return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))


def json_rows(path: Path) -> list[Any]:
    """All lines of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

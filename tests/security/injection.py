"""Hostile strings through the whole program: from rows to requests, from replies to files and terminals."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from tests.security.calling import Place, cancel, create, detach, journal, placed
from tests.security.canaries import SECRET
from tests.security.hostile import Asked, Tenant, grant, said
from tests.security.judges import judge_formulas, judge_page, judge_terminal
from tests.security.liar import Liar, token_reply
from tests.security.wireinjection import OURS, Tried

_UNREADABLE: Final = re.compile("[\0\r\n\ud800-\udfff]")
SENT: Final = re.compile(
    r"(?:GET|PUT) /v1/bill-runs/[0-9a-f]{32}(?:/cancel)?"
    r"|(?:GET|PUT) /v1/journal-runs/JR-[0-9]{8,40}(?:/cancel)?"
    r"|GET /v1/journal-entries/journal-runs/JR-[0-9]{8,40}\?page=[0-9]+&pageSize=200"
    r"|(?:GET|PUT) /v1/invoice-schedules/[A-Za-z0-9_-]{1,64}(?:/detach)?"
    r"|GET /object-query/invoice-schedules/[A-Za-z0-9_-]{1,64}\?pageSize=99&expand%5B%5D=rateplancharges"
    r"|GET /object-query/billing-runs\?pageSize=99(?:&filter%5B%5D=[A-Za-z0-9._~%-]+)+"
    r"(?:&cursor=[A-Za-z0-9._~%-]+)?"
    r"|GET /object-query/billing-runs\?pageSize=1"
    r"|POST /v1/bill-runs"
)


@contextmanager
def _placed() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="zbr-injection-") as folder, placed(Path(folder)) as place:
        yield place


# --- rows ---

_FIELDS: Final[tuple[Callable[[str, int], dict[str, object]], ...]] = (
    lambda text, _: {"operation": "cancel_bill_run", "billRunId": text},
    lambda text, _: {"operation": "cancel_bill_run", "billRunNumber": text},
    lambda text, _: {"operation": "cancel_journal_run", "jr-number": text},
    lambda text, number: detach(number) | {"scheduleKey": text},
    lambda text, _: create(text),
    lambda text, _: {"operation": text},
    lambda text, number: cancel(number, entity=text),
    lambda text, number: cancel(number + 10_000, org=text),
    lambda text, number: cancel(number + 20_000, custom_id=text),
    lambda text, number: cancel(number + 30_000) | {text: "x"},
)


def through_rows(strings: Sequence[str], tried: Tried) -> None:
    """Each string in each field of a row: refused in words that are ours alone, or sent to the byte."""
    rows = [make(text, number) for make in _FIELDS for number, text in enumerate(strings)]
    with _placed() as place:
        job = place.job("job.jsonl", rows)
        told = place.call("check", job, "--allow-duplicates")
        tried.judge("terminal", "check", judge_terminal(told.out + told.err))
        stray = [line[:80] for line in told.out.splitlines() if not line.startswith("job.jsonl:")]
        tried.judge("terminal", "check", [f"the line {line!a}" for line in stray])
        document = place.call("check", job, "--allow-duplicates", "--json").out
        tried.judge("terminal", "check --json", judge_terminal(document))
        refused = {problem["line"] for problem in json.loads(document)["problems"]}
        _send_rows(place, [row for line, row in enumerate(rows, 1) if line not in refused], tried)
        tried.counts["rows refused"] += len(refused)


def _send_rows(place: Place, rows: list[dict[str, object]], tried: Tried) -> None:
    """What a check lets through is sent, and arrives as it has to."""
    with Tenant(_taken, lambda _: grant("t0ken-for-rows")) as tenant:
        place.tenant(tenant.origin)
        place.credentials(SECRET)
        job = place.job("valid.jsonl", rows)
        told = place.call("run", job, "--yes", "--allow-duplicates", "--max-failures", "100%")
        tried.judge("terminal", "run", judge_terminal(told.out + told.err))
        tried.judge(
            "path", "run", [] if told.code in (0, 1, 3) else [f"the run ended with {told.code}: {told.err}"]
        )
        tried.counts["rows sent"] += len(rows)
        _judge_asked(tenant, tried)
    named = {
        json.loads(asked.body)["name"].rpartition(" zbr-")[0]
        for asked in tenant.asked
        if asked.method == "POST"
    }
    wanted = {str(row["name"]) for row in rows if "name" in row}
    tried.judge("path", "names", [f"the name {each!a} was sent otherwise" for each in wanted - named])


def _judge_asked(tenant: Tenant, tried: Tried) -> None:
    for asked in tenant.asked:
        line = asked.line.removesuffix(" HTTP/1.1")
        tried.judge("path", "a run", [] if SENT.fullmatch(line) else [f"the request {line[:300]!a}"])
        extra = [name for name in asked.headers if name not in OURS or len(asked.headers[name]) > 1]
        tried.judge("header", "a run", [f"the header {name!a}" for name in extra])


def _taken(asked: Asked) -> bytes:
    if asked.path.startswith("/object-query"):
        number = re.search(r"billingrunnumber\.\w+:\[?([^\]&]*)", unquote(asked.target))
        found = [
            {"id": f"{index + 99:032x}", "billingRunNumber": each}
            for index, each in enumerate(_split(number))
        ]
        return said({"data": found})
    if asked.method == "POST":
        return said({"success": True, "id": f"{7:032x}", "status": "Pending"})
    status = {"PUT": "Canceled"}.get(asked.method, "Completed")
    return said({"success": True, "id": asked.segment.lower(), "number": asked.segment, "status": status})


def _split(found: re.Match[str] | None) -> list[str]:
    return [] if found is None else found[1].split(",")


# --- replies ---


def through_replies(strings: Sequence[str], tried: Tried, *, is_long: bool) -> None:
    """Each string in the replies to a run, and then everything that tells of that run."""
    numbers = range(len(strings) // 3 + 1)
    makes = (cancel, journal, detach, lambda number, **more: create(f"n{number}", **more))
    rows = [makes[number % 4](number) for number in numbers]
    with _placed() as place, Tenant(Liar(strings), lambda _: token_reply(strings)) as tenant:
        place.tenant(tenant.origin)
        place.credentials(SECRET)
        # The user's own cells stand as they were, so that one with a semicolon is the user's own affair.
        own = [_UNREADABLE.sub("", text) for text in strings if ";" not in text] or ["mine"]
        _write_csv(place.path / "job.csv", rows, own)
        options = ("--yes", "--max-failures", "100%")
        for more in (("--until", "completed"), ("--no-preflight", "--run-label", "again")):
            code = place.call("run", "job.csv", *options, *more).code
            tried.judge("terminal", "run", [] if code in (1, 3, 4) else [f"the run ended with {code}"])
            _tell(place, len(rows), tried, is_long=is_long)
            _judge_files(place.run_directory(), own, tried)
            _judge_asked(tenant, tried)
        for arguments, told in place.told:
            tried.judge("terminal", " ".join(arguments), judge_terminal(told.out + told.err))


def _write_csv(path: Path, rows: list[dict[str, object]], own: Sequence[str]) -> None:
    """The rows as a CSV, with a column of the user's own that holds a hostile string for each."""
    columns = (
        "operation",
        "billRunId",
        "jr-number",
        "name",
        "targetDate",
        "invoiceDate",
        "batches",
        "scheduleKey",
    )
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*columns, "specificSubscriptions", "#mine"])
        for number, row in enumerate(rows):
            cells = [_cell(row.get(column, "")) for column in (*columns, "specificSubscriptions")]
            writer.writerow([*cells, own[number % len(own)]])


def _cell(value: object) -> object:
    if isinstance(value, list):
        return (
            ";".join(map(str, value)) if all(isinstance(each, str) for each in value) else json.dumps(value)
        )
    return value


def _tell(place: Place, tasks: int, tried: Tried, *, is_long: bool) -> None:
    run = place.run_directory().name
    for verb in (
        ("status",),
        ("runs",),
        ("doctor",),
        ("verify", "-v"),
        ("results", "--json"),
        ("settle", "-v"),
    ):
        place.call(*verb)
    for task in range(1, tasks + 1, 1 if is_long else 3):
        place.call("show", run, str(task), *(() if task % 2 else ("--json",)))
        tried.counts["tasks shown"] += 1


def _judge_files(directory: Path, own: Sequence[str], tried: Tried) -> None:
    known = set(own)
    for path in sorted(directory.glob("*.csv")):
        with path.open(newline="") as stream:
            text = stream.read()
        tried.judge("formula", path.name, judge_formulas(text, lambda cell: cell in known))
        tried.counts["cells"] += text.count(",")
        if path.name != "ledger.csv":
            tried.judge("formula", path.name, _own_cells(text, own))
    tried.judge("html", "report.html", judge_page((directory / "report.html").read_text()))


def _own_cells(text: str, own: Sequence[str]) -> list[str]:
    """The cells of the input, which stand as they were."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [f"{row['#mine']!a} is not as it was" for row in rows if row["#mine"] not in own]

"""Verdicts: what a run says against what the tenant did. It shares no code with the runner.

It reads `ledger.jsonl`, the tasks in `checkpoint.db` and the tenant's `effects.jsonl`, and nothing else.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

WRONG = ("lost", "duplicate", "false_failed", "false_succeeded", "unaccounted", "unsettled")
_OPEN = frozenset({"unknown", "accepted", "not_attempted"})
_ENDS = {"cancel_bill_run": {"Canceled"}, "cancel_journal_run": {"Cancelled"}}
_KINDS = {
    "bill_run_created": "create_bill_run",
    "bill_run_canceled": "cancel_bill_run",
    "bill_run_series_canceled": "cancel_bill_run",
    "journal_run_cancel_started": "cancel_journal_run",
    "charges_detached": "detach_charges",
}


class Place(NamedTuple):
    """What an effect was done to: for a creation its name, which carries the marker."""

    operation: str
    entity: str | None
    orgs: str
    target: str


class Planned(NamedTuple):
    """One task as it was frozen; `charges` are those that a detach names."""

    number: int
    place: Place
    charges: frozenset[str]


def judge(run: Path, tenant: Path) -> tuple[Counter[str], list[str]]:
    """How many tasks of a run there are, with which status, and how many of what is wrong; each in words."""
    effects = _effects(tenant / "effects.jsonl")
    planned = list(_planned(run / "checkpoint.db"))
    lines: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in _lines(run / "ledger.jsonl"):
        lines[line["task"]].append(line)
    counts: Counter[str] = Counter(dict.fromkeys(WRONG, 0))
    words: list[str] = []
    for task in planned:
        told = lines.pop(task.number, [])
        counts["tasks"] += 1
        counts.update(line["status"] for line in told)
        for verdict in _verdicts(task, told, effects[task.place]):
            counts[verdict] += 1
            words.append(f"{run.name} task {task.number} ({task.place.operation}): {verdict}: {told}")
    counts["unaccounted"] += len(lines)
    words += [f"{run.name}: the ledger names a task {number} that nobody planned" for number in lines]
    return counts, words


def _verdicts(task: Planned, told: list[dict[str, Any]], effects: list[dict[str, Any]]) -> Iterator[str]:
    if len(effects) > 1:
        yield "duplicate"
    if len(told) != 1:
        yield "unaccounted"
        return
    line = told[0]
    status = line["status"]
    if status == "succeeded" and not effects:
        yield "lost"
    if status == "succeeded" and effects and not _whole(task, line, effects[0]):
        yield "false_succeeded"
    if status in {"failed", "rejected", "unchanged"} and effects:
        yield "false_failed"
    if status in _OPEN:
        yield "undecidable" if _undecidable(task, line, effects) else "unsettled"


def _whole(task: Planned, line: dict[str, Any], effect: dict[str, Any]) -> bool:
    """Whether the effect is all that the line claims."""
    if task.place.operation == "create_bill_run":
        return line["result_id"] == effect["target"]
    if task.place.operation == "detach_charges":
        return task.charges <= set(effect["charges"])
    return line["result_state"] in _ENDS[task.place.operation]


def _undecidable(task: Planned, line: dict[str, Any], effects: list[dict[str, Any]]) -> bool:
    """Nothing proves that the cancel of a journal run will not come yet; it is sent twice, not more."""
    journal_run = task.place.operation == "cancel_journal_run"
    return journal_run and not effects and line["status"] == "unknown" and line["attempts"] > 1


def _planned(path: Path) -> Iterator[Planned]:
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        query = "SELECT number, operation, entity, orgs, target, body FROM task ORDER BY number"
        for number, operation, entity, orgs, target, body in database.execute(query):
            items = json.loads(body or b"{}").get("specificSubscriptions", [])
            charges = frozenset(charge for item in items for charge in item["chargeNumbers"])
            yield Planned(number, Place(operation, entity, orgs, target), charges)
    finally:
        database.close()


def _effects(path: Path) -> defaultdict[Place, list[dict[str, Any]]]:
    found: defaultdict[Place, list[dict[str, Any]]] = defaultdict(list)
    for effect in _lines(path):
        operation = _KINDS[effect["effect"]]
        target = effect["name"] if operation == "create_bill_run" else effect["target"]
        found[Place(operation, effect["entity"], ",".join(effect["orgs"]), target)].append(effect)
    return found


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())

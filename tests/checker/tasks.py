"""What is said of each task, against its effects and what its target shows."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from tests.checker.record import Finding, Members, Planned, Record, Shown

OPEN: Final = frozenset({"not_attempted", "accepted", "unknown"})
IN_DOUBT: Final = frozenset({"accepted", "unknown"})
_UNDER_WAY: Final = {"cancel_bill_run": "CancelInProgress", "cancel_journal_run": "CancelInprogress"}
_COMPLETED: Final = frozenset({"Completed", "PostInProgress", "Posted"})
_NOTHING: Final = Shown(None, done=False, partly=False)


class Case(NamedTuple):
    """One task before the judge; `ours` and `others`: the effects on its target by this run and by others."""

    task: Planned
    line: Members
    events: Sequence[Members]
    ours: Sequence[Members]
    others: Sequence[Members]
    shown: Shown
    preflight: bool
    until: str
    marker_read: bool

    @property
    def status(self) -> str:
        """The ledger's word."""
        return str(self.line["status"])

    @property
    def creates(self) -> bool:
        """Whether it makes its target."""
        return self.task.operation == "create_bill_run"

    @property
    def sent(self) -> int:
        """How many writes were committed to be sent, but for those of which not a byte left."""
        unsent = [
            event
            for event in self.events
            if event["kind"] == "answered" and event["verdict"]["kind"] == "not_sent"
        ]
        return sum(1 for event in self.events if event["kind"] == "sent") - len(unsent)

    @property
    def before(self) -> Members | None:
        """What the last look showed while nothing was in doubt."""
        looks = [
            event for event in self.events if event["kind"] == "observed" and event["purpose"] == "preflight"
        ]
        return looks[-1]["sighting"] if looks else None


def judge_tasks(record: Record) -> Iterator[Finding]:
    """Every task has exactly one line, and each line is true."""
    lines: defaultdict[int, list[Members]] = defaultdict(list)
    for line in record.ledger:
        lines[line["task"]].append(line)
    events, marker_read = record.events_of(), _marker_read(record)
    doubtful = {
        task.target for task in record.tasks for line in lines[task.number] if line["status"] in IN_DOUBT
    }
    for task in record.tasks:
        told = lines.pop(task.number, [])
        if len(told) != 1:
            yield Finding("unaccounted", task.number, f"{len(told)} lines in the ledger")
            continue
        shown = record.shown.get(task.number, _NOTHING)
        case = Case(
            task, told[0], events[task.number], *_effects_on(task, record), shown,
            record.preflight, record.until, marker_read,
        )  # fmt: skip
        if case.status == "not_attempted" and not case.ours and task.target in doubtful:
            continue  # a row on a target that is in doubt waits for it (design.md, "Resume")
        for kind in _verdicts(case):
            yield Finding(kind, task.number, f"{task.operation}: {dict(case.line)} shows {case.shown}")
    yield from (
        Finding("unaccounted", number, "a line of a task that nobody planned")
        for number in lines
        if lines[number]
    )
    yield from _sums(record)


def _sums(record: Record) -> Iterator[Finding]:
    if not record.summary:
        return
    counted = Counter(str(line["status"]) for line in record.ledger)
    told = {status: count for status, count in record.summary["counts"].items() if count}
    if told != dict(counted) or record.summary["tasks"] != len(record.tasks):
        yield Finding("unaccounted", 0, f"the summary counts {told}, the ledger {dict(counted)}")


def _marker_read(record: Record) -> bool:
    """Whether the tenant was ever seen to give a marker back whole."""
    markers = {task.number for task in record.tasks if task.marker is not None}
    return any(_tells_marker(event) for event in record.events if event.get("task") in markers)


def _tells_marker(event: Members) -> bool:
    if event["kind"] == "answered":
        return event["verdict"].get("marker_read") is True
    found = event["kind"] == "observed" and event["sighting"]["standing"] == "reached"
    return found and event["purpose"] != "follow"


def _effects_on(task: Planned, record: Record) -> tuple[list[Members], list[Members]]:
    on_target = [effect for effect in record.effects if _meant(effect, task)]
    ours = [effect for effect in on_target if str(effect["track_id"]).startswith(record.prefix)]
    return ours, [effect for effect in on_target if effect not in ours]


def _meant(effect: Members, task: Planned) -> bool:
    if effect["entity"] != task.entity:
        return False
    if task.operation == "create_bill_run":
        return effect["effect"] == "bill_run_created" and effect["name"] == task.target
    if effect["target"] != task.target or effect["effect"] == "bill_run_created":
        return False
    return task.operation != "detach_charges" or bool(charges_of(task) & set(effect["charges"]))


def charges_of(task: Planned) -> set[str]:
    """The charges that a detach names."""
    items: list[dict[str, Any]] = json.loads(task.body or b"{}").get("specificSubscriptions", [])
    return {str(charge) for item in items for charge in item.get("chargeNumbers", ())}


def _verdicts(case: Case) -> Iterator[str]:
    status = case.status
    judged = {
        "duplicate": len(case.ours) > 1,
        "lost": status == "succeeded" and _lost(case),
        "false_failed": status in {"failed", "rejected"} and _false_failed(case),
        "false_succeeded": status == "succeeded" and _false_succeeded(case),
        "false_unchanged": status == "unchanged" and _false_unchanged(case),
        "false_partial": status == "partial" and _false_partial(case),
        "false_not_attempted": status == "not_attempted" and bool(case.ours),
        "false_accepted": status == "accepted" and _false_accepted(case),
        "unsettled": status in OPEN and _evidence(case),
        "unaccounted": case.line["attempts"] != case.sent
        or (case.sent > 0 and case.line["started_at"] is None),
    }
    yield from (kind for kind, guilty in judged.items() if guilty)


def _lost(case: Case) -> bool:
    """Reported as done by us, and it was not.

    A target that is found done after a lost reply of ours counts as done by us, where another did it
    meanwhile, or where no preflight had been asked for (contract, `--no-preflight`).
    """
    may_be_anothers = case.others or (not case.preflight and not case.creates and case.shown.done)
    return not case.ours and not (may_be_anothers and case.sent)


def _false_failed(case: Case) -> bool:
    """Failed, although our own request did it, or a part of it; one that came to nothing later did not.

    A server that does a part and refuses the rest says nothing of the part: only the charges listed before
    would, so without preflight nobody can know.
    """
    if not case.ours:
        return False
    if case.task.operation == "detach_charges" and not case.shown.done and not case.preflight:
        return False
    under_way = case.shown.state is not None and case.shown.state == _UNDER_WAY.get(case.task.operation)
    return case.creates or case.shown.done or case.shown.partly or under_way


def _false_succeeded(case: Case) -> bool:
    if case.creates:
        made = [effect["target"] for effect in case.ours]
        wrong = bool(made) and case.line["result_id"] not in made
        unfinished = case.until == "completed" and case.shown.state not in _COMPLETED
        return wrong or unfinished or not case.shown.done
    return not case.shown.done or not case.sent


def _false_unchanged(case: Case) -> bool:
    stands = bool(case.others) if case.creates else case.shown.done
    return bool(case.ours) or not stands


def _false_partial(case: Case) -> bool:
    ended_badly = case.creates and case.until == "completed" and case.shown.state == "Error"
    return not (case.ours and (ended_badly or (case.shown.partly and not case.shown.done)))


def _false_accepted(case: Case) -> bool:
    """Accepted without any effect; a journal run of which nothing can go is taken without one."""
    return not case.ours and not case.others and case.task.operation != "cancel_journal_run"


def _evidence(case: Case) -> bool:
    """Whether what is left open could have been decided by reading (or, by then, by sending)."""
    if case.status == "not_attempted":
        return True
    mismatch = any(
        event["kind"] == "answered" and event["verdict"]["kind"] == "mismatch" for event in case.events
    )
    match case.task.operation:
        case "create_bill_run":
            return case.task.marker is not None and (bool(case.ours) or (case.marker_read and not mismatch))
        case "cancel_bill_run":
            before = case.before
            back = (
                before is not None
                and before["standing"] == "untouched"
                and case.shown.state == before.get("state")
            )
            return case.shown.done or (back and not case.ours)
        case "cancel_journal_run":
            return case.shown.done and case.preflight
        case _:
            return False

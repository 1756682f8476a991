"""The checker sees each sort of wrong: otherwise all its zeros would mean nothing."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.checker import check
from tests.checker.record import OnWire, Planned, Record, Shown

PREFIX = "zbr-0a1b2c3d-"
MARKER = "zbr-0123456789abcdef"
BODY = b'{"name":"x"}'
CREATION = Planned(
    1, "create_bill_run", "us", "north", "POST", "/v1/bill-runs", BODY, f"night {MARKER}", MARKER
)
CANCEL = Planned(
    2, "cancel_bill_run", "us", "", "PUT", "/v1/bill-runs/a/cancel", b'{"cancelOnce":true}', "a", None
)
DONE = {1: Shown("Pending", done=True, partly=False), 2: Shown("Canceled", done=True, partly=False)}
UNDONE = {1: Shown(None, done=False, partly=False), 2: Shown("Pending", done=False, partly=False)}


def sent(task: int, attempt: int = 1, generation: int = 1) -> dict[str, Any]:
    """A `sent` event."""
    track = f"{PREFIX}{task}-{attempt}"
    keyed = generation if task == 1 else 0
    return {"kind": "sent", "task": task, "attempt": attempt, "generation": keyed, "track_id": track}


def answered(task: int, kind: str, attempt: int = 1) -> dict[str, Any]:
    """An `answered` event."""
    return {"kind": "answered", "task": task, "attempt": attempt, "verdict": {"kind": kind}}


def observed(standing: str, state: str) -> dict[str, Any]:
    """A look at the target of the cancel before anything is sent."""
    sighting = {"standing": standing, "state": state}
    return {"kind": "observed", "task": 2, "purpose": "preflight", "sighting": sighting}


def effect(task: Planned, *, track: str | None = None, at: str = "2026-09-21T12:00:10Z") -> dict[str, Any]:
    """An effect on the target of a task."""
    creates = task.operation == "create_bill_run"
    return {
        "effect": "bill_run_created" if creates else "bill_run_canceled",
        "target": "made" if creates else task.target,
        "name": task.target if creates else "night",
        "entity": task.entity,
        "track_id": track or f"{PREFIX}{task.number}-1",
        "at": at,
        "charges": None,
    }


def line(task: Planned, status: str, **members: Any) -> dict[str, Any]:
    """A line of the ledger."""
    told = {"task": task.number, "status": status, "attempts": 1, "started_at": "2026-09-21T12:00:00Z"}
    return {**told, "result_id": "made" if task is CREATION else "a", **members}


def wire(task: Planned, attempt: int = 1, **members: Any) -> OnWire:
    """One request as it should leave."""
    key = "k1" if task.method == "POST" else None
    track = f"{PREFIX}{task.number}-{attempt}"
    right = OnWire(100.0, track, task.method, task.path, task.body, key, task.entity, task.orgs)
    return right._replace(**members)


WIRE = [wire(CREATION), wire(CANCEL)]
TRUE = Record(
    tasks=[CREATION, CANCEL],
    events=[
        sent(1), answered(1, "done"), observed("untouched", "Pending"), sent(2), answered(2, "accepted"),
    ],
    ledger=[line(CREATION, "succeeded"), line(CANCEL, "succeeded")],
    effects=[effect(CREATION), effect(CANCEL)],
    shown=DONE,
    prefix=PREFIX,
    wire=WIRE,
    summary={"counts": {"succeeded": 2, "failed": 0}, "tasks": 2},
)  # fmt: skip


def ledger(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Changes of the record: another ledger, whose sums nobody told."""
    return {"ledger": [first, second], "summary": {}}


SUCCEEDED = (line(CREATION, "succeeded"), line(CANCEL, "succeeded"))
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "two effects": ("duplicate", {"effects": [*TRUE.effects, effect(CREATION)]}),
    "said done, and nothing was": ("lost", {"effects": [effect(CANCEL)], "shown": {**DONE, 1: UNDONE[1]}}),
    "said failed, and it was done": (
        "false_failed",
        ledger(line(CREATION, "failed"), SUCCEEDED[1]),
    ),
    "said done, and still going": (
        "false_succeeded",
        {"shown": {**DONE, 2: Shown("CancelInProgress", done=False, partly=False)}},
    ),
    "another's id": (
        "false_succeeded",
        ledger(line(CREATION, "succeeded", result_id="other"), SUCCEEDED[1]),
    ),
    "said unchanged, and ours did it": (
        "false_unchanged",
        ledger(SUCCEEDED[0], line(CANCEL, "unchanged")),
    ),
    "said partly, and wholly done": ("false_partial", ledger(SUCCEEDED[0], line(CANCEL, "partial"))),
    "said not attempted, and it was done": (
        "false_not_attempted",
        ledger(line(CREATION, "not_attempted"), SUCCEEDED[1]),
    ),
    "said accepted, without any effect": (
        "false_accepted",
        {
            "effects": [effect(CREATION)],
            "shown": {**DONE, 2: UNDONE[2]},
            **ledger(SUCCEEDED[0], line(CANCEL, "accepted")),
        },
    ),
    "left open, and it can be seen": ("unsettled", ledger(line(CREATION, "unknown"), SUCCEEDED[1])),
    "a task without a line": ("unaccounted", {"ledger": [SUCCEEDED[0]], "summary": {}}),
    "a task with two lines": ("unaccounted", {"ledger": [*TRUE.ledger, SUCCEEDED[0]], "summary": {}}),
    "a line of no task": (
        "unaccounted",
        {"ledger": [*SUCCEEDED, {**SUCCEEDED[0], "task": 9}], "summary": {}},
    ),
    "attempts that were not made": (
        "unaccounted",
        ledger(SUCCEEDED[0], line(CANCEL, "succeeded", attempts=2)),
    ),
    "sums that do not fit": ("unaccounted", {"summary": {"counts": {"succeeded": 1}, "tasks": 2}}),
    "two requests for one sent": ("sent_twice", {"wire": [*WIRE, wire(CANCEL)]}),
    "a request before its sent": ("unsent", {"wire": [wire(CREATION, committed=False), wire(CANCEL)]}),
    "a request without a sent": ("unsent", {"wire": [*WIRE, wire(CANCEL, 2)]}),
    "a request after storage failed": (
        "after_fault",
        {"wire": [wire(CREATION, after_fault=True), wire(CANCEL)]},
    ),
    "other bytes than the frozen": ("not_frozen", {"wire": [wire(CREATION, body=b"{}"), wire(CANCEL)]}),
    "a PUT with a key": ("not_frozen", {"wire": [wire(CREATION), wire(CANCEL, key="k2")]}),
    "an answer to nothing": ("order", {"events": [*TRUE.events, answered(2, "done", attempt=2)]}),
    "a send after the end": (
        "order",
        {"events": [*TRUE.events, {"kind": "settled", "task": 1}, sent(1, 2)]},
    ),
    "a lock asked for again under its key": (
        "stale_key",
        {"events": [sent(1), answered(1, "busy"), sent(1, 2), answered(1, "done", 2), *TRUE.events[2:]]},
    ),
    "a third doubtful PUT": (
        "puts",
        {
            "events": [
                *TRUE.events[:3],
                *(each for n in (1, 2, 3) for each in (sent(2, n), answered(2, "unclear", n))),
            ]
        },
    ),
}  # fmt: skip


def test_a_true_record_has_nothing_wrong():
    """What is told is what was done."""
    assert check(TRUE) == {}


@pytest.mark.parametrize("name", WRONG)
def test_each_sort_of_wrong_is_found(name: str):
    """One thing is changed in a true record, and it is called by its name."""
    kind, changes = WRONG[name]
    assert kind in check(replace(TRUE, **changes))


def twice(*, generation: int, second: dict[str, Any]) -> Record:
    """A creation that is sent again."""
    events = [sent(1), answered(1, "unclear"), sent(1, 2, generation), answered(1, "done", 2)]
    requests = [wire(CREATION), wire(CREATION, 2, **second), wire(CANCEL)]
    return replace(
        TRUE, events=[*events, *TRUE.events[2:]], wire=requests,
        ledger=[line(CREATION, "succeeded", attempts=2), SUCCEEDED[1]],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "generation", "second"),
    [
        ("key_changed", 1, {"key": "k2"}),
        ("key_expired", 1, {"at": 100.0 + 24 * 3600}),
        ("key_new", 2, {"key": "k2", "at": 2e9}),
        ("key_reused", 1, {"body": b'{"name":"y"}'}),
    ],
)
def test_each_misuse_of_a_key_is_found(kind: str, generation: int, second: dict[str, Any]):
    """One key for the same bytes, for a day, and no other while it may have worked."""
    assert kind in check(twice(generation=generation, second=second))


def test_a_doubtful_creation_may_go_again_under_its_key():
    """The same key and the same bytes within the day are what a lost reply is settled with."""
    assert check(twice(generation=1, second={"at": 160.0})) == {}


def test_a_key_that_is_in_flight_may_go_again():
    """A lock says nothing of the earlier request that is still being worked on under the same key."""
    story = [sent(1), answered(1, "in_flight"), sent(1, 2), answered(1, "busy", 2), sent(1, 3)]
    last = [answered(1, "done", 3), *TRUE.events[2:]]
    assert "stale_key" not in check(replace(TRUE, events=[*story, *last]))


def test_the_checker_shares_no_code_with_the_runner():
    """It imports nothing of it, so that no bug can be in both."""
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] == "runner"], path

"""A simulated run as the checker wants to see it: in plain values, and what each target shows."""

import json
from collections.abc import Sequence
from typing import Any

from runner.core.event import Event, event_to_json, kind_of_event, task_of_event
from runner.core.jsonvalue import dumps, list_at
from runner.core.ledgerline import ledger_line
from runner.core.policy import Policy
from runner.core.task import Task
from runner.sandbox.in_process import InProcess
from runner.sandbox.state import Where
from tests.checker.record import Planned, Record, Shown
from tests.simulation.memorylog import MemoryLog
from tests.simulation.wire import Wire


def record_of(tasks: Sequence[Task], log: MemoryLog, tenant: InProcess, wire: Wire, policy: Policy) -> Record:
    """Everything that the checker may know of a run."""
    tenant.advance()
    pasts = log.pasts()
    lines = [dumps(ledger_line(task, pasts[task.number], "sandbox").to_json()) for task in tasks]
    return Record(
        tasks=[_planned(task) for task in tasks],
        events=[_told(event) for event in log.kept],
        ledger=[json.loads(line) for line in lines],
        effects=tenant.effects,
        shown={task.number: _shown(task, tenant, wire) for task in tasks},
        prefix=wire.prefix,
        preflight=policy.preflight,
        until=policy.until,
        wire=wire.sent,
    )


def _planned(task: Task) -> Planned:
    orgs = ",".join(task.scope.orgs)
    return Planned(
        task.number,
        task.operation,
        task.scope.entity,
        orgs,
        task.method,
        task.path,
        task.body,
        task.target,
        task.marker,
    )


def _told(event: Event) -> dict[str, Any]:
    """An event as it stands in the checkpoint."""
    members = json.loads(dumps(event_to_json(event)))
    return {"kind": kind_of_event(event), "task": task_of_event(event), **members}


def _wanted(task: Task) -> set[str]:
    items = [item for item in list_at(task.fields, "specificSubscriptions") if isinstance(item, dict)]
    return {str(charge) for item in items for charge in list_at(item, "chargeNumbers")}


def _shown(task: Task, tenant: InProcess, wire: Wire) -> Shown:
    """The target's own word, whether the task's end is reached, and whether a part of it is."""
    world = tenant._simulator._world
    where = Where(task.scope.entity, task.scope.orgs)
    match task.operation:
        case "create_bill_run":
            run = next(iter(world.shelf.named(task.target, where)), None)
            made = any(wire.ours(effect) and effect["name"] == task.target for effect in tenant.effects)
            return Shown(run.status if run else None, made, partly=False)
        case "cancel_bill_run":
            run = world.shelf.find(task.target, where)
            if run is None:
                return Shown(None, done=False, partly=False)
            namesakes = (
                world.shelf.named(run.name or "", where) if task.fields.get("cancelOnce") is False else []
            )
            goes_on = any(each.status == "Pending" for each in namesakes)
            return Shown(run.status, run.status == "Canceled" and not goes_on, partly=False)
        case "cancel_journal_run":
            runs = world.journal_runs
            known = runs.get(("", task.target)) or runs.get((where.home, task.target))
            state = known.status if known else None
            return Shown(state, state == "Cancelled", known is not None and known.cancelled > 0)
        case _:
            schedule = world.schedule(task.target, where)
            gone = {charge[2] for charge in schedule.detached} if schedule else set[str]()
            return Shown(None, _wanted(task) <= gone, bool(_wanted(task) & gone))

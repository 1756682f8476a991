"""Jobs for simulations, and the objects on which they act."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.core.job import Row
from runner.core.jsonvalue import JsonObject
from runner.core.operation import CompileContext, Draft, Fields
from runner.core.scope import Scope
from runner.core.task import Act, Task
from runner.operations.catalog import CATALOG

CONTEXT = CompileContext(today="2026-09-21", org_names={})
UNMARKED = CompileContext(today="2026-09-21", org_names={}, marker=False)
ENTITIES = ("e-us", "e-emea")


def make_task(
    number: int,
    operation: str,
    cells: JsonObject,
    scope: Scope | None = None,
    context: CompileContext = CONTEXT,
) -> Task:
    """One task as `compose` would freeze it."""
    where = scope or Scope()
    known = CATALOG[operation]
    row = Row(number, number + 1, "jsonl", {"operation": operation, **cells}, "{}")
    fields = known.read(row)
    assert isinstance(fields, Fields), fields
    draft = known.draft(fields, where, context)
    assert isinstance(draft, Draft), draft
    act = Act("sim", "10001", operation, where, draft.normal, "", 0).digest()
    frozen = known.freeze(draft, act, context)
    return Task(
        number=number,
        row=number,
        line=number + 1,
        custom_id=None,
        operation=operation,
        scope=where,
        method=known.method,
        path=frozen.path,
        body=frozen.body,
        act=act,
        fields=draft.normal,
        target=frozen.target,
        marker=frozen.marker,
    )


def detach_cells(number: int, charges: Sequence[str], schedule: int | None = None) -> JsonObject:
    """A row that detaches charges of a schedule (its own, unless another is named)."""
    key = number if schedule is None else schedule
    return {
        "scheduleKey": f"IS-{key:07d}",
        "orderKey": f"O-{key}",
        "subscriptionKey": f"A-S{key}",
        "chargeNumbers": list(charges),
    }


def create_cells(number: int, name: str = "run") -> JsonObject:
    """A row that creates a bill run."""
    return {"name": f"{name} {number}", "batches": ["Batch1"], "targetDate": "2026-09-30"}


def mixed_tasks(count: int) -> list[Task]:
    """Tasks of all four operations, each on a target of its own."""
    tasks: list[Task] = []
    for number in range(1, count + 1):
        match number % 4:
            case 0:
                tasks.append(make_task(number, "create_bill_run", create_cells(number)))
            case 1:
                tasks.append(make_task(number, "cancel_bill_run", {"billRunId": f"{number:032x}"}))
            case 2:
                tasks.append(make_task(number, "cancel_journal_run", {"jr-number": f"JR-{number:08d}"}))
            case _:
                tasks.append(make_task(number, "detach_charges", detach_cells(number, [f"C-{number}"])))
    return tasks


_LATER = "[{ after_s = 30, status = 'Processing' }, { after_s = 90, status = 'Completed' }]"
_BILL_RUNS = (
    "",
    "",
    "status = 'Pending'",
    f"status = 'Pending'\nthen = {_LATER}",
    "status = 'Processing'\nthen = [{ after_s = 40, status = 'Completed' }]",
    "status = 'Processing'\nthen = [{ after_s = 40, status = 'Error' }]",
    "status = 'Posted'",
    "posted_invoices = true",
    "status = 'Error'",
    "status = 'Canceled'",
    "exists = false",
    "cancel_ends = 'Completed'\ncancel_s = 7",
    "cancel_ends = 'never'",
    "cancel_s = 300",
)
_JOURNAL_RUNS = (
    "",
    "",
    "entries = 5\ntransferred = 2",
    "entries = 4\nstuck = 1",
    "entries = 3\ntransferred = 3",
    "entries = 4\nprocessing = 1",
    "status = 'Cancelled'",
    "status = 'Error'",
    "exists = false",
    "cancel_ends = 'never'",
    "cancel_s = 300",
)
_SCHEDULES = (
    "",
    "",
    "listed_by = 'schedule'",
    "listed_by = 'query'",
    "listed_by = 'none'",
    "partial = true\nstuck = ['C-{n}b']",
    "stuck = ['C-{n}b']",
    "unposted_invoices = true",
    "status = 'Paused'",
)


@dataclass(slots=True)
class Job:
    """Tasks, and the part of a scenario that says on what they act."""

    tasks: list[Task] = field(default_factory=list[Task])
    scenario: list[str] = field(default_factory=list[str])


def random_job(chance: random.Random, count: int) -> Job:
    """A job of all operations on targets in all sorts of states, in up to two entities."""
    job = Job()
    scopes = chance.choice(((Scope(),), tuple(Scope(entity) for entity in ENTITIES)))
    context = UNMARKED if chance.random() < 0.1 else CONTEXT
    kinds = (_add_creation, _add_bill_run, _add_journal_run, _add_schedule)
    while len(job.tasks) < count:
        chance.choice(kinds)(job, len(job.tasks) + 1, chance, chance.choice(scopes), context)
    return job


def _add_creation(
    job: Job, number: int, chance: random.Random, scope: Scope, context: CompileContext
) -> None:
    name = chance.choice(("run", "run", "run", "broken", "refused"))
    cells = create_cells(number, name)
    job.tasks.append(make_task(number, "create_bill_run", cells, scope, context))
    if scope.entity is not None and chance.random() < 0.3:
        # The same row in two entities is two acts.
        other = Scope(next(entity for entity in ENTITIES if entity != scope.entity))
        job.tasks.append(make_task(number + 1, "create_bill_run", cells, other, context))


def _add_bill_run(
    job: Job, number: int, chance: random.Random, scope: Scope, context: CompileContext
) -> None:
    target = f"{number:032x}"
    cells: JsonObject = {"billRunId": target}
    if chance.random() < 0.2:
        cells["cancelOnce"] = False
        job.scenario += _series(number, chance)
    elif part := chance.choice(_BILL_RUNS):
        job.scenario.append(f"[bill_runs.'{target}']\n{part}")
    job.tasks.append(make_task(number, "cancel_bill_run", cells, scope, context))


def _series(number: int, chance: random.Random) -> list[str]:
    """A recurring bill run with one more to come, under the same name."""
    common = f"name = 'series {number}'\nrepeat_type = 'Daily'\nseries = 'series {number}'"
    first = f"[bill_runs.'{number:032x}']\nstatus = '{chance.choice(('Pending', 'Completed'))}'\n{common}"
    return [first, f"[bill_runs.'{number + 4096:032x}']\nstatus = 'Pending'\n{common}"]


def _add_journal_run(
    job: Job, number: int, chance: random.Random, scope: Scope, context: CompileContext
) -> None:
    target = f"JR-{number:08d}"
    if part := chance.choice(_JOURNAL_RUNS):
        job.scenario.append(f"[journal_runs.'{target}']\n{part}")
    job.tasks.append(make_task(number, "cancel_journal_run", {"jr-number": target}, scope, context))


def _add_schedule(
    job: Job, number: int, chance: random.Random, scope: Scope, context: CompileContext
) -> None:
    names = [f"C-{number}a", f"C-{number}b", f"C-{number}c"]
    charges = ", ".join(
        f"{{ orderKey = 'O-{number}', subscriptionKey = 'A-S{number}', chargeNumber = '{name}' }}"
        for name in names
    )
    part = chance.choice(_SCHEDULES).replace("{n}", str(number))
    if chance.random() < 0.9:
        job.scenario.append(f"[invoice_schedules.'IS-{number:07d}']\ncharges = [{charges}]\n{part}")
    wanted = names[: chance.randint(1, 3)]
    job.tasks.append(make_task(number, "detach_charges", detach_cells(number, wanted), scope, context))
    if len(wanted) < len(names) and chance.random() < 0.5:
        more = detach_cells(number + 1, [names[-1]], number)
        job.tasks.append(make_task(number + 1, "detach_charges", more, scope, context))

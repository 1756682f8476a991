"""Jobs, launches and their judge for simulations."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from runner.core.history import Past
from runner.core.job import Row
from runner.core.jsonvalue import JsonObject
from runner.core.ledgerline import outcome_of
from runner.core.operation import CompileContext, Draft, Fields
from runner.core.outcome import Status
from runner.core.policy import Policy
from runner.core.scope import Scope
from runner.core.task import Act, Task
from runner.core.wire import Reply, Request
from runner.engine.launch import Launch, LaunchEnd
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG
from runner.sandbox.in_process import InProcess
from tests.simulation.memorylog import CrashError, MemoryLog
from tests.simulation.virtualtime import VirtualClock

CONTEXT = CompileContext(today="2026-09-21", org_names={})
EPSILON_S = 0.001


def make_task(number: int, operation: str, cells: JsonObject, scope: Scope | None = None) -> Task:
    """One task as `compose` would freeze it."""
    where = scope or Scope()
    known = CATALOG[operation]
    row = Row(number, number + 1, "jsonl", {"operation": operation, **cells}, "{}")
    fields = known.read(row)
    assert isinstance(fields, Fields), fields
    draft = known.draft(fields, where, CONTEXT)
    assert isinstance(draft, Draft), draft
    act = Act("sim", "10001", operation, where, draft.normal, "", 0).digest()
    frozen = known.freeze(draft, act, CONTEXT)
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


def mixed_tasks(count: int) -> list[Task]:
    """Tasks of all four operations, each on a target of its own."""
    tasks: list[Task] = []
    for number in range(1, count + 1):
        match number % 4:
            case 0:
                cells: JsonObject = {"name": f"run {number}", "batches": ["Batch1"], "targetDate": "2026-09-30"}
                tasks.append(make_task(number, "create_bill_run", cells))
            case 1:
                tasks.append(make_task(number, "cancel_bill_run", {"billRunId": f"{number:032x}"}))
            case 2:
                tasks.append(make_task(number, "cancel_journal_run", {"jr-number": f"JR-{number:08d}"}))
            case _:
                cells = {
                    "scheduleKey": f"IS-{number:07d}",
                    "orderKey": f"O-{number}",
                    "subscriptionKey": f"A-S{number}",
                    "chargeNumbers": [f"C-{number}"],
                }
                tasks.append(make_task(number, "detach_charges", cells))
    return tasks


class Wire:
    """The transport of a simulation: counts every write that reaches the wire, by track id."""

    def __init__(self, tenant: InProcess) -> None:
        self._tenant = tenant
        self.writes: Counter[str] = Counter()

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Send one request to the tenant."""
        del timeout_s
        if request.method != "GET":
            self.writes[request.headers["Zuora-Track-Id"]] += 1
        return await self._tenant.send(request)


@dataclass(frozen=True)
class Verdicts:
    """What the judge found; all empty when nothing is wrong."""

    duplicate: list[int]
    lost: list[int]
    false_failed: list[int]
    false_unchanged: list[int]
    resent: list[str]


class World:
    """One tenant, one job, and as many launches as it takes."""

    def __init__(self, tasks: Sequence[Task], scenario: str = "", *, quiet_s: float = 150.0) -> None:
        self.tasks = tasks
        self.clock = VirtualClock()
        self.tenant = InProcess(self.clock.now, asyncio.sleep, scenario=scenario)
        self.wire = Wire(self.tenant)
        self.log = MemoryLog(tasks)
        self.policy = Policy(quiet_s=quiet_s)

    async def launch(self, setup: EngineSetup | None = None) -> LaunchEnd | None:
        """Launch once; None where the program was killed."""
        self.log.lose()
        launch = Launch(setup or self.setup(), self.log, self.wire, self.clock)
        end: LaunchEnd | None = None
        try:
            end = await launch.run()
        except* CrashError:
            self.log.lose()
        return end

    def setup(self, **changes: object) -> EngineSetup:
        """The engine's numbers for this world."""
        values: dict[str, object] = {"operations": CATALOG, "policy": self.policy, "run_token": "0a1b2c3d"}
        return EngineSetup(**{**values, **changes})  # pyright: ignore[reportArgumentType]

    def statuses(self) -> Counter[Status]:
        """How the tasks stand."""
        pasts = self.log.pasts()
        return Counter(outcome_of(task, pasts[task.number]).status for task in self.tasks)

    def judge(self) -> Verdicts:
        """Hold the ledger against the tenant's own record of effects."""
        pasts = self.log.pasts()
        duplicate, lost, false_failed, false_unchanged = [], [], [], []
        for task in self.tasks:
            effects = self.effects_of(task)
            status = outcome_of(task, pasts[task.number]).status
            if effects > 1:
                duplicate.append(task.number)
            if status is Status.SUCCEEDED and effects == 0:
                lost.append(task.number)
            if status is Status.FAILED and effects and not _was_undone(task, pasts[task.number]):
                false_failed.append(task.number)
            if status is Status.NOT_ATTEMPTED and effects:
                false_unchanged.append(task.number)
        resent = [track for track, times in self.wire.writes.items() if times > 1]
        return Verdicts(duplicate, lost, false_failed, false_unchanged, resent)

    def effects_of(self, task: Task) -> int:
        """How often the tenant did what the task asks for."""
        if task.keyed:
            return sum(effect["name"] == task.target for effect in self.tenant.effects)
        return sum(effect["target"] == task.target for effect in self.tenant.effects)


def _was_undone(task: Task, past: Past) -> bool:
    """A cancel that was taken and came to nothing on the server is a failure all the same."""
    return not task.keyed and past.success is not None

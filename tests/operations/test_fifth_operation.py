"""A new operation is one file and one line of the catalog: nothing else has to learn of it."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest

from runner.compose import compile as compiling
from runner.compose.freezing import Freezer
from runner.compose.heritage import Heritage
from runner.compose.parents import Parents
from runner.compose.places import Meaning
from runner.core.history import Past
from runner.core.jsonvalue import dumps, parse_object
from runner.core.ledgerline import outcome_of
from runner.core.operation import CompileContext
from runner.core.options import JobOptions
from runner.core.outcome import Outcome, Status
from runner.core.policy import Policy
from runner.core.task import Task
from runner.core.tenant import Tenant, TenantKind
from runner.core.wire import Arrived, Lost, Reply, Request
from runner.edge.checkpoint.acts import registry_of_acts
from runner.engine.launch import Launch
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG
from runner.sandbox.in_process import InProcess
from tests.operations.pause_invoice_schedule import PATH, PauseInvoiceSchedule
from tests.simulation.memorylog import MemoryLog
from tests.simulation.virtualtime import VirtualClock, run_virtual

NAME = "pause_invoice_schedule"
JOB = "operation,custom_id,scheduleKey\npause_invoice_schedule,one,IS-0000301\n"
TENANT = Tenant(name="sandbox", kind=TenantKind.BUILT_IN, origin="", environment="sandbox", quiet_s=2.0)


@dataclass
class Pausing:
    """The simulated tenant with one route more. `lost`: so many replies of a pause do not arrive."""

    tenant: InProcess
    lost: int = 0
    paused: list[str] = field(default_factory=list)

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Pause a schedule, or show it: a paused one as the tenant does, but for its state."""
        del timeout_s
        key = request.path.removeprefix(f"{PATH}/").removesuffix("/pause")
        if request.method == "PUT":
            self.paused.append(key)
            if len(self.paused) <= self.lost:
                return Lost("the connection was reset")
            return Arrived(200, {}, b'{"success":true}')
        reply = await self.tenant.send(request)
        assert isinstance(reply, Arrived)
        if key not in self.paused:
            return reply
        return Arrived(200, {}, dumps({**parse_object(reply.body), "status": "Paused"}).encode())


@pytest.fixture(autouse=True)
def _fifth_line(monkeypatch):
    """The line of the catalog; `compile` keeps its names from when it was imported, so it is told of them."""
    monkeypatch.setitem(CATALOG, NAME, PauseInvoiceSchedule())
    monkeypatch.setattr(compiling, "_NAMES", tuple(CATALOG))
    names = {doc.name for each in CATALOG.values() for doc in each.field_docs}
    monkeypatch.setattr(compiling, "_FIELDS", frozenset(names))


def frozen(tmp_path, text: str = JOB) -> list[Task]:
    """The tasks of a job, checked, compiled and frozen as `run` does it."""
    path = tmp_path / "job.csv"
    path.write_text(text)
    meaning = Meaning(origin="built-in", tenant_id="tenant.1", run_id="first", run_label="")
    context = CompileContext(today="2026-11-30", org_names={})
    with contextlib.ExitStack() as stack:
        job = stack.enter_context(compiling.compile_job(JobOptions(path=str(path)), TENANT, "2026-11-30"))
        assert len(job.problems) == 0, list(job.problems.first(9))
        session = stack.enter_context(registry_of_acts(tmp_path))
        parents = stack.enter_context(Parents())
        rows = list(Freezer(meaning, context, session, parents, Heritage(now=0.0)).freeze(job))
    return [task for row in rows for task in row.tasks]


def launched(tasks: list[Task], scenario: str = "", lost: int = 0) -> tuple[Outcome, list[str]]:
    """How the first task ends on virtual time, and which schedules were paused."""

    async def work() -> tuple[Past, list[str]]:
        clock = VirtualClock()
        log = MemoryLog(tasks)
        door = Pausing(InProcess(clock.now, asyncio.sleep, scenario=scenario), lost)
        setup = EngineSetup(operations=CATALOG, policy=Policy(quiet_s=2.0), run_token="0a1b2c3d")
        await Launch(setup, log, door, clock).run()
        return log.pasts()[1], door.paused

    past, paused = run_virtual(work())
    return outcome_of(tasks[0], past), paused


def test_a_row_of_a_fifth_operation_succeeds(tmp_path):
    """A row of a new operation goes through check, freezing and the engine, and is sent once."""
    tasks = frozen(tmp_path)
    assert [(task.method, task.path, task.custom_id) for task in tasks] == [
        ("PUT", "/v1/invoice-schedules/IS-0000301/pause", "one")
    ]
    outcome, paused = launched(tasks)
    assert (outcome.status, outcome.result_id) == (Status.SUCCEEDED, "IS-0000301")
    assert paused == ["IS-0000301"]


def test_a_lost_reply_of_a_fifth_operation_is_read_back(tmp_path):
    """After a lost reply its own read-back decides; it is not sent again."""
    outcome, paused = launched(frozen(tmp_path), lost=1)
    assert outcome.status is Status.SUCCEEDED
    assert paused == ["IS-0000301"]


def test_a_target_that_is_there_already_is_unchanged(tmp_path):
    """Where preflight shows the target state, nothing is sent."""
    outcome, paused = launched(frozen(tmp_path), '[invoice_schedules."IS-0000301"]\nstatus = "Paused"')
    assert outcome.status is Status.UNCHANGED
    assert paused == []


def test_the_rows_of_a_fifth_operation_are_judged_by_its_own_fields(tmp_path):
    """A bad cell is told with its column, and a column of another operation is no field of this one."""
    path = tmp_path / "job.csv"
    path.write_text("operation,scheduleKey,billRunId\npause_invoice_schedule,IS/1,x\n")
    with compiling.compile_job(JobOptions(path=str(path)), TENANT, None) as job:
        columns = [problem.column for problem in job.problems.first(9)]
    assert columns == ["scheduleKey", "billRunId"]

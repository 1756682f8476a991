"""Runs as the tests need them, without any tenant: small, and the same every time."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import anyio

from runner.compose.runrecord import RunRecord
from runner.core.event import Answered, Event, Launched, Observed, Planned, Rested, Sent, Settled
from runner.core.outcome import Outcome, Status
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing
from runner.core.task import Act, Task
from runner.core.verdict import Verdict, VerdictKind
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.planwriter import Checkpoint
from runner.edge.checkpoint.writer import CheckpointWriter

AT = 1_790_000_000.0
TENANT_ID = "tenant.1"


def bill_run_id(number: int) -> str:
    """The bill run that task `number` cancels."""
    return f"{number:032x}"


def record_of(run_id: str) -> RunRecord:
    """What is frozen with the plan of a run."""
    return RunRecord(
        run_id=run_id,
        run_token="0" * 8,
        tenant="sandbox",
        act_origin="built-in",
        tenant_id=TENANT_ID,
        job="job.csv",
        job_sha256=hashlib.sha256(b"").hexdigest(),
        format="csv",
        created_at=AT,
        header=("operation", "billRunId"),
        options={"until": "settled"},
    )


def task_of(number: int) -> Task:
    """A cancel, as compiling a row with this bill run makes it."""
    target = bill_run_id(number)
    act = Act("built-in", TENANT_ID, "cancel_bill_run", Scope(), {"billRunId": target}, "", 0)
    return Task(
        number=number,
        row=number,
        line=number + 1,
        custom_id=None,
        operation="cancel_bill_run",
        scope=Scope(),
        method="PUT",
        path=f"/v1/bill-runs/{target}/cancel",
        body=b'{"cancelOnce":true}',
        act=act.digest(),
        fields={"billRunId": target},
        target=target,
    )


def done(number: int) -> list[Event]:
    """Sent, answered, seen, settled."""
    verdict = Verdict(
        VerdictKind.ACCEPTED, http_status=200, request_id="req-1", result_id=bill_run_id(number)
    )
    return [
        Sent(number, AT + 1, 1, 1, "zbr-track"),
        Answered(number, AT + 2, 1, verdict, '{"status":"CancelInProgress","name":"\x1b[2J"}'),
        Observed(number, AT + 3, "settle", Sighting(Standing.REACHED, "Canceled")),
        Settled(number, AT + 3, Outcome(Status.SUCCEEDED, result_state="Canceled", note="it is canceled")),
    ]


def make_run(directory: Path, tasks: int, events: Sequence[Event] = ()) -> Path:
    """A run with a committed plan and these events; its directory."""
    prepare_directory(directory)
    with Checkpoint.create(directory, record_of(directory.name).to_json(), created_at=AT) as plan:
        for number in range(1, tasks + 1):
            plan.add_row(number, number + 1, f'["cancel_bill_run","{bill_run_id(number)}"]')
            plan.add_task(task_of(number))
        plan.commit(Planned(AT, tasks, tasks))
    if events:
        anyio.run(_append, directory, [Launched(AT, 1, {}), *events, Rested(AT + 9, 1, 4, "a limit")])
    return directory


async def _append(directory: Path, events: Sequence[Event]) -> None:
    writer = CheckpointWriter.open(directory)
    await writer.append(events)
    writer.close()

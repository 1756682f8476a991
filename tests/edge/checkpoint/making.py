"""Runs as the tests need them: small, and the same every time."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.core.event import Answered, Event, Observed, Planned, Sent, Settled, TaskEvent
from runner.core.jsonvalue import Json
from runner.core.outcome import Outcome, Status
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing
from runner.core.task import Task
from runner.core.verdict import Verdict, VerdictKind
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.planwriter import Checkpoint

AT = 1_700_000_000.0


def act_of(number: int) -> str:
    """A made-up act."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def task_of(number: int, *, act: str | None = None, keyed: bool = True, rejected: str | None = None) -> Task:
    """A task with something of everything in it."""
    return Task(
        number=number,
        row=number,
        line=number + 1,
        custom_id=f"Größe {number}" if number % 2 else None,
        operation="create_bill_run" if keyed else "cancel_bill_run",
        scope=Scope("us" if number % 3 else None, ("a", "b") if number % 2 else ()),
        method="POST" if keyed else "PUT",
        path="/v1/bill-runs",
        body=b'{"x":"\xff"}',
        act=act or act_of(number),
        fields={"a": [1, "z", None]},
        target="t",
        marker="zbr-0" if keyed else None,
        rejected=rejected,
    )


def source_of(number: int) -> str:
    """The row of a task."""
    return f'["cell \u2028 {number}"]'


def plan_run(
    directory: Path,
    tasks: int | Sequence[Task] = 3,
    *,
    at: float = AT,
    vfs: str | None = None,
    meta: Mapping[str, Json] | None = None,
) -> Path:
    """Make a run with a committed plan; its directory."""
    made = [task_of(number) for number in range(1, tasks + 1)] if isinstance(tasks, int) else tasks
    prepare_directory(directory)
    kept = {"job": "j.csv", "limit": 3, **(meta or {})}
    with Checkpoint.create(directory, kept, created_at=at, vfs=vfs) as plan:
        for task in made:
            plan.add_row(task.row, task.line, source_of(task.row))
            plan.add_task(task)
        plan.commit(Planned(at, len(made), len(made)))
    return directory


def sent(task: int, *, attempt: int = 1, generation: int = 1) -> Sent:
    """It is about to be sent."""
    return Sent(task, AT + task, attempt, generation, f"track-{task}", AT + task + 0.25)


def done(task: int, *, attempt: int = 1) -> Answered:
    """It was answered: done."""
    verdict = Verdict(VerdictKind.DONE, 200, result_id=f"id-{task}", wait_s=0.5, digest="0f")
    return Answered(task, AT + task + 1, attempt, verdict, '{"success":true}\u00e9\n')


def settled(task: int, status: Status = Status.SUCCEEDED, result_id: str | None = None) -> Settled:
    """It was decided."""
    return Settled(task, AT + task + 2, Outcome(status, result_id=result_id or f"id-{task}"))


def observed(task: int) -> Observed:
    """It was looked at."""
    return Observed(task, AT + task, "settle", Sighting(Standing.UNTOUCHED, "Pending", facts={"n": [1]}))


def story(task: int) -> list[TaskEvent]:
    """A task that was sent, answered and settled."""
    return [sent(task), done(task), settled(task)]


def write(directory: Path, events: Sequence[Event], vfs: str | None = None) -> None:
    """Add events in one transaction, and close."""
    log = CommitLog.open(directory, vfs)
    try:
        log.commit([spell(event) for event in events])
    finally:
        log.close()

"""`retry`: a new run of another run's failed tasks, with their frozen bytes."""

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import anyio

import runner
from runner.compose.carryout import Going, ask, carry_out, check_tenant, tenant_of
from runner.compose.console import Console, noting_wait
from runner.compose.heritage import Heritage
from runner.compose.interrupts import Interrupted, Interrupts, nothing_sent
from runner.compose.launching import kept_options
from runner.compose.planning import NewRun, discard
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import reach
from runner.core.acts import HoldKind
from runner.core.event import Planned
from runner.core.ledgerline import outcome_of
from runner.core.options import Invocation
from runner.core.outcome import Status
from runner.core.summary import EXIT_OK
from runner.core.task import Task
from runner.core.tenant import Tenant
from runner.edge.checkpoint.acts import ActSession, Holding, registry_of_acts
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.planwriter import Checkpoint, PlanWriter
from runner.edge.checkpoint.reader import CheckpointReader, TaskLine
from runner.edge.checkpoint.runs import directory_of_new, find_run, new_run_id

_TOGETHER = 500
_TOKEN_BYTES = 4


@dataclass(frozen=True, slots=True)
class Retry:
    """What is retried: the failed tasks of `parent`, or only those that may well succeed later."""

    parent: Path
    record: RunRecord
    invocation: Invocation
    now: float
    interrupts: Interrupts
    console: Console


def retry(invocation: Invocation, console: Console, interrupts: Interrupts) -> int:
    """Run the failed tasks of a run again, as a new run; the exit code by the contract.

    Raises:
        UserFault: refused, or stopped by a signal before there was a run (4); nothing was sent.
        StorageFault: storage failed; nothing more was sent.
    """
    try:
        with interrupts.breaking():
            return _retry(invocation, console, interrupts)
    except Interrupted as stop:
        raise nothing_sent(stop) from None


def _retry(invocation: Invocation, console: Console, interrupts: Interrupts) -> int:
    parent = find_run(Path(invocation.site.runs_dir), invocation.run)
    with CheckpointReader(parent) as reader:
        record = RunRecord.from_json(reader.meta())
        tasks = sum(1 for _ in failed_tasks(reader, retryable=invocation.retryable))
    if not tasks:
        return _nothing_left(record, console)
    tenant = tenant_of(invocation, record)
    ask(tenant, invocation.consent, tasks, console)
    wanted = Retry(parent, record, invocation, SteadyClock().now(), interrupts, console)
    return anyio.run(_begin, wanted, tenant, console)


async def _begin(wanted: Retry, tenant: Tenant, console: Console) -> int:
    """Plan the new run and carry it out."""
    async with reach(tenant, wanted.parent.parent, os.environ) as reached:
        check_tenant(wanted.record, reached)
        new = plan_retry(wanted, Heritage.at(reached, wanted.now))
        if new is None:
            return _nothing_left(wanted.record, console)
        with new.lock:
            console.note(f"run {new.record.run_id}: retries failed tasks of run {wanted.record.run_id}")
            return await carry_out(Going(new, wanted.invocation, reached, wanted.interrupts), console)


def _nothing_left(record: RunRecord, console: Console) -> int:
    console.out(f"run {record.run_id} has no failed task that is left to retry; nothing was sent")
    console.json({"exit_code": EXIT_OK, "message": "nothing to retry", "parent_run": record.run_id})
    return EXIT_OK


def failed_tasks(reader: CheckpointReader, *, retryable: bool) -> Iterator[TaskLine]:
    """The tasks of a run that failed, in order."""
    for line in reader.lines():
        outcome = outcome_of(line.task, line.past)
        if outcome.status is Status.FAILED and (outcome.retryable or not retryable):
            yield line


def plan_retry(retry: Retry, heritage: Heritage) -> NewRun | None:
    """Freeze the failed tasks into a new run that is linked to its parent; None where none is left.

    Tasks that a later run has done, has in doubt or still has to do are left out.

    Raises:
        UserFault: the run id is taken.
        StorageFault: the disk, or a run that cannot be read.
    """
    runs_dir = retry.parent.parent
    run_id = retry.invocation.run_id or new_run_id(retry.now, secrets.token_hex(_TOKEN_BYTES))
    directory = directory_of_new(runs_dir, run_id)
    prepare_directory(directory)
    lock = RunLock.acquire(directory, retry.now)
    record = _record(retry, run_id)
    try:
        any_left = _commit(retry, directory, record, heritage)
    except BaseException:
        discard(directory)
        lock.release()
        raise
    if any_left:
        return NewRun(directory, record, lock)
    discard(directory)
    lock.release()
    return None


def _commit(retry: Retry, directory: Path, record: RunRecord, heritage: Heritage) -> bool:
    """Write the plan down; False, and none is written, where nothing is left to retry."""
    with (
        CheckpointReader(retry.parent) as reader,
        Checkpoint.create(directory, record.to_json(), created_at=retry.now) as plan,
    ):
        failed = failed_tasks(reader, retryable=retry.invocation.retryable)
        with registry_of_acts(
            retry.parent.parent, planning=record.run_id, on_wait=noting_wait(retry.console)
        ) as session:
            acts, rows = _write(plan, _free(session, failed, record.run_id, heritage))
            session.claim(record.run_id, acts)
        if acts:
            retry.interrupts.hold()  # up to here nothing is left behind; from here on there is a run
            plan.commit(Planned(retry.now, len(acts), rows))
        return bool(acts)


def _free(
    session: ActSession, failed: Iterator[TaskLine], run_id: str, heritage: Heritage
) -> Iterator[TaskLine]:
    """Those that no other run holds, each with the key that it goes on with."""
    while chunk := list(islice(failed, _TOGETHER)):
        known: dict[str, list[Holding]] = {}
        for holding in session.holdings((line.task.act for line in chunk), besides=(run_id,)):
            known.setdefault(holding.act, []).append(holding)
        for line in chunk:
            holdings = known.get(line.task.act, [])
            if all(one.kind is HoldKind.FREE for one in holdings):
                yield line._replace(task=heritage.hand_on(line.task, holdings))


def _write(plan: PlanWriter, lines: Iterator[TaskLine]) -> tuple[Sequence[tuple[str, int]], int]:
    acts: list[tuple[str, int]] = []
    last_row = rows = 0
    for line in lines:
        task: Task = replace(line.task, number=len(acts) + 1)
        if task.row != last_row:
            plan.add_row(task.row, task.line, line.source)
            last_row = task.row
            rows += 1
        plan.add_task(task)
        acts.append((task.act, task.number))
    return acts, rows


def _record(retry: Retry, run_id: str) -> RunRecord:
    consent = retry.invocation.consent
    return replace(
        retry.record,
        run_id=run_id,
        run_token=secrets.token_hex(_TOKEN_BYTES),
        created_at=retry.now,
        parent_run=retry.record.run_id,
        options=kept_options(retry.invocation.launch),
        consent={"yes": consent.yes, "confirm": consent.confirm, "reason": consent.reason},
        version=runner.__version__,
    )

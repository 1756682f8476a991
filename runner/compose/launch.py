"""`run`: from an invocation to an exit code."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from runner.compose.carryout import Going, ask, carry_out, tenant_of
from runner.compose.compile import compile_job
from runner.compose.compiledjob import CompiledJob
from runner.compose.console import Console
from runner.compose.interrupts import Interrupted, Interrupts, nothing_sent
from runner.compose.numbers import look_up_numbers
from runner.compose.plan import announce
from runner.compose.planfile import planned
from runner.compose.planning import Planning, asked_for, plan_run
from runner.compose.resuming import resume
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import reach
from runner.compose.today import today_of
from runner.core.fault import UserFault
from runner.core.options import Invocation
from runner.core.tenant import Tenant
from runner.edge.checkpoint.planwriter import is_planned
from runner.edge.checkpoint.reader import CheckpointReader


@dataclass(frozen=True, slots=True)
class _Agreed:
    """A job that is valid and agreed to. `numbered`: rows name bill runs that have to be looked up."""

    invocation: Invocation
    tenant: Tenant
    job: CompiledJob
    today: str | None
    now: float
    numbered: bool
    interrupts: Interrupts


def run(invocation: Invocation, console: Console, interrupts: Interrupts) -> int:
    """Check a job (or a plan), ask, and execute it; the exit code by the contract.

    Raises:
        UserFault: refused, or stopped by a signal before there was a run (4); nothing was sent.
        StorageFault: storage failed; nothing more was sent.
    """
    try:
        with interrupts.breaking():
            invocation = planned(invocation)
            done = _run(invocation, console, interrupts)
    except Interrupted as stop:
        raise nothing_sent(stop) from None
    if isinstance(done, int):
        return done
    return resume(replace(invocation, run=str(done)), console, interrupts)


def _run(invocation: Invocation, console: Console, interrupts: Interrupts) -> int | Path:
    """Begin a new run, and return the exit code; where `--run-id` names one that there is: its directory."""
    tenant = tenant_of(invocation, None)
    assert invocation.job is not None  # noqa: S101 - for the type checker: the command line requires it
    now = SteadyClock().now()
    today = today_of(tenant, now)
    with compile_job(invocation.job, tenant, today) as job:
        job.refuse_unless_valid(console)
        job.refuse_doubts(console)
        existing = _existing(invocation)
        if existing is None:
            census = announce(job, tenant, invocation, console)
            ask(tenant, invocation.consent, job.task_count, console)
            numbered = bool(census.numbers.total())
            return anyio.run(
                _begin, _Agreed(invocation, tenant, job, today, now, numbered, interrupts), console
            )
        _check_same(existing, invocation, job, tenant)
    return existing


async def _begin(agreed: _Agreed, console: Console) -> int:
    """Plan a new run and carry it out."""
    invocation, job = agreed.invocation, agreed.job
    async with reach(agreed.tenant, Path(invocation.site.runs_dir), os.environ) as reached:
        if agreed.numbered and invocation.job is not None:
            await look_up_numbers(job, reached, skip_invalid=invocation.job.skip_invalid)
            job.refuse_unless_valid(console)
        planning = Planning(job, invocation, reached, agreed.today, agreed.now, agreed.interrupts)
        new = plan_run(planning, console)
        with new.lock:
            return await carry_out(Going(new, invocation, reached, agreed.interrupts), console)


def _existing(invocation: Invocation) -> Path | None:
    """The run that `--run-id` names, where its plan was committed."""
    if invocation.run_id is None:
        return None
    directory = Path(invocation.site.runs_dir) / invocation.run_id
    return directory if directory.is_dir() and is_planned(directory) else None


def _check_same(directory: Path, invocation: Invocation, job: CompiledJob, tenant: Tenant) -> None:
    """Refuse a `--run-id` that was another job; a scheduler that repeats its command repeats all of it."""
    with CheckpointReader(directory) as reader:
        record = RunRecord.from_json(reader.meta())
    assert invocation.job is not None  # noqa: S101 - for the type checker: a run always has a job
    # Rows that name a parent have its label, whether it is given or not.
    label = invocation.run_label or (record.run_label if job.parents else "")
    same = {
        "the job's bytes": (record.job_sha256, job.sha256),
        "the tenant": (record.tenant, tenant.name),
        "--operation, --entity or --org": (record.asked, asked_for(invocation.job)),
        "--run-label": (record.run_label, label),
    }
    other = [name for name, (then, now) in same.items() if then != now]
    if other:
        raise UserFault(
            f"--run-id {record.run_id}: there is such a run, and {' and '.join(other)} differ",
            hint="choose another --run-id, or leave it out",
        )

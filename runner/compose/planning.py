"""Making a run: its directory, its lock, its acts claimed, its tasks frozen, all in one commit."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import runner
from runner.compose.compiledjob import CompiledJob
from runner.compose.console import Console, noting_wait
from runner.compose.findings import JobRefused, document_of, spelled
from runner.compose.freezing import Freezer, FrozenRow
from runner.compose.heritage import Heritage
from runner.compose.interrupts import Interrupts
from runner.compose.launching import kept_options
from runner.compose.parents import Parents, Whose
from runner.compose.pile import Pile
from runner.compose.places import Meaning
from runner.compose.runrecord import RunRecord
from runner.compose.tenancy import Reached
from runner.core.event import Planned
from runner.core.jsonvalue import Json, JsonObject
from runner.core.operation import CompileContext
from runner.core.options import Invocation, JobOptions
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.planwriter import Checkpoint, PlanWriter, is_planned
from runner.edge.checkpoint.runs import directory_of_new, new_run_id
from runner.edge.checkpoint.schema import PLANNED_NAMES

_TOKEN_BYTES = 4
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Planning:
    """What a run is planned from. `today` is the tenant's date; `now` seconds since the epoch."""

    job: CompiledJob
    invocation: Invocation
    reached: Reached
    today: str | None
    now: float
    interrupts: Interrupts

    @property
    def runs_dir(self) -> Path:
        """Where all runs are."""
        return Path(self.invocation.site.runs_dir)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run whose plan is committed, and whose lock is ours."""

    directory: Path
    record: RunRecord
    lock: RunLock


def plan_run(planning: Planning, console: Console) -> NewRun:
    """Freeze all tasks of a job into a new run; nothing is sent.

    Raises:
        JobRefused: rows are acts that an earlier run has done, has in doubt or still has to do.
        UserFault: the parents that rows name do not fit; the run id is taken; another program holds it.
        StorageFault: the disk, or an earlier run that cannot be read.
    """
    run_id = planning.invocation.run_id or new_run_id(planning.now, secrets.token_hex(_TOKEN_BYTES))
    directory = directory_of_new(planning.runs_dir, run_id)
    for warning in prepare_directory(directory, rows=planning.job.row_count):
        console.err(warning)
    lock = RunLock.acquire(directory, planning.now)
    try:
        with Parents() as parents:
            reached = planning.reached
            whose = Whose(reached.act_origin, reached.tenant_id, reached.tenant.name)
            parents.open(planning.job.parents, planning.runs_dir, whose, planning.job.display_name)
            record = _record(planning, run_id, parents)
            _commit(planning, directory, record, parents, console)
    except BaseException:
        discard(directory)
        lock.release()
        raise
    return NewRun(directory, record, lock)


def asked_for(job: JobOptions) -> JsonObject:
    """What the command line said of the meaning of a job's rows; by it `--run-id` knows its job again."""
    entities: list[Json] = list(job.entities)
    orgs: list[Json] = list(job.orgs)
    return {"operation": job.operation, "entities": entities, "orgs": orgs}


def _commit(
    planning: Planning, directory: Path, record: RunRecord, parents: Parents, console: Console
) -> None:
    tenant = planning.reached.tenant
    context = CompileContext(today=planning.today, org_names=tenant.orgs, marker=tenant.marker)
    meaning = Meaning(
        origin=record.act_origin,
        tenant_id=record.tenant_id,
        run_id=record.run_id,
        run_label=record.run_label,
        skip_done=planning.invocation.skip_done,
    )
    with Checkpoint.create(directory, record.to_json(), created_at=planning.now) as plan:
        # The claims are on disk before the plan is: nobody else can plan the same acts in between.
        registry = registry_of_acts(planning.runs_dir, planning=record.run_id, on_wait=noting_wait(console))
        with registry as session, contextlib.closing(Pile()) as claims:
            heritage = Heritage.at(planning.reached, planning.now)
            freezer = Freezer(meaning, context, session, parents, heritage)
            tasks = _write(plan, freezer.freeze(planning.job), claims)
            _refuse_held(freezer, planning.job)
            session.claim(record.run_id, _claims(claims))
        planning.interrupts.hold()  # up to here nothing is left behind; from here on there is a run
        plan.commit(Planned(planning.now, tasks, planning.job.row_count))


def _write(plan: PlanWriter, rows: Iterator[FrozenRow], claims: Pile) -> int:
    tasks = 0
    for row in rows:
        plan.add_row(row.row, row.line, row.source)
        for task in row.tasks:
            plan.add_task(task)
            tasks += 1
            if task.rejected is None:
                claims.add(f"{task.act} {task.number}")
    return tasks


def _claims(claims: Pile) -> Iterator[tuple[str, int]]:
    for line in claims:
        act, _, number = line.partition(" ")
        yield act, int(number)


def _refuse_held(freezer: Freezer, job: CompiledJob) -> None:
    if not freezer.refused_count:
        return
    file = job.display_name
    lines = [spelled(file, problem) for problem in freezer.refused[:_SHOWN]]
    if freezer.refused_count > _SHOWN:
        lines.append(f"and {freezer.refused_count - _SHOWN} more")
    raise JobRefused(
        "\n".join([f"{freezer.refused_count} rows are acts of earlier runs; nothing was sent", *lines]),
        "done ones are left out by --skip-done; open ones are finished by: zuora-batch resume RUN; "
        "to repeat them on purpose, add --run-label TEXT",
        [document_of(file, problem) for problem in freezer.refused],
    )


def _record(planning: Planning, run_id: str, parents: Parents) -> RunRecord:
    invocation, tenant, job = planning.invocation, planning.reached.tenant, planning.job
    assert invocation.job is not None  # noqa: S101 - for the type checker: a run always has a job
    consent = invocation.consent
    return RunRecord(
        run_id=run_id,
        run_token=secrets.token_hex(_TOKEN_BYTES),
        tenant=tenant.name,
        act_origin=planning.reached.act_origin,
        tenant_id=planning.reached.tenant_id,
        job=invocation.job.path,
        job_sha256=job.sha256,
        format=job.format,
        created_at=planning.now,
        delimiter=job.delimiter,
        header=tuple(job.header),
        entities=dict(tenant.entities),
        orgs=dict(tenant.orgs),
        run_label=parents.label(invocation.run_label),
        parent_run=parents.only_one,
        marker=tenant.marker,
        asked=asked_for(invocation.job),
        options=kept_options(invocation.launch),
        consent={"yes": consent.yes, "confirm": consent.confirm, "reason": consent.reason},
        version=runner.__version__,
    )


def discard(directory: Path) -> None:
    """Take back a directory whose plan came to nothing; what was planned stays, and whatever is not ours."""
    with contextlib.suppress(Exception):
        if not is_planned(directory):
            for name in PLANNED_NAMES:
                (directory / name).unlink(missing_ok=True)
            directory.rmdir()

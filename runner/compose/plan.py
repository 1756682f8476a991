"""`plan`: what would be sent, found out offline."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from runner.compose.compile import compile_job
from runner.compose.compiledjob import CompiledJob
from runner.compose.console import Console
from runner.compose.estimate import Pressure, Requests, duration, requests_of, seconds_of
from runner.compose.heldacts import WORDS, Held, held_acts
from runner.compose.payload import draft_of
from runner.compose.planfile import plan_document, write_plan
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenantchoice import chosen_tenant
from runner.compose.today import today_of
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json, JsonObject
from runner.core.operation import Draft
from runner.core.options import Invocation, JobOptions, LaunchOptions
from runner.core.plaintext import shown
from runner.core.tenant import Limits, Tenant
from runner.edge.output.scopenames import ScopeNames
from runner.edge.spoolentry import Entry
from runner.operations.catalog import CATALOG

_STDIN = "-"


@dataclass(slots=True)
class Census:
    """What a job holds, counted. `places` counts tasks by operation, entity and orgs, by name."""

    places: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    operations: Counter[str] = field(default_factory=Counter[str])
    numbers: Counter[str] = field(default_factory=Counter[str])
    risks: Counter[str] = field(default_factory=Counter[str])
    rejected: int = 0

    def take(self, operation: str, draft: Draft, names: ScopeNames) -> None:
        """Count one task."""
        self.operations[operation] += 1
        self.places[operation, names.entity(draft.scope) or "", names.org(draft.scope) or ""] += 1
        self.numbers[operation] += draft.fields.number is not None
        self.risks.update(draft.risks)


def plan(invocation: Invocation, output: str | None, console: Console) -> int:
    """Print what a job would send, and write it to `output` where one is given; nothing is sent. Returns 0.

    Raises:
        UserFault: the job is not valid, or the plan cannot be written.
        StorageFault: the temporary directory is full.
    """
    job_options = invocation.job
    assert job_options is not None  # noqa: S101 - for the type checker: the command line requires it
    if output is not None and job_options.path == _STDIN:
        raise UserFault(
            "-o: a plan names a file, and this job comes from standard input", hint="save it first"
        )
    tenant = chosen_tenant(invocation.site, console)
    with compile_job(job_options, tenant, today_of(tenant, SteadyClock().now())) as job:
        job.refuse_unless_valid(console)
        census = _census(job, tenant)
        found = _found(census, job, tenant, invocation.launch)
        held = held_acts(job, Path(invocation.site.runs_dir), tenant.name, invocation.run_label)
        found["held"] = list[Json](one.to_json() for one in held)
        document = plan_document(invocation, tenant.name, job, found)
        if output is not None:
            write_plan(output, document)
        console.out("\n".join([*_page(document, census, job_options), *map(_held_line, held)]))
        console.json(document)
        if output is not None:
            console.note(f"wrote {shown(output)}; run it: zuora-batch run {shown(output)}")
    return 0


def announce(job: CompiledJob, tenant: Tenant, invocation: Invocation, console: Console) -> Census:
    """Show what a run is about to do, as a plan, on standard error; returns what the job holds."""
    assert invocation.job is not None  # noqa: S101 - for the type checker: a run always has a job
    census = _census(job, tenant)
    found = _found(census, job, tenant, invocation.launch)
    document: JsonObject = {"job_sha256": job.sha256, "tenant": tenant.name, **found}
    console.note("\n".join(_page(document, census, invocation.job)))
    return census


def _census(job: CompiledJob, tenant: Tenant) -> Census:
    census = Census()
    names = ScopeNames(tenant.entities, tenant.orgs)
    for one in job.spool.in_order():
        if isinstance(one, Entry):
            census.take(one.operation, draft_of(one), names)
        else:
            census.rejected += 1
    return census


def _found(census: Census, job: CompiledJob, tenant: Tenant, launch: LaunchOptions) -> JsonObject:
    requests = requests_of(
        {CATALOG[name]: count for name, count in census.operations.items()},
        {CATALOG[name]: count for name, count in census.numbers.items()},
        launch.until,
        preflight=launch.preflight,
    )
    pressure = _pressure(tenant, launch, len({entity for _, entity, _ in census.places}))
    counts: list[Json] = [
        {"operation": operation, "entity": entity or None, "org": org or None, "tasks": count}
        for (operation, entity, org), count in sorted(census.places.items())
    ]
    risks: list[Json] = [{"risk": risk, "tasks": count} for risk, count in census.risks.most_common()]
    return {
        "rows": job.row_count,
        "tasks": job.task_count,
        "rejected": census.rejected,
        "counts": counts,
        "requests": {**cast("JsonObject", asdict(requests)), "total": requests.total},
        "estimated_seconds": round(seconds_of(requests, pressure)),
        "risks": risks,
        "warnings": list[Json](_warnings(requests, pressure.limits, job)),
    }


def _pressure(tenant: Tenant, launch: LaunchOptions, entities: int) -> Pressure:
    limits = tenant.limits
    if launch.rate_per_minute is not None:
        limits = Limits(launch.rate_per_minute, limits.per_hour, limits.per_day)
    return Pressure(limits, (launch.concurrency or tenant.concurrency) * max(1, entities))


def _warnings(requests: Requests, limits: Limits, job: CompiledJob) -> Iterator[str]:
    for limit, window in ((limits.per_hour, "hour"), (limits.per_day, "day")):
        if limit is not None and requests.total > limit:
            yield f"{requests.total} requests are more than the {limit} that are allowed in one {window}"
    if len(job.doubts):
        yield f"{len(job.doubts)} rows are in doubt by their #status, and refused by run: settle them first"
    for run in list(job.parents)[:10]:
        yield f"rows come from run {run}: they are compared with it when the job is run"


def _page(document: JsonObject, census: Census, options: JobOptions) -> Iterator[str]:
    requests = cast("Mapping[str, int]", document["requests"])
    yield f"job       {shown(options.path, 200)} (sha256 {str(document['job_sha256'])[:12]})"
    yield f"tenant    {document['tenant']}"
    yield f"rows      {document['rows']}"
    yield f"tasks     {document['tasks']}" + (f" ({census.rejected} rejected)" if census.rejected else "")
    yield ""
    yield from _table(census)
    yield ""
    parts = ", ".join(f"{count} {name}" for name, count in requests.items() if count and name != "total")
    yield f"requests  about {requests['total']} ({parts or 'none'})"
    yield f"time      at least {duration(cast('int', document['estimated_seconds']))} under the limits"
    for risk, count in census.risks.most_common():
        yield f"risk      {count} x {risk}"
    for warning in cast("list[str]", document["warnings"]):
        yield f"warning   {warning}"


def _held_line(held: Held) -> str:
    return (
        f"already   {held.tasks} {WORDS[held.kind]} by run {held.run_id} (the first: its task "
        f"{held.first_task}); run refuses them"
    )


def _table(census: Census) -> Iterator[str]:
    rows = [("operation", "entity", "org", "tasks")]
    rows += [(*place, str(count)) for place, count in sorted(census.places.items())]
    shown_rows = [tuple(shown(cell) or "-" for cell in row) for row in rows]
    wide = [max(len(row[place]) for row in shown_rows) for place in range(4)]
    for operation, entity, org, tasks in shown_rows:
        line = f"{operation:{wide[0]}}  {entity:{wide[1]}}  {org:{wide[2]}}  {tasks:>{wide[3]}}"
        yield line

"""`check`: is every row of a job valid?"""

from runner.compose.compile import compile_job
from runner.compose.compiledjob import CompiledJob
from runner.compose.console import Console
from runner.compose.findings import document_of, spelled
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenantchoice import chosen_tenant
from runner.compose.today import today_of
from runner.core.fault import USAGE
from runner.core.jsonvalue import Json
from runner.core.options import JobOptions, Site
from runner.edge.spoolentry import RejectedRow


def check(site: Site, options: JobOptions, console: Console) -> int:
    """Print every problem of a job; 2 where there is one, else 0. Raises what `compile_job` raises."""
    tenant = chosen_tenant(site, console)
    with compile_job(options, tenant, today_of(tenant, SteadyClock().now())) as job:
        count = len(job.problems)
        for problem in job.problems:
            console.out(spelled(job.display_name, problem))
        if count:
            console.note(f"{count} {'problem' if count == 1 else 'problems'} in {job.display_name}")
        else:
            _note_rejected(job, console)
            rows, tasks = _counted(job.row_count, "row"), _counted(job.task_count, "task")
            rejected = f", of which {job.rejected_count} rejected" if job.rejected_count else ""
            console.out(f"{job.display_name}: {rows}, {tasks}{rejected}, valid")
        problems: list[Json] = [document_of(job.display_name, problem) for problem in job.problems]
        console.json({"rows": job.row_count, "tasks": job.task_count, "problems": problems})
        return USAGE if count else 0


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _note_rejected(job: CompiledJob, console: Console) -> None:
    """With `--skip-invalid`: which rows are left out, and why."""
    if not job.rejected_count:
        return
    for one in job.spool.in_order():
        if isinstance(one, RejectedRow):
            console.note(f"{job.display_name}:{one.line}: left out: {one.reason}")

"""`status` and `runs`: where runs stand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from runner.compose.console import Console
from runner.compose.glance import Glance, glance_at
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json
from runner.core.options import Site
from runner.core.outcome import Status
from runner.core.plaintext import shown
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_STORAGE
from runner.edge.checkpoint.faults import UnplannedFault
from runner.edge.checkpoint.runs import find_run, list_runs

_WHAT_FOR: Final = {
    Status.UNKNOWN: "finds out what is unknown, and goes on",
    Status.ACCEPTED: "follows what was accepted to its end",
    Status.NOT_ATTEMPTED: "does the rest",
}
_FINDS_OUT: Final = "finds out what is unknown, follows what was accepted"


def show_status(site: Site, named: str | None, console: Console) -> int:
    """Show where one run stands; 0 whatever its own exit code is. Raises what `glance_at` raises."""
    glance = glance_at(find_run(Path(site.runs_dir), named))
    console.out("\n".join(_page(glance)))
    console.json(glance.to_json())
    return 0


def show_runs(site: Site, console: Console) -> int:
    """List all runs, the latest first; 0, or 5 where one cannot be read (the others are listed)."""
    glances: list[Glance] = []
    code = 0
    for place in reversed(list_runs(Path(site.runs_dir))):
        try:
            glances.append(glance_at(place.directory))
        except UnplannedFault:
            console.note(f"{place.run_id}: has no plan (yet); it has sent nothing")
        except UserFault as fault:
            console.err(f"{place.run_id}: {fault.message}")
        except StorageFault as fault:
            console.err(f"{place.run_id}: {fault}")
            code = EXIT_STORAGE
    if glances:
        console.out("\n".join(_table(glances)))
    elif not code:
        console.note(f"{site.runs_dir}: there is no run yet; zuora-batch run JOB makes one")
    documents: list[Json] = [glance.to_json() for glance in glances]
    console.json({"runs": documents})
    return code


def _page(glance: Glance) -> Iterator[str]:
    summary = glance.summary
    yield f"run       {summary.run_id} ({glance.state})"
    yield f"tenant    {summary.tenant}"
    yield f"job       {shown(summary.job, 200)}"
    if summary.parent_run:
        yield f"parent    {summary.parent_run}"
    if summary.run_label:
        yield f"label     {shown(summary.run_label)}"
    yield f"started   {summary.started_at or 'not yet'}"
    if summary.finished_at and glance.state != "running":
        yield f"rested    {summary.finished_at} (exit code {summary.exit_code})"
    yield f"tasks     {summary.tasks} of {summary.rows} rows"
    for status, count in glance.counted():
        yield f"{count:>9} {status.value}"
    if glance.state != "running":
        yield from _next_steps(glance)


def _next_steps(glance: Glance) -> Iterator[str]:
    run_id, verb = glance.summary.run_id, glance.next_verb
    statuses = [status for status, _ in glance.counted()]
    if verb is not None:
        why = next(_WHAT_FOR[status] for status in statuses if status in _WHAT_FOR)
        yield f"next      zuora-batch {verb} {run_id}   # {_FINDS_OUT if verb == 'settle' else why}"
    if Status.FAILED in statuses:
        files = shown(f"{glance.directory}/failed.*", 200)
        yield f"next      zuora-batch retry {run_id}    # or correct {files} and run that file"


def _table(glances: list[Glance]) -> Iterator[str]:
    rows = [("RUN", "STATE", "TENANT", "TASKS", "STARTED", "HOW THEY STAND")]
    rows += [
        (
            glance.summary.run_id,
            glance.state,
            glance.summary.tenant,
            str(glance.summary.tasks),
            (glance.summary.started_at or "-")[:19],
            ", ".join(f"{count} {status.value}" for status, count in glance.counted()),
        )
        for glance in glances
    ]
    wide = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()

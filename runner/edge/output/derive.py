"""Derives all files that people read from the tasks and their pasts, in one streaming pass."""

from collections.abc import Callable, Iterable
from pathlib import Path

from runner.core.history import Past
from runner.core.ledgerline import ledger_line
from runner.core.runsummary import RunFacts, Summary, SumsFault, summarise
from runner.core.task import Task
from runner.edge.output.atomic import AtomicBatch
from runner.edge.output.handedits import keep_edited, remember
from runner.edge.output.ledger import LedgerFiles
from runner.edge.output.remainder import Remainder, charges_left
from runner.edge.output.report import REPORT_HTML, report_text
from runner.edge.output.resultfiles import ResultFiles, result_names
from runner.edge.output.summary import SUMMARY_JSON, summary_text
from runner.edge.output.tally import Tally


def write_all(
    directory: Path,
    run: RunFacts,
    tasks: Iterable[tuple[Task, Past, str]],
    *,
    remainder: Remainder = charges_left,
    on_kept: Callable[[str], None] | None = None,
) -> Summary:
    """Write ledger, result files, summary and report into a run directory, all of them or none.

    `tasks` are all tasks of the plan in their order, each with its past and its row as it stood
    (`Row.source`); they are read once, and no more than a few hundred are kept in memory. The same tasks give
    the same bytes. A result file that was changed by hand is kept beside the new one, and `on_kept` is told
    the name under which.

    Raises `StorageFault` where writing fails, and `SumsFault` where the tasks are not those of the plan; what
    stood in the directory then stands as it did (but for a disk that fails while files are put in place).
    What `tasks` raises comes through likewise.
    """
    with AtomicBatch(directory) as batch:
        tally = _write_tasks(batch, run, tasks, remainder)
        summary = summarise(run, tally.counts)
        batch.file(SUMMARY_JSON).write(summary_text(summary))
        batch.file(REPORT_HTML).write(report_text(run, summary, tally))
        digests = batch.seal()
        results = {name: digests[name] for name in result_names(run.format)}
        kept = keep_edited(directory, results)
        batch.place()
    remember(directory, results)
    for name in kept:
        if on_kept is not None:
            on_kept(name)
    return summary


def _write_tasks(
    batch: AtomicBatch, run: RunFacts, tasks: Iterable[tuple[Task, Past, str]], remainder: Remainder
) -> Tally:
    ledger = LedgerFiles(batch)
    results = ResultFiles(batch, run, remainder)
    tally = Tally()
    for number, (task, past, source) in enumerate(tasks, 1):
        if task.number != number:
            raise SumsFault(f"run {run.run_id}: task {task.number} stands where task {number} belongs")
        line = ledger_line(task, past, run.tenant, run.planned_at)
        ledger.add(line)
        results.add(line, task, past, source)
        tally.add(line)
    return tally

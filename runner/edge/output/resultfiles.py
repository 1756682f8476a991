"""The six result files: one line for each task, each file a valid job file."""

from typing import Final

from runner.core.history import Past
from runner.core.job import JobFormat
from runner.core.ledgerline import LedgerLine
from runner.core.outcome import Status
from runner.core.runsummary import RunFacts
from runner.core.task import Task
from runner.edge.output.atomic import AtomicBatch
from runner.edge.output.csvresults import CsvResults
from runner.edge.output.jsonlresults import JsonlResults
from runner.edge.output.remainder import Remainder
from runner.edge.output.resultrow import ResultRow, ResultSpelling
from runner.edge.output.scopenames import ScopeNames

RESULT_STEMS: Final = {
    Status.SUCCEEDED: "succeeded",
    Status.UNCHANGED: "succeeded",
    Status.FAILED: "failed",
    Status.PARTIAL: "partial",
    Status.UNKNOWN: "unknown",
    Status.ACCEPTED: "unknown",
    Status.NOT_ATTEMPTED: "not_attempted",
    Status.REJECTED: "rejected",
}
"""The result file of each status, without its ending."""

_PARTIAL: Final = RESULT_STEMS[Status.PARTIAL]


def result_name(status: Status, job_format: JobFormat) -> str:
    """The name of the result file in which a task of this status stands."""
    return f"{RESULT_STEMS[status]}.{job_format}"


def result_names(job_format: JobFormat) -> tuple[str, ...]:
    """The names of all six."""
    return tuple(f"{stem}.{job_format}" for stem in dict.fromkeys(RESULT_STEMS.values()))


class ResultFiles:
    """The six files of one run, written side by side."""

    def __init__(self, batch: AtomicBatch, run: RunFacts, remainder: Remainder) -> None:
        self._run_id = run.run_id
        self._names = ScopeNames(run.entities, run.orgs)
        self._remainder = remainder
        self._spelling: ResultSpelling = (
            CsvResults(run.header, run.delimiter) if run.format == "csv" else JsonlResults()
        )
        stems = dict.fromkeys(RESULT_STEMS.values())
        self._files = {stem: batch.file(f"{stem}.{run.format}") for stem in stems}
        for stem, file in self._files.items():
            file.write(self._spelling.head(remainder=stem == _PARTIAL))

    def add(self, line: LedgerLine, task: Task, past: Past, source: str) -> None:
        """Add a task to the file of its status; raises `StorageFault`."""
        stem = RESULT_STEMS[line.status]
        is_partial = stem == _PARTIAL
        row = ResultRow(
            run_id=self._run_id,
            line=line,
            source=source,
            entity=self._names.entity(task.scope),
            org=self._names.org(task.scope),
            remains=self._remainder(task, past) if is_partial else None,
        )
        self._files[stem].write(self._spelling.line(row, remainder=is_partial))

"""The last lines of a launch: how it stands, where to read on, what to type next."""

from collections.abc import Iterator
from pathlib import Path

from runner.core.outcome import Status
from runner.core.plaintext import shown
from runner.core.runsummary import Summary

_PATH_MAX = 200


def last_lines(summary: Summary, directory: Path, verb: str | None, options: str) -> Iterator[str]:
    """What a person is told in the end; the last line of an unfinished run is the command to type next.

    `verb` goes on with the run, if any does. `options`: ` --config FILE` and the like, where they were given.
    """
    counted = ", ".join(
        f"{summary.counts[status]} {status.value}" for status in Status if summary.counts[status]
    )
    yield f"run {summary.run_id}: {_plural(summary.tasks, 'task')}: {counted or 'nothing to do'}"
    yield f"ledger    {shown(str(directory / 'ledger.csv'), _PATH_MAX)}"
    yield f"report    {shown(str(directory / 'report.html'), _PATH_MAX)}"
    ending = "jsonl" if (directory / "failed.jsonl").exists() else "csv"
    if summary.counts[Status.PARTIAL]:
        yield f"partial   {shown(str(directory / f'partial.{ending}'), _PATH_MAX)}: what is left of them"
    if summary.counts[Status.FAILED]:
        failed = directory / f"failed.{ending}"
        yield f"failed    {shown(str(failed), _PATH_MAX)}: correct it, then run that file"
    if verb:
        yield f"next      zuora-batch {verb} {summary.run_id}{options}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""The files that people read, derived from a checkpoint (again)."""

from pathlib import Path
from typing import Literal

from runner.compose.console import Console
from runner.compose.runrecord import RunRecord, run_facts
from runner.core.runsummary import RunFacts, Summary
from runner.core.summary import Counts, next_verb
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.output.derive import write_all


def derive_files(directory: Path, console: Console) -> Summary:
    """Write ledger, result files, summary and report of a run; the same checkpoint gives the same bytes.

    Raises:
        StorageFault: the checkpoint cannot be read, or a file cannot be written.
    """

    def kept(name: str) -> None:
        console.err(f"a result file was changed by hand; what stood there is kept: {directory / name}")

    with CheckpointReader(directory) as reader:
        return write_all(directory, facts_of(reader), reader.lines(), on_kept=kept)


def facts_of(reader: CheckpointReader) -> RunFacts:
    """What a checkpoint says of its run as a whole."""
    return run_facts(RunRecord.from_json(reader.meta()), reader.run_events())


def verb_after(reader: CheckpointReader, counts: Counts) -> Literal["resume", "settle"] | None:
    """The command that goes on with a run of these counts; None where none does."""
    record = RunRecord.from_json(reader.meta())
    follows = record.options.get("until") != "accepted"
    return next_verb(counts, ended=reader.is_ended(), follows=follows)

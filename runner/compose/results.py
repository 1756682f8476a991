"""`results`: everything that people read of a run, derived from its checkpoint again."""

from pathlib import Path

from runner.compose.console import Console
from runner.compose.derive import derive_files
from runner.compose.steadyclock import SteadyClock
from runner.core.options import Site
from runner.core.plaintext import shown
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.runs import find_run
from runner.edge.output.ledger import LEDGER_CSV, LEDGER_JSONL


def write_results(site: Site, named: str | None, ledger_format: str | None, console: Console) -> int:
    """Write all files of a run anew, and print the ledger where a format is given; 0.

    Raises:
        UserFault: there is no such run, or another process holds it (6).
        StorageFault: the run cannot be read, or its files cannot be written.
    """
    directory = find_run(Path(site.runs_dir), named)
    with RunLock.acquire(directory, SteadyClock().now()):
        summary = derive_files(directory, console)
    if ledger_format is None:
        home = shown(str(directory), 200)
        console.out(f"{home}: ledger, result files, summary.json and report.html are written")
    else:
        name = LEDGER_CSV if ledger_format == "csv" else LEDGER_JSONL
        with (directory / name).open(encoding="utf-8", newline="") as stream:
            for line in stream:
                console.out(line.rstrip("\r\n"))
    console.json(summary.to_json())
    return 0

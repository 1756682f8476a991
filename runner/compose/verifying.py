"""`verify`: whether a checkpoint is whole, and the ledger follows from it."""

import filecmp
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from runner.compose.console import Console
from runner.compose.derive import facts_of
from runner.core.event import Launched, Rested
from runner.core.jsonvalue import Json
from runner.core.options import Site
from runner.core.summary import EXIT_OK, EXIT_STORAGE
from runner.edge.checkpoint.head import read_head
from runner.edge.checkpoint.lock import is_held
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run
from runner.edge.output.derive import write_all

_DERIVED: Final = ("ledger.jsonl", "ledger.csv", "summary.json")


def verify(site: Site, named: str | None, console: Console) -> int:
    """Check everything and say what is wrong; 0, or 5 where anything is.

    Raises:
        UserFault: there is no such run.
        StorageFault: the checkpoint cannot even be opened.
    """
    directory = find_run(Path(site.runs_dir), named)
    with CheckpointReader(directory) as reader:
        problems = list(reader.verify())
        if not problems and not is_held(directory):
            differing = list(_differing(directory, reader))
            if _rested(reader):
                problems += differing
            elif differing:
                console.note(
                    f"{directory.name}: was killed before its files were written; resume writes them"
                )
        head = read_head(directory)
    for problem in problems:
        console.out(f"{directory.name}: {problem}")
    if not problems:
        console.out(f"{directory.name}: the checkpoint is whole, and the ledger follows from it")
        console.out(f"head      event {head.seq}, {head.hash}" if head else "head      none")
    found: list[Json] = list(problems)
    code = EXIT_STORAGE if problems else EXIT_OK
    console.json({"run_id": directory.name, "problems": found, "exit_code": code})
    return code


def _rested(reader: CheckpointReader) -> bool:
    """Whether the last launch came to its end, at which it writes the files; a killed one could not."""
    launches = [event for event in reader.run_events() if isinstance(event, Launched | Rested)]
    return bool(launches) and isinstance(launches[-1], Rested)


def _differing(directory: Path, reader: CheckpointReader) -> Iterator[str]:
    """Derive the files once more, elsewhere, and compare them with those that stand there."""
    with tempfile.TemporaryDirectory(prefix="zuora-batch-") as place:
        again = Path(place)
        write_all(again, facts_of(reader), reader.lines())
        for name in _DERIVED:
            standing = directory / name
            if not standing.exists():
                yield f"{name} is missing; zuora-batch results {directory.name} writes it again"
            elif not _same(standing, again / name):
                yield f"{name} does not follow from the checkpoint; zuora-batch results writes it again"


def _same(standing: Path, derived: Path) -> bool:
    """Whether two files have the same bytes; one that cannot be read has not."""
    try:
        return filecmp.cmp(standing, derived, shallow=False)
    except OSError:
        return False

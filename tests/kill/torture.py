"""The long form: `python -m tests.kill --kills N --operations M --seed S`."""

import argparse
import tempfile
from pathlib import Path

from tests.kill.nights import Torture, torture
from tests.kill.verdicts import WRONG

OPERATIONS_PER_KILL = 75
_PORTION = 100
"""So many kills are done on one tenant; the next ones begin with an empty one."""


def many_kills(kills: int, operations: int, seed: int) -> Torture:
    """So many kills over so many operations in all, on a fresh tenant now and then."""
    whole = Torture(kills, operations, seed)
    for first in range(0, kills, _PORTION):
        part = min(_PORTION, kills - first)
        share = -(-operations * part // kills)
        with tempfile.TemporaryDirectory(prefix="zbr-kill-") as directory:
            done = torture(Path(directory), Torture(part, share, seed + first))
        whole.killed += done.killed
        whole.launches += done.launches
        whole.seconds += done.seconds
        whole.counts.update(done.counts)
        whole.words += done.words
    return whole


def figures(done: Torture) -> dict[str, int]:
    """What was run and what was found, by name."""
    run = {"kills": done.killed, "launches": done.launches, "operations": done.counts["tasks"]}
    statuses = {name: number for name, number in done.counts.items() if name not in (*WRONG, "tasks")}
    found = {name: done.counts[name] for name in WRONG}
    return {**run, **statuses, **found, "seconds": round(done.seconds)}


def main() -> int:
    """Torture, print what was wrong and the figures; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--operations", type=int, default=None, help="default: 75 for each kill")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    operations = asked.operations if asked.operations is not None else OPERATIONS_PER_KILL * asked.kills
    done = many_kills(asked.kills, operations, asked.seed)
    for line in done.words:
        print(line)  # noqa: T201
    for name, number in figures(done).items():
        print(f"{name:<28}{number:>12,}")  # noqa: T201
    return 1 if done.words else 0

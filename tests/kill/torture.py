"""The long form of the random kills: `python -m tests.kill --kills N --operations M --seed S`."""

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
    return {**run, **statuses, **found, "violations": len(done.words), "seconds": round(done.seconds)}

"""The whole matrix: `python -m tests.matrix --seed S`."""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import chain
from typing import Final, TypeAlias

from tests.matrix.billruns import BILL_RUNS
from tests.matrix.cells import Variety, cell, places_of
from tests.matrix.faults import ROWS
from tests.matrix.lanes import LANES
from tests.matrix.meaning import RUNS_AND_SCHEDULES
from tests.matrix.play import Play
from tests.matrix.sequences import SEQUENCES
from tests.matrix.sockets import socket_cells
from tests.matrix.stage import Wrong, perform

KINDS: Final = (
    "status", "exit code", "stop", "time", "reason", "writes", "effects", "attempts", "keys", "early", "late",
    "read-back", "checker", "socket",
)  # fmt: skip
"""What may be wrong with a cell."""
GOOD: Final = "cells as the tables say"
Played: TypeAlias = tuple[int, list[Wrong]]
VARIED: Final = 150
"""So many cells of the tables are drawn for each variety of the tenant."""
_PORTION: Final = 40


def varieties() -> Iterator[tuple[str, Variety]]:
    """Tenants that keep keys otherwise, are slower or faster, and effects that come sooner or later."""
    yes_no = ("true", "false")
    for store_429 in yes_no:
        for store_5xx in yes_no:
            for store_gateway in yes_no:
                for replay in yes_no:
                    text = (
                        f"[keys]\nstore_429 = {store_429}\nstore_5xx = {store_5xx}\n"
                        f"store_gateway = {store_gateway}\nreplay_track_id = {replay}\n"
                    )
                    yield text.replace("\n", " "), Variety(text)
    for after_s in (0.5, 119.0):
        yield f"late by {after_s:g} s", Variety(after_s=after_s)
    for speed in (1, 100):
        # The last read before a struck write takes 1 to 4 latencies: the SIGINT comes after it for all.
        for latency_s, sigint_s in ((0.05, 0.6), (0.3, 1.25)):
            text = f"[tenant]\nspeed = {speed}\nseed = {speed}\nlatency_s = {latency_s}\n"
            yield text.replace("\n", " "), Variety(text, sigint_s=sigint_s)


def written_out() -> Iterator[Play]:
    """The cells that are no product: sequences, lanes, and what the server does later."""
    for part in (*SEQUENCES, *LANES, *BILL_RUNS, *RUNS_AND_SCHEDULES):
        yield from part()


def all_cells(seed: int) -> Iterator[Play]:
    """The whole tables on the plain tenant, the cells that are written out, and a draw for each variety."""
    yield from written_out()
    places = list(places_of(ROWS))
    yield from (cell(*place) for place in places)
    chance = random.Random(seed)  # noqa: S311 - which cells are played, no secret
    for name, variety in varieties():
        for place in chance.sample(places, VARIED):
            play = cell(*place, variety)
            yield play.named(f"{play.name} [{name.strip()}]")


@cache
def listed(seed: int) -> tuple[Play, ...]:
    """All of them; made once in each process."""
    return tuple(all_cells(seed))


def perform_some(seed: int, places: range) -> Played:
    """Play a portion of all cells: how many there were, and what was wrong with them."""
    plays = listed(seed)[places.start : places.stop]
    return len(plays), list(chain.from_iterable(map(perform, plays)))


def on_sockets() -> Played:
    """The cells that need a real socket."""
    cells = list(socket_cells())
    found = [(name, asyncio.run(_met(met))) for name, met in cells]
    return len(cells), [Wrong(name, "socket", what) for name, wrong in found for what in wrong]


async def _met(met: Callable[[], Awaitable[list[str]]]) -> list[str]:
    return await met()


def counted(parts: Iterable[Played], sums: Counter[str]) -> None:
    """Add what was played and what was wrong, and print each of those."""
    for cells, wrong in parts:
        sums["cells"] += cells
        sums[GOOD] += cells - len({each.cell for each in wrong})
        for each in wrong:
            print(each)  # noqa: T201
            sums["violations"] += 1
            sums[f"violations: {each.kind}"] += 1


def figures(seed: int = 0, processes: int | None = None) -> Counter[str]:
    """Play every cell on all cores; prints what is wrong, returns the numbers."""
    sums: Counter[str] = Counter(dict.fromkeys(("cells", GOOD, "violations"), 0))
    sums.update(dict.fromkeys((f"violations: {kind}" for kind in KINDS), 0))
    count = len(listed(seed))
    portions = [range(first, min(first + _PORTION, count)) for first in range(0, count, _PORTION)]
    with ProcessPoolExecutor(processes) as pool:
        counted(pool.map(perform_some, [seed] * len(portions), portions), sums)
    counted([on_sockets()], sums)
    return sums


def main() -> int:
    """Play it, print the figures; 1 if anything is not as the tables say."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=None)
    asked = parser.parse_args()
    sums = figures(asked.seed, asked.processes)
    for name, number in sums.items():
        print(f"{name:<28}{number:>12,}")  # noqa: T201
    return 1 if sums["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

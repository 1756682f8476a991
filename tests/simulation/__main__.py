"""Many histories at once: `python -m tests.simulation --histories N --seed S`."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain

from tests.simulation.histories import Told, tell

_PORTION = 50
NAMES = ("histories", "tasks", "launches", "requests", "writes", "simulated hours", "violations")


def tell_some(seeds: range) -> list[Told]:
    """The histories of some seeds, without the logs of those in which nothing is wrong."""
    return [told if told.found else replace(told, log="") for told in map(_tell_whole, seeds)]


def _tell_whole(seed: int) -> Told:
    """The history of a seed; one that breaks down is told as such, so that the others go on."""
    try:
        return tell(seed)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what was found
        return Told(seed, {"broke down": [repr(fault)]}, {}, 0, 0, 0, 0.0, "")


def figures(told: Iterable[Told]) -> Counter[str]:
    """The sums of all histories; `violations` counts what the judge found, by kind as well."""
    sums: Counter[str] = Counter()
    for each in told:
        sums["histories"] += 1
        sums["launches"] += each.launches
        sums["requests"] += each.requests
        sums["writes"] += each.writes
        sums["tasks"] += sum(each.statuses.values())
        sums["simulated hours"] += round(each.simulated_s / 3600)
        for kind, where in each.found.items():
            sums["violations"] += len(where)
            sums[f"violations: {kind}"] += len(where)
    return sums


def tell_many(histories: int, seed: int, processes: int | None = None, *, show: bool = False) -> Counter[str]:
    """Tell so many histories on all cores; prints those in which something is wrong, returns the figures."""
    begun, end = time.monotonic(), seed + histories
    portions = [range(first, min(first + _PORTION, end)) for first in range(seed, end, _PORTION)]
    sums: Counter[str] = Counter(dict.fromkeys(NAMES, 0))
    with ProcessPoolExecutor(processes) as pool:
        for told in chain.from_iterable(pool.map(tell_some, portions)):
            sums.update(figures([told]))
            if told.found:
                print(f"seed {told.seed}: {told.found}" + (f"\n{told.log}" if show else ""))  # noqa: T201
    sums["seconds"] = round(time.monotonic() - begun)
    return sums


def main() -> int:
    """Tell the histories, print the figures; 1 if the judge found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--show", action="store_true", help="print the events of histories that are wrong")
    asked = parser.parse_args()
    sums = tell_many(asked.histories, asked.seed, asked.processes, show=asked.show)
    for name, number in sums.items():
        print(f"{name:<28}{number:>12,}")  # noqa: T201
    return 1 if sums["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

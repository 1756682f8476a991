"""The long form: `python -m tests.acts --sequences N --seed S`."""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain

from tests.acts.sequences import some, sums
from tests.acts.story import Story

_PORTION = 10
DONE_TWICE = "violations: done twice"
"""Of the table: acts done twice by a job that is run again, corrected, by two programs, days later."""


def figures(sequences: int, seed: int, processes: int | None = None) -> Counter[str]:
    """Tell so many sequences on all cores; prints each violation as it is found, returns the figures."""
    begun, end = time.monotonic(), seed + sequences
    portions = [range(first, min(first + _PORTION, end)) for first in range(seed, end, _PORTION)]
    with ProcessPoolExecutor(processes) as pool:
        found = sums(_shown(chain.from_iterable(pool.map(_without_grounds, portions))))
    found["seconds"] = round(time.monotonic() - begun)
    return found


def _without_grounds(seeds: range) -> list[Story]:
    """Stories as they can be sent to another process."""
    stories = some(seeds)
    for story in stories:
        del story.ground
    return stories


def _shown(stories: Iterator[Story]) -> Iterator[Story]:
    for story in stories:
        if story.found:
            print(f"seed {story.seed}: {story.found}\n" + "\n".join(story.log))  # noqa: T201
        yield story


def main() -> int:
    """Tell the sequences, print the figures; 1 if the judge found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.acts", description=__doc__)
    parser.add_argument("--sequences", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=None)
    asked = parser.parse_args()
    found = figures(asked.sequences, asked.seed, asked.processes)
    for name, number in found.items():
        print(f"{name:<42}{number:>12,}")  # noqa: T201
    return 1 if found["violations"] else 0

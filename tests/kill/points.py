"""The long form of the named points: each of them x first, middle and last call, and pairs of them."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import product

from tests.kill.cases import Case, Kill, calls_of_each_point, carry_out
from tests.kill.places import PLACES
from tests.kill.verdicts import WRONG


def singles(calls: Counter[str]) -> Iterator[Case]:
    """Each point at its first, its middle and its last call."""
    for point in PLACES:
        last = calls[point]
        for nth in sorted({1, (last + 1) // 2, last} - {0}):
            yield (Kill(point, nth),)


def pairs(calls: Counter[str], again: Counter[str], number: int, seed: int) -> list[Case]:
    """So many pairs by chance: the middle call of one point, then the first or middle one in the recovery."""
    firsts = [Kill(point, (calls[point] + 1) // 2) for point in PLACES if calls[point]]
    seconds = sorted(
        {(point, nth) for point in PLACES for nth in (1, (again[point] + 1) // 2) if again[point]}
    )
    both = product(firsts, (Kill(*second) for second in seconds))
    every = [(first, second) for first, second in both if _may_follow(first, second)]
    return random.Random(seed).sample(every, min(number, len(every)))  # noqa: S311 - a test, no secret


def _may_follow(first: Kill, second: Kill) -> bool:
    """Whether a launch after a kill at one point comes to another: a finished run has only its files left."""
    return PLACES[first.point].model not in {"K13", "K14"} or PLACES[second.point].model in {"K1", "K14"}


def figures(pairs_max: int = 400, seed: int = 0, *, together: int = 4) -> Counter[str]:
    """Kill at every point, and at so many pairs of points; what was run and what was found."""
    calls, again = calls_of_each_point(seed)
    alone = list(singles(calls))
    both = pairs(calls, again, pairs_max, seed)
    done = carry_out([*alone, *both], seed, together=together)
    for line in done.words:
        print(line)  # noqa: T201
    for line in done.missed:
        print(f"not reached: {line}")  # noqa: T201
    found: Counter[str] = Counter()
    found["points"] = len({kill.point for case in alone for kill in case})
    found["points never come to"] = len(PLACES) - found["points"]
    found |= {"cases of one kill": len(alone), "cases of two kills": len(both), "kills": done.kills}
    found["kills not reached"] = len(done.missed)
    found["launches"] = done.launches
    found |= {name: number for name, number in done.counts.items() if name not in WRONG}
    found |= {f"violations: {name}": done.counts[name] for name in WRONG}
    found["violations"] = len(done.words)
    return found

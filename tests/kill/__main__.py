"""The long forms: `python -m tests.kill [random|points|syscalls|races] ...`."""

import argparse
import sys
from collections.abc import Mapping

from tests.kill import points, runners, syscalls, torture


def main() -> int:
    """Carry out one of them, print what was wrong and the figures; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument(
        "part", nargs="?", choices=["random", "points", "syscalls", "races"], default="random"
    )
    parser.add_argument("--kills", type=int, default=100, help="random, syscalls: so many")
    parser.add_argument("--operations", type=int, default=None, help="random: in all; 75 for each kill")
    parser.add_argument("--pairs", type=int, default=400, help="points: so many pairs of them")
    parser.add_argument("--races", type=int, default=20, help="races: so many of each kind")
    parser.add_argument("--seed", type=int, default=0)
    found = _figures(parser.parse_args())
    for name, number in found.items():
        print(f"{name:<44}{number:>12,}")  # noqa: T201
    return int(any(number for name, number in found.items() if name.startswith("violations")))


def _figures(asked: argparse.Namespace) -> Mapping[str, int]:
    match asked.part:
        case "points":
            return points.figures(asked.pairs, asked.seed)
        case "syscalls":
            return syscalls.figures(asked.kills, asked.seed)
        case "races":
            return runners.figures(asked.races, asked.seed)
        case _:
            operations = asked.operations or torture.OPERATIONS_PER_KILL * asked.kills
            done = torture.many_kills(asked.kills, operations, asked.seed)
            for line in done.words:
                print(line)  # noqa: T201
            return torture.figures(done)


if __name__ == "__main__":
    sys.exit(main())

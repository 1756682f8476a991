"""The long form of the simulation and of the kills, in one table: `python -m tests.torture`."""

import argparse
import sys

from tests.kill.torture import OPERATIONS_PER_KILL, figures, many_kills
from tests.simulation.__main__ import tell_many


def main() -> int:
    """Run both, print what was run and what was found; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--histories", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    told = tell_many(asked.histories, asked.seed)
    killed = many_kills(asked.kills, OPERATIONS_PER_KILL * asked.kills, asked.seed)
    for line in killed.words:
        print(line)  # noqa: T201
    rows = [("simulation", told), ("kill -9", figures(killed))]
    print(f"\n{'part':<12}{'figure':<30}{'number':>14}")  # noqa: T201
    for part, numbers in rows:
        for name, number in numbers.items():
            print(f"{part:<12}{name:<30}{number:>14,}")  # noqa: T201
    return 1 if told["violations"] or killed.words else 0


if __name__ == "__main__":
    sys.exit(main())

"""The long form: `python -m tests.fuzz --files N --seed S`."""

import argparse
import sys

from tests.fuzz.torture import figures


def main() -> int:
    """Fuzz, print what was wrong and the figures; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=None, help="default: one for each core")
    asked = parser.parse_args()
    sums = figures(asked.files, asked.seed, asked.processes)
    for name, number in sums.items():
        print(f"{name:<28}{number:>12,}")  # noqa: T201
    return 1 if sums["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

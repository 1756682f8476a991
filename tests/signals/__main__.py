"""`python -m tests.signals --signals N --seed S`."""

import argparse
import sys

from tests.signals.launches import figures


def main() -> int:
    """Strike, print the figures; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.signals", description=__doc__)
    parser.add_argument("--signals", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = figures(asked.signals, asked.seed)
    for name, number in found.items():
        print(f"{name:<44}{number:>12,}")  # noqa: T201
    return int(found["violations"] > 0)


if __name__ == "__main__":
    sys.exit(main())

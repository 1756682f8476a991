"""`python -m tests.order --sends N --seed S`."""

import argparse
import sys

from tests.order.watching import SENDS, figures


def main() -> int:
    """Watch, print the figures; 1 if anything was out of order."""
    parser = argparse.ArgumentParser(prog="python -m tests.order", description=__doc__)
    parser.add_argument("--sends", type=int, default=SENDS)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = figures(asked.sends, asked.seed)
    for name, number in found.items():
        print(f"{name:<44}{number:>12,}")  # noqa: T201
    return int(any(number for name, number in found.items() if name.startswith("violations")))


if __name__ == "__main__":
    sys.exit(main())

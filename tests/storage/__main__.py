"""The long form: `python -m tests.storage --damages N --images M --edits K --seed S`."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

from tests.storage.damage import damages as damage_some
from tests.storage.damage import edits as edit_some
from tests.storage.nights import nights
from tests.storage.powercut import power_cuts
from tests.storage.smalldisk import small_disks
from tests.storage.sweep import Swept, sweep

DAMAGES = 10_000
IMAGES = 100_000
EDITS = 1_000


def figures(
    seed: int = 0,
    damages: int = DAMAGES,
    images: int = IMAGES,
    edits: int = EDITS,
    cases: int | None = None,
) -> Counter[str]:
    """Do all of it, print what is wrong as it is found, and count; what begins with `violations` must be 0.

    `cases`: so many faults of each sweep; None: every write, sync, truncation and opening there is.
    """
    parts: dict[str, Callable[[], Swept]] = {
        "faults under a launch": lambda: sweep(cases, seed),
        "failing reads": lambda: sweep(cases, seed, reads=True),
        "faults under a command": lambda: nights(cases, seed),
        "small disks": small_disks,
        "power cuts": lambda: power_cuts(images, seed),
        "damage": lambda: damage_some(damages, seed),
        "edits": lambda: edit_some(edits, seed),
    }
    sums: Counter[str] = Counter({"violations": 0})
    begun = time.monotonic()
    for part, do in parts.items():
        swept = do()
        for word in swept.words:
            print(f"{part}: {word}")  # noqa: T201
        for name, number in swept.figures.items():
            together = name == "violations" or name.startswith("violations:")
            sums[name if together else f"{part}: {name}"] += number
    sums["events lost after acknowledgement"] = (
        sums["violations: events lost"] + sums["violations: promised events lost"]
    )
    sums["requests after the first error"] = sums["faults under a launch: requests after the first error"]
    sums["seconds"] = round(time.monotonic() - begun)
    return sums


def main() -> int:
    """Do it, print the figures; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.storage", description=__doc__)
    parser.add_argument("--damages", type=int, default=DAMAGES)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--edits", type=int, default=EDITS)
    parser.add_argument("--cases", type=int, default=None, help="of each sweep; default: every fault")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    sums = figures(asked.seed, asked.damages, asked.images, asked.edits, asked.cases)
    for name, number in sums.items():
        print(f"{name:<60}{number:>12,}")  # noqa: T201
    return 1 if sums["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

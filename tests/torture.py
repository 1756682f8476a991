"""The long forms of the whole harness, in one table: `python -m tests.torture` (`make torture`).

Each part runs in its turn and prints what is wrong as it finds it; in the end all figures
stand in one table. A figure whose name begins with `violations` has to be 0.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, TypeAlias

Figures: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of it: the sizes of the issue's table by default."""

    seed: int
    histories: int
    kills: int
    files: int
    damages: int
    sequences: int


def _told(sizes: Sizes) -> Figures:
    return import_module("tests.simulation.__main__").tell_many(sizes.histories, sizes.seed)


def _killed(sizes: Sizes) -> Figures:
    torture = import_module("tests.kill.torture")
    done = torture.many_kills(sizes.kills, torture.OPERATIONS_PER_KILL * sizes.kills, sizes.seed)
    for line in done.words:
        print(line)  # noqa: T201
    return {**torture.figures(done), "violations": len(done.words)}


def _of(module: str, *arguments: str) -> Callable[[Sizes], Figures]:
    """The `figures` of a part, with these sizes for its arguments of the same name."""

    def figures(sizes: Sizes) -> Figures:
        return import_module(module).figures(**{name: getattr(sizes, name) for name in arguments})

    return figures


PARTS: Final[Mapping[str, Callable[[Sizes], Figures]]] = {
    "simulation": _told,
    "fault matrix": _of("tests.matrix.__main__", "seed"),
    "storage": _of("tests.storage.__main__", "seed", "damages"),
    "acts": _of("tests.acts.torture", "sequences", "seed"),
    "hostile files": _of("tests.fuzz.torture", "files", "seed"),
    "security": _of("tests.security.figures", "seed"),
    "order": _of("tests.order.watching", "seed"),
    "two runners": _of("tests.kill.runners", "seed"),
    "kill points": _of("tests.kill.points", "seed"),
    "kill system calls": _of("tests.kill.syscalls", "seed"),
    "signals": _of("tests.signals.launches", "seed"),
    "kill -9": _killed,
    "planted bugs": _of("tests.planted.__main__", "seed"),
}


def violations(figures: Figures) -> int:
    """How much is wrong."""
    return sum(number for name, number in figures.items() if name.startswith("violations"))


def main() -> int:
    """Run all parts, or those that are named; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="repeatable; default: all parts")
    for name, size in (
        ("histories", 20_000), ("kills", 500), ("files", 1_000_000), ("damages", 10_000), ("sequences", 200),
        ("seed", 0),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=size)
    asked = vars(parser.parse_args())
    parts = asked.pop("only") or list(PARTS)
    sizes, table = Sizes(**asked), dict[str, Figures]()
    for part in parts:
        begun = time.monotonic()
        found = PARTS[part](sizes)
        table[part] = {**found, "seconds": round(time.monotonic() - begun)}
        print(f"{part}: {'sound' if not violations(found) else 'WRONG'}", flush=True)  # noqa: T201
    print(f"\n{'part':<20}{'figure':<50}{'number':>14}")  # noqa: T201
    for part, figures in table.items():
        for name, number in figures.items():
            print(f"{part:<20}{name:<50}{number:>14,}")  # noqa: T201
    return 1 if any(violations(figures) for figures in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

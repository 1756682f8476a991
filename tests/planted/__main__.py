"""`python -m tests.planted`: plants each bug in a process of its own, and shows who catches it."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.planted.bugs import BUGS
from tests.planted.seek import Caught, seek

ROOT = Path(__file__).resolve().parents[2]


def caught(name: str, seed: int) -> Caught:
    """What a process of its own says of one bug."""
    command = [sys.executable, "-m", "tests.planted", "--bug", name, "--seed", str(seed)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{name}: {ended.stderr[-2000:]}")
    return Caught(*json.loads(ended.stdout.splitlines()[-1]))


def figures(seed: int = 0) -> Counter[str]:
    """Plant them all, print a line for each; what was not caught is a violation."""
    sums: Counter[str] = Counter({"planted bugs": len(BUGS), "caught": 0, "violations": 0})
    for name, bug in BUGS.items():
        how = caught(name, seed)
        sums["caught" if how.by else "violations"] += 1
        told = f"{how.by}: {how.first}" if how.by else "NOT CAUGHT"
        print(f"{name:<28}{how.seconds:>6.1f} s  {told}")  # noqa: T201
        if not how.by:
            print(f"{'':<28}{bug.what}; it was looked for by {bug.judge}")  # noqa: T201
    return sums


def main() -> int:
    """Plant all bugs, or one of them in this process; 1 if any was not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("--bug", choices=BUGS, help="only this one, in this process; prints JSON")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.bug is not None:
        print(json.dumps(seek(asked.bug, asked.seed)))  # noqa: T201
        return 0
    sums = figures(asked.seed)
    print(f"{sums['caught']} of {sums['planted bugs']} caught")  # noqa: T201
    return 1 if sums["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""The long form: `python -m tests.kill --kills 500`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.kill.harness import kill_again_and_again

ROUND = 20
"""Kills for each job; further kills go on with further jobs."""


def main() -> int:
    """Print a line for each job; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    total = found = 0
    for number in range(max(1, given.kills // ROUND)):
        with tempfile.TemporaryDirectory(prefix="zuora-batch-kill-") as name:
            outcome = kill_again_and_again(
                Path(name), kills=min(ROUND, given.kills), rows=given.rows, seed=given.seed + number
            )
        total += outcome.kills
        found += outcome.findings.any()
        seconds = round(outcome.seconds)
        _tell(f"seed {given.seed + number}: {outcome.kills} kills, {seconds} s, {outcome.findings}")
    _tell(f"{total} kills over {given.rows} operations a job: {found} jobs with findings")
    return int(found > 0)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

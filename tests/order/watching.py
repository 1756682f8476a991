"""Runs the real program under strace, and judges its trace."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from tests.kill.ground import lay_out
from tests.kill.program import program_in
from tests.order.trace import CALLS, Judged, judged

SENDS: Final = 200
_CONTROL_OPERATIONS: Final = 24
_ENDED: Final = frozenset({0, 1, 3, 4})
_TIMEOUT_S: Final = 600.0


def has_strace() -> bool:
    """Whether this machine has the tool."""
    return shutil.which("strace") is not None


def watch(operations: int, seed: int, plant: str | None = None) -> Judged:
    """Run a job of so many operations under strace; `plant` is a planted bug."""
    with tempfile.TemporaryDirectory(prefix="zbr-order-") as folder:
        directory = Path(folder)
        (job,) = lay_out(directory, jobs=1, operations=operations, seed=seed)
        trace = directory / "trace"
        strace = ["strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-o", str(trace)]
        module = ("runner",) if plant is None else ("tests.kill.pointed", plant, "0", "--")
        with program_in(directory) as program:
            # The tenant is started by another command: what it does is not traced.
            assert program.run("doctor").code == 0
            process = program.start_cold(
                "run", str(job), before=[*strace, "-e", f"trace={','.join(CALLS)}"], module=module
            )
            out, _ = process.communicate(timeout=_TIMEOUT_S)
            assert process.returncode in _ENDED, out
        with trace.open(encoding="ascii", errors="replace") as lines:
            return judged(lines)


def figures(sends: int = SENDS, seed: int = 0) -> Counter[str]:
    """At least so many sends, all in order; and two programs made wrong, in which the judge must see it."""
    if not has_strace():
        print("order of fsync and send: skipped, this machine has no strace")  # noqa: T201
        return Counter({"skipped (no strace)": 1, "violations": 0})
    found: Counter[str] = Counter()
    while found["sends"] < sends:
        seen = watch(sends, seed + found["launches"])
        found["launches"] += 1
        found["sends"] += len(seen.sends)
        found["violations"] += len(seen.words)
        for line in seen.words:
            print(line)  # noqa: T201
    found["in order"] = found["sends"] - found["violations"]
    for plant in ("sends_first", "unsynced"):
        wrong = len(watch(_CONTROL_OPERATIONS, seed, plant).words)
        found[f"seen where planted: {plant}"] = wrong
        found["violations: a planted bug was not seen"] += not wrong
    return found

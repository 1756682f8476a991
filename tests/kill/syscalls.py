"""The long form of kills at system calls: the nth write, sync, unlink, rename or send of the whole program.

strace delivers the kill, exactly at the call; where it is absent this part says so. It finds the places that
no function of the program has, such as the middle of what SQLite does.
"""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.kill.cases import OPERATIONS, finish
from tests.kill.ground import ONE_OF_EACH, lay_out
from tests.kill.nights import FINISHED
from tests.kill.program import Program
from tests.kill.verdicts import WRONG, judge
from tests.kill.wired import wired_program_in

CALLS: Final = {
    "pwrite64": 160, "fdatasync": 40, "fsync": 30, "unlink": 24, "rename": 12, "ftruncate": 6, "sendto": 90,
}  # fmt: skip
"""How often a job of 24 rows makes each call, about; a kill that would come later is a launch that ends."""
_TOGETHER: Final = 40
_TIMEOUT_S: Final = 180.0


def at_random(number: int, seed: int) -> Iterator[tuple[str, int]]:
    """So many calls, each kind in turn; early ones first, since there the program makes its files."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    names = list(CALLS)
    for index in range(number):
        name = names[index % len(names)]
        early = index // len(names) + 1
        yield name, early if early <= min(CALLS[name], 24) else chance.randint(1, CALLS[name])


def figures(kills: int = 160, seed: int = 0, *, together: int = 4) -> Counter[str]:
    """So many launches, each killed at one system call, resumed to their ends and judged."""
    if shutil.which("strace") is None:
        print("kills at system calls: skipped, this machine has no strace")  # noqa: T201
        return Counter({"skipped (no strace)": 1, "violations": 0})
    found: Counter[str] = Counter({"violations": 0})
    every = list(at_random(kills, seed))
    for first in range(0, kills, _TOGETHER):
        some = every[first : first + _TOGETHER]
        with tempfile.TemporaryDirectory(prefix="zbr-syscalls-") as folder:
            directory, size = Path(folder), len(some)
            jobs = lay_out(
                directory, jobs=size, operations=OPERATIONS, seed=seed + first, faults="", each=ONE_OF_EACH
            )
            with wired_program_in(directory) as (program, wire), ThreadPoolExecutor(together) as pool:
                told = [pool.submit(_one, program, *each) for each in zip(jobs, some, strict=True)]
                for each in told:
                    found += each.result()
                found["violations"] += len(wire.counted.violations())
    return found


def _one(program: Program, job: Path, call: tuple[str, int]) -> Counter[str]:
    """One launch, killed at a call; what was found."""
    name, nth = call
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}"]
    process = program.start_cold(
        "run", str(job), "--run-id", job.stem, before=[*strace, "-e", f"inject={name}:signal=KILL:when={nth}"]
    )
    process.communicate(timeout=_TIMEOUT_S)
    _, ended = finish(program, job, random.Random(nth))  # noqa: S311 - a test, no secret
    words = [] if ended.code in FINISHED else [f"resumed, it ended with {ended.code}:\n{ended.out}"]
    counts, more = judge(program.runs / job.stem, program.tenant) if not words else (Counter[str](), [])
    for line in words + more:
        print(f"{name} {nth}: {line}")  # noqa: T201
    found = Counter({f"violations: {name}": counts[name] for name in WRONG})
    found += Counter({"launches": 1, "kills": process.returncode < 0, "tasks": counts["tasks"]})
    return found + Counter({"violations": len(words + more)})

"""Two programs at once: races for a run, for a job, for a run id; who wins, who loses, and how."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.kill.ground import lay_out
from tests.kill.nights import FINISHED, OPEN
from tests.kill.program import Program
from tests.kill.verdicts import WRONG, judge
from tests.kill.watch import sent_so_far, wait_until
from tests.kill.wired import wired_program_in

HELD: Final = 6
REFUSED: Final = 2
LOSES_WITHIN_S: Final = 1.0
_TIMEOUT_S: Final = 180.0
_ROUNDS_MAX: Final = 8


@dataclass(slots=True)
class Raced:
    """How a race ended: exit codes and what the programs said, and the run that came of it."""

    run: str
    codes: list[int]
    outs: list[str]
    loser_s: float = 0.0
    words: list[str] = field(default_factory=list[str])


def at_once(program: Program, run: str, *commands: tuple[str, ...]) -> Raced:
    """Start programs at once, and wait for all of them."""
    processes = [program.start(*command) for command in commands]
    ends = [process.end(_TIMEOUT_S) for process in processes]
    raced = Raced(run, [code for code, _ in ends], [out for _, out in ends])
    losers = [process for process in processes if process.returncode == HELD]
    raced.loser_s = max((loser.ended_at - loser.started_at for loser in losers), default=0.0)
    return raced


def for_a_run(program: Program, job: Path) -> Raced:
    """Two resumes of one run that was killed: one has it, the other ends with 6 and has sent nothing."""
    first = program.start("run", str(job), "--run-id", job.stem)
    wait_until(lambda: sent_so_far(program.runs / job.stem) > 0 or first.poll() is not None)
    first.kill()
    first.end(_TIMEOUT_S)
    raced = at_once(program, job.stem, ("resume", job.stem), ("resume", job.stem))
    if sorted(raced.codes)[1] != HELD or min(raced.codes) not in FINISHED | OPEN:
        raced.words.append(f"two resumes ended with {raced.codes}: {raced.outs}")
    return raced


def for_a_job(program: Program, job: Path) -> Raced:
    """One job under two run ids: one plans it, the other is refused with 2."""
    names = (f"{job.stem}-a", f"{job.stem}-b")
    raced = at_once(program, names[0], *(("run", str(job), "--run-id", name) for name in names))
    raced.run = names[raced.codes[0] == REFUSED]
    if raced.codes.count(REFUSED) != 1 or not set(raced.codes) & (FINISHED | OPEN):
        raced.words.append(f"one job under two run ids ended with {raced.codes}: {raced.outs}")
    return raced


def for_a_run_id(program: Program, job: Path) -> Raced:
    """A scheduler that starts its command twice: one has the run, the other is refused or comes after it."""
    command = ("run", str(job), "--run-id", job.stem)
    raced = at_once(program, job.stem, command, command)
    if not set(raced.codes) <= FINISHED | OPEN | {HELD, REFUSED} or not set(raced.codes) & (FINISHED | OPEN):
        raced.words.append(f"one command twice ended with {raced.codes}: {raced.outs}")
    return raced


RACES: Final[tuple[Callable[[Program, Path], Raced], ...]] = (for_a_run, for_a_job, for_a_run_id)


def loses_within_s() -> float:
    """A second, and longer where others use the machine: as much as there are more of them than cores."""
    return LOSES_WITHIN_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def judged(program: Program, raced: Raced) -> Counter[str]:
    """Resume the run to its end, and judge it; what is wrong stands in the race's words."""
    rounds = 1
    while (code := program.run("resume", raced.run).code) in OPEN and rounds < _ROUNDS_MAX:
        rounds += 1
    if code not in FINISHED:
        raced.words.append(f"{raced.run}: resumed, it ended with {code}")
    counts, words = judge(program.runs / raced.run, program.tenant)
    raced.words += words
    return counts


def figures(races: int = 20, seed: int = 0, operations: int = 60) -> Counter[str]:
    """So many races of each kind; what was run and what was found."""
    found: Counter[str] = Counter({"violations": 0})
    with tempfile.TemporaryDirectory(prefix="zbr-races-") as folder:
        directory = Path(folder)
        jobs = lay_out(directory, jobs=races * len(RACES), operations=operations, seed=seed)
        with wired_program_in(directory) as (program, wire):
            for number, job in enumerate(jobs):
                raced = RACES[number % len(RACES)](program, job)
                counts = judged(program, raced)
                found["races"] += 1
                found["losers that ended with 6"] += raced.codes.count(HELD)
                found["losers that ended with 2"] += raced.codes.count(REFUSED)
                if number % len(RACES) == RACES.index(for_a_run):
                    found["slowest loser of a run (ms)"] = max(
                        found["slowest loser of a run (ms)"], round(raced.loser_s * 1000)
                    )
                    found["violations: losers that took too long"] += raced.loser_s > loses_within_s()
                found["tasks"] += counts["tasks"]
                found.update({f"violations: {name}": counts[name] for name in WRONG})
                found["violations"] += len(raced.words)
                for line in raced.words:
                    print(line)  # noqa: T201
            found["violations"] += len(wire.counted.violations())
    return found

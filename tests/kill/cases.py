"""Cases: a run that is killed at one named point, or at one and then at another while it recovers."""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from tests.kill.ground import ONE_OF_EACH, lay_out
from tests.kill.nights import FINISHED, OPEN, ROUNDS_MAX
from tests.kill.places import PLACES
from tests.kill.program import Ended, Program
from tests.kill.verdicts import judge
from tests.kill.wired import wired_program_in

OPERATIONS: Final = 24
TOGETHER: Final = 40
"""So many cases share one ground, one tenant, one registry of acts."""
_EARLY: Final = frozenset({"K1", "K2"})
_REFUSED: Final = 2


@dataclass(frozen=True, slots=True)
class Kill:
    """Killed on the nth call of a point."""

    point: str
    nth: int


Case = tuple[Kill, ...]


@dataclass(slots=True)
class Done:
    """What was run and what was found; `missed`: kills whose point was not reached so often."""

    cases: int = 0
    kills: int = 0
    launches: int = 0
    missed: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    words: list[str] = field(default_factory=list[str])


def carry_out(cases: Sequence[Case], seed: int, *, together: int = 4) -> Done:
    """Carry out cases, some at a time on one tenant, and judge each run and the wire."""
    done = Done()
    for first in range(0, len(cases), TOGETHER):
        with tempfile.TemporaryDirectory(prefix="zbr-points-") as directory:
            _some(Path(directory), cases[first : first + TOGETHER], seed + first, together, done)
    return done


def _some(directory: Path, cases: Sequence[Case], seed: int, together: int, done: Done) -> None:
    jobs = lay_out(directory, jobs=len(cases), operations=OPERATIONS, seed=seed, faults="", each=ONE_OF_EACH)
    with wired_program_in(directory) as (program, wire), ThreadPoolExecutor(together) as pool:
        told = [
            pool.submit(_one, program, job, case, seed + number, done)
            for number, (job, case) in enumerate(zip(jobs, cases, strict=True))
        ]
        for each in told:
            each.result()
        for job, case in zip(jobs, cases, strict=True):
            counts, words = judge(program.runs / job.stem, program.tenant)
            done.counts.update(counts)
            done.words += [f"{spelled(case)}: {line}" for line in words]
        done.cases += len(cases)
        done.counts["requests on the wire"] += wire.counted.requests
        done.counts["writes on the wire"] += wire.counted.writes.total()
        done.counts["requests torn"] += wire.counted.torn
        done.words += wire.counted.violations()
        done.words += [program.faults()] if program.faults() else []


def _one(program: Program, job: Path, case: Case, seed: int, done: Done) -> None:
    """One case: its kills in turn, then resumed until it is finished."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    for kill in case:
        ended = _launch(program, job, chance, kill)
        done.launches += 1
        if not ended.killed:
            done.missed.append(f"{spelled(case)}: {kill.point} was not reached {kill.nth} times")
            break
        done.kills += 1
    calm, ended = finish(program, job, chance)
    done.launches += calm
    if ended.code not in FINISHED:
        done.words.append(f"{spelled(case)}: ended with {ended.code}, not finished:\n{ended.out}")


def finish(program: Program, job: Path, chance: random.Random) -> tuple[int, Ended]:
    """Go on with a run until it is finished (or never is); in how many launches, how the last ended."""
    ended = go_on(program, job, chance)
    calm = 1
    while ended.code in OPEN and calm < ROUNDS_MAX:
        ended = go_on(program, job, chance)
        calm += 1
    return calm, ended


def _launch(program: Program, job: Path, chance: random.Random, kill: Kill) -> Ended:
    return go_on(program, job, chance, arm=(kill.point, kill.nth), plans=PLACES[kill.point].model in _EARLY)


def go_on(
    program: Program,
    job: Path,
    chance: random.Random,
    *,
    arm: Sequence[object] | None = None,
    plans: bool = False,
) -> Ended:
    """Begin, or go on as a person would or as a scheduler would; `plans`: as a scheduler, who plans anew."""
    begun = (program.runs / job.stem).is_dir()
    if begun and not plans and chance.random() < 0.5:
        ended = program.run("resume", job.stem, arm=arm)
        if ended.code != _REFUSED:
            return ended
    return program.run("run", str(job), "--run-id", job.stem, arm=arm)


def calls_of_each_point(seed: int) -> tuple[Counter[str], Counter[str]]:
    """How often each point is come to at least: by a run from its beginning, by a recovery."""
    with tempfile.TemporaryDirectory(prefix="zbr-points-") as folder:
        directory, numbers = Path(folder), count()
        jobs = lay_out(directory, jobs=4, operations=OPERATIONS, seed=seed, faults="", each=ONE_OF_EACH)

        def counted(program: Program, job: Path) -> Counter[str]:
            told = directory / f"calls-{next(numbers)}"
            ended = program.run("run", str(job), "--run-id", job.stem, arm=("", 0, (), str(told)))
            assert ended.code in FINISHED | OPEN, f"{ended.out}\n{program.faults()}"
            return Counter(json.loads(told.read_text()))

        with wired_program_in(directory) as (program, _):
            begun = [counted(program, job) for job in jobs[:2]]
            for job in jobs[2:]:
                assert program.run("run", str(job), "--run-id", job.stem, arm=("reply_read", 9)).killed
            recovered = [counted(program, job) for job in jobs[2:]]
    return begun[0] & begun[1], recovered[0] & recovered[1]


def spelled(case: Case) -> str:
    """A case in words."""
    return ", then ".join(f"{kill.point} {kill.nth}" for kill in case)

"""Kills the program again and again, has it resumed until its runs are finished, and has them judged."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.ground import lay_out
from tests.kill.program import Ended, Program
from tests.kill.verdicts import judge
from tests.kill.wired import wired_program_in

FINISHED = frozenset({0, 1})
OPEN = frozenset({3, 4})
ROUNDS_MAX = 8
"""So many launches that nobody kills may a run take to its end."""


@dataclass(slots=True)
class Torture:
    """What is to be done and what was done. A kill comes after 0 to `span_s` seconds of a launch.

    `spares` further jobs are begun where the others are finished before there were enough kills.
    """

    kills: int
    operations: int
    seed: int
    job_operations: int = 750
    spares: int = 4
    span_s: float = 1.5
    killed: int = 0
    launches: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    words: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


def torture(directory: Path, asked: Torture) -> Torture:
    """Run jobs until there were enough operations and enough kills; every run is judged in the end."""
    chance = random.Random(asked.seed)  # noqa: S311 - a test, no secret
    begun = time.monotonic()
    jobs = max(1, -(-asked.operations // asked.job_operations))
    share = -(-asked.kills // jobs)
    paths = lay_out(directory, jobs=jobs + asked.spares, operations=asked.job_operations, seed=asked.seed)
    with wired_program_in(directory) as (program, wire):
        for index, path in enumerate(paths):
            if index >= jobs and asked.killed >= asked.kills:
                break
            kills = min(share, asked.kills - asked.killed)
            _one_job(program, path, path.stem, kills, chance, asked)
            counts, words = judge(program.runs / path.stem, program.tenant)
            asked.counts.update(counts)
            asked.words += words
        asked.words += wire.counted.violations()
        asked.counts["requests on the wire"] += wire.counted.requests
        asked.counts["writes on the wire"] += wire.counted.writes.total()
    asked.seconds = time.monotonic() - begun
    return asked


def _one_job(
    program: Program, path: Path, run_id: str, kills: int, chance: random.Random, asked: Torture
) -> None:
    """One job: killed so often as is its share, then left alone until it is finished."""
    left, calm = kills, 0
    span_s = asked.span_s
    while True:
        kill_after_s = chance.uniform(0.0, span_s) if left else None
        ended = _launch(program, path, run_id, chance, kill_after_s)
        asked.launches += 1
        if ended.killed:
            asked.killed += 1
            left -= 1
        elif ended.code in FINISHED:
            return  # finished before its kills were used up: the next jobs take them
        else:
            assert ended.code in OPEN, f"exit code {ended.code}:\n{ended.out}\n{program.faults()}"
            calm += 1
            assert calm <= ROUNDS_MAX, f"not finished after {calm} launches:\n{ended.out}"


def _launch(
    program: Program, path: Path, run_id: str, chance: random.Random, kill_after_s: float | None
) -> Ended:
    """Resume as a person would, or repeat the command as a scheduler would."""
    if (program.runs / run_id).is_dir() and chance.random() < 0.5:
        ended = program.run("resume", run_id, kill_after_s=kill_after_s)
        if ended.killed or ended.code != 2:
            return ended
        assert "it has sent nothing" in ended.out or "there is no run" in ended.out, ended.out
    return program.run("run", str(path), "--run-id", run_id, kill_after_s=kill_after_s)

"""Launches that a signal strikes; each is judged as it ended, then resumed to its end and judged again."""

import random
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.kill.cases import OPERATIONS, TOGETHER, finish, go_on
from tests.kill.ground import ONE_OF_EACH, lay_out
from tests.kill.nights import FINISHED
from tests.kill.program import Program
from tests.kill.verdicts import WRONG, judge
from tests.kill.wired import wired_program_in
from tests.signals.endings import FORCED, wrong_with
from tests.signals.phases import Struck, at_random

SECOND_AFTER_S: Final = 0.25
"""Two signals that come closer together are taken for one."""


@dataclass(slots=True)
class Done:
    """What was run and what was found."""

    codes: Counter[int] = field(default_factory=Counter[int])
    phases: Counter[str] = field(default_factory=Counter[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    words: list[str] = field(default_factory=list[str])


def carry_out(struck: Sequence[Struck], seed: int, *, twice: bool = False, together: int = 4) -> Done:
    """Strike launches, some at a time on one tenant; `twice`: a second signal follows."""
    done = Done()
    for first in range(0, len(struck), TOGETHER):
        with tempfile.TemporaryDirectory(prefix="zbr-signals-") as folder:
            directory, some = Path(folder), struck[first : first + TOGETHER]
            jobs = lay_out(
                directory,
                jobs=len(some),
                operations=OPERATIONS,
                seed=seed + first,
                faults="",
                each=ONE_OF_EACH,
            )
            with wired_program_in(directory) as (program, wire), ThreadPoolExecutor(together) as pool:
                pairs = zip(jobs, some, strict=True)
                told = [pool.submit(_one, program, job, each, twice, done) for job, each in pairs]
                for each in told:
                    each.result()
                done.words += wire.counted.violations()
    return done


def _one(program: Program, job: Path, struck: Struck, twice: bool, done: Done) -> None:
    chance = random.Random(struck.nth)  # noqa: S311 - a test, no secret
    blows = [(struck.after_s, struck.number)]
    blows += [(struck.after_s + SECOND_AFTER_S, signal.SIGINT)] if twice else []
    run = program.runs / job.stem
    ended = go_on(program, job, chance, arm=(struck.point, struck.nth, blows))
    done.codes[ended.code] += 1
    done.phases[struck.phase] += 1
    if ended.code != FORCED or not twice:
        done.words += [f"{struck}: {line}" for line in wrong_with(run, ended, program.faults())]
    _, ended = finish(program, job, chance)
    if ended.code not in FINISHED:
        done.words.append(f"{struck}: resumed, it ended with {ended.code}:\n{ended.out}")
    counts, words = judge(run, program.tenant)
    done.counts.update(counts)
    done.words += [f"{struck}: {line}" for line in words]


def figures(signals: int = 400, seed: int = 0, *, together: int = 4) -> Counter[str]:
    """So many launches struck once, a quarter as many struck twice; what was run and what was found."""
    once = carry_out(at_random(signals, seed), seed, together=together)
    again = carry_out(at_random(signals // 4, seed + 1), seed + 1, twice=True, together=together)
    for line in once.words + again.words:
        print(line)  # noqa: T201
    found: Counter[str] = Counter({"signals": once.codes.total(), "two signals": again.codes.total()})
    found |= {f"while {phase}": number for phase, number in once.phases.items()}
    found |= {f"ended with {code}": number for code, number in sorted(once.codes.items())}
    found |= {f"ended with {code} after two": number for code, number in sorted(again.codes.items())}
    counts = once.counts + again.counts
    found["tasks"] = counts["tasks"]
    found |= {f"violations: {name}": counts[name] for name in WRONG}
    found["violations"] = len(once.words) + len(again.words)
    return found

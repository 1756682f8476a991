"""Two programs at once: one of them works, the other sends nothing."""

from pathlib import Path

import pytest

from tests.kill.ground import lay_out
from tests.kill.nights import FINISHED, OPEN
from tests.kill.program import Program, program_in
from tests.kill.verdicts import WRONG, judge
from tests.kill.watch import sent_so_far, wait_until

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("kill")]
HELD, REFUSED = 6, 2


def ends(program: Program, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Start programs at once; how each of them ended."""
    processes = [program.start(*command) for command in commands]
    outs = [process.communicate(timeout=180)[0] for process in processes]
    return [(process.returncode, out) for process, out in zip(processes, outs, strict=True)]


def test_a_run_that_is_held_is_not_resumed_by_another(tmp_path: Path):
    """Two resumes of one run: exactly one has it, the other ends with 6, and nothing is done twice."""
    (job,) = lay_out(tmp_path, jobs=1, operations=200, seed=4)
    with program_in(tmp_path) as program:
        first = program.start("run", str(job), "--run-id", "night")
        wait_until(lambda: sent_so_far(program.runs / "night") > 0 or first.poll() is not None)
        first.kill()
        first.communicate()
        told = ends(program, ("resume", "night"), ("resume", "night"))
        codes = sorted(code for code, _ in told)
        assert codes[1] == HELD, told
        assert codes[0] in FINISHED | OPEN, told
        while codes[0] in OPEN:
            codes[0] = program.run("resume", "night").code
        counts, words = judge(program.runs / "night", program.tenant)
        assert not any(counts[name] for name in WRONG), words


@pytest.mark.parametrize("seed", [5, 6])
def test_one_job_started_twice_at_once_is_planned_once(tmp_path: Path, seed: int):
    """Two runs of one job: exactly one plans it, the other is refused with 2, and nothing is done twice."""
    (job,) = lay_out(tmp_path, jobs=1, operations=150, seed=seed)
    with program_in(tmp_path) as program:
        told = ends(program, ("run", str(job), "--run-id", "one"), ("run", str(job), "--run-id", "two"))
        codes = [code for code, _ in told]
        assert sorted(codes)[1] == REFUSED, told
        winner = ("one", "two")[codes.index(min(codes))]
        while program.run("resume", winner).code in OPEN:
            pass
        counts, words = judge(program.runs / winner, program.tenant)
        assert not any(counts[name] for name in WRONG), words


def test_one_run_id_started_twice_at_once_is_planned_once(tmp_path: Path):
    """A scheduler that starts its command twice: one has the run, the other is refused."""
    (job,) = lay_out(tmp_path, jobs=1, operations=150, seed=7)
    with program_in(tmp_path) as program:
        command = ("run", str(job), "--run-id", "night")
        told = ends(program, command, command)
        codes = sorted(code for code, _ in told)
        assert codes[0] in FINISHED, told
        assert codes[1] in {HELD, REFUSED} | FINISHED, told
        counts, words = judge(program.runs / "night", program.tenant)
        assert not any(counts[name] for name in WRONG), words

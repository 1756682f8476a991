"""What else a terminal, a shell and a scheduler do to a program that runs."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kill.cases import finish
from tests.kill.ground import lay_out
from tests.kill.nights import FINISHED
from tests.kill.program import Ended, Program, program_in
from tests.kill.verdicts import WRONG, judge
from tests.kill.warm import Warm
from tests.kill.watch import sent_so_far, wait_until
from tests.signals.endings import FORCED, STOPPED, wrong_with

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("kill")]
LATE_S = 5.0
LATE = f"""
[[faults]]
match = {{ operation = "write", nth = [7] }}
fault = "latency"
delay_s = {LATE_S}
"""
STEADY = """
[[faults]]
match = { operation = "write" }
fault = "latency"
delay_s = 0.25
"""
HELD = 6


@pytest.fixture
def ground(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Program, Path]]:
    """A program and a job; the parameter are faults of its tenant."""
    (job,) = lay_out(tmp_path, jobs=1, operations=24, seed=9, faults=request.param)
    with program_in(tmp_path) as program:
        yield program, job


def begun(program: Program, job: Path) -> Warm:
    """The job's run, of which something is in flight."""
    process = program.start("run", str(job), "--run-id", job.stem, "--concurrency", "2")
    wait_until(lambda: sent_so_far(program.runs / job.stem) >= 8 or process.poll() is not None)
    assert process.poll() is None, process.end(1.0)
    return process


def finished(program: Program, job: Path) -> None:
    """Resume it to its end: nothing was lost, nothing was done twice."""
    _, ended = finish(program, job, random.Random(0))  # noqa: S311 - a test, no secret
    assert ended.code in FINISHED, ended.out
    counts, words = judge(program.runs / job.stem, program.tenant)
    assert not any(counts[name] for name in WRONG), words


@pytest.mark.parametrize("ground", [LATE], indirect=True, ids=["late reply"])
def test_the_first_signal_waits_for_what_is_in_flight(ground):
    """The late reply is waited for and written down: nothing is unknown, what was not begun is left."""
    program, job = ground
    process = begun(program, job)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, out = process.end(60.0)
    assert code == STOPPED, out
    assert time.monotonic() - asked_at > 1.0
    assert (
        list(wrong_with(program.runs / job.stem, Ended(code, killed=False, out=out), program.faults())) == []
    )
    ledger = (program.runs / job.stem / "ledger.jsonl").read_text()
    assert '"status":"succeeded"' in ledger
    assert '"status":"unknown"' not in ledger
    finished(program, job)


@pytest.mark.parametrize("ground", [LATE], indirect=True, ids=["late reply"])
def test_the_second_signal_leaves_at_once_and_loses_nothing(ground):
    """130 long before the late reply is there; what was under way is found out by a resume."""
    program, job = ground
    process = begun(program, job)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out = process.end(60.0)
    assert (code, "Traceback" in out) == (FORCED, False), out
    assert time.monotonic() - asked_at < LATE_S / 2
    finished(program, job)


@pytest.mark.parametrize("ground", [STEADY], indirect=True, ids=["steady"])
def test_stop_is_as_one_sigint(ground):
    """`stop` from another terminal: the command itself says 0, the run ends with 4."""
    program, job = ground
    process = begun(program, job)
    assert program.run("stop", job.stem).code == 0
    code, out = process.end(60.0)
    assert code == STOPPED, out
    finished(program, job)


@pytest.mark.parametrize("ground", [STEADY], indirect=True, ids=["steady"])
def test_a_stopped_holder_still_holds_its_run(ground):
    """The program is made to stand still, no other may have its run; let go, it goes on to its end."""
    program, job = ground
    process = begun(program, job)
    # As Ctrl-Z does; SIGTSTP itself passes a process by that has no terminal's shell above it.
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid) == "T")
    began = sent_so_far(program.runs / job.stem)
    asked_at = time.monotonic()
    assert program.run("resume", job.stem).code == HELD
    assert time.monotonic() - asked_at < 1.0
    assert sent_so_far(program.runs / job.stem) == began
    process.send_signal(signal.SIGCONT)
    code, out = process.end(60.0)
    assert code in FINISHED, out
    finished(program, job)


@pytest.mark.parametrize("ground", [""], indirect=True, ids=["quick"])
def test_who_goes_away_from_the_output_does_not_end_the_run(ground):
    """Both streams closed at the other end (EPIPE): the run goes on, and its files are written."""
    program, job = ground
    process = program.start_cold("run", str(job), "--run-id", job.stem, "--progress", "plain")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    code = process.wait(60.0)
    ended = Ended(code, killed=False, out="")
    assert code in FINISHED
    assert list(wrong_with(program.runs / job.stem, ended, program.faults())) == []
    finished(program, job)


def state_of(pid: int) -> str:
    """The state of a process, in the kernel's letter."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("ground", [""], indirect=True, ids=["quick"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_a_program_that_was_just_started_leaves_no_traceback(ground, number: signal.Signals):
    """Also while it still imports what it needs (as a person starts it, not after its imports)."""
    program, job = ground
    process = program.start_cold("run", str(job), "--run-id", job.stem)
    wait_until(lambda: has_begun(process.pid) or process.poll() is not None)
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=60.0)
    ended = Ended(process.returncode, killed=False, out=out)
    assert list(wrong_with(program.runs / job.stem, ended, program.faults())) == []


def has_begun(pid: int) -> bool:
    """Whether a program takes signals in its own way by now: one that it catches is no longer the default."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)

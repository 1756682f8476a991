"""Two programs at once, programs that are killed while they plan, and a registry or a run that is lost."""

import signal

import apsw
import pytest

from tests.acts.making import QUIET, cancel, counts, creation, job, made, refusing, result, run, run_id
from tests.acts.points import POINTS

ROWS = (creation("a"), creation("b"), cancel())


@pytest.mark.parametrize("point", POINTS)
def test_a_program_that_is_killed_while_it_plans_leaves_nothing_twice(ground, point):
    """Killed anywhere in its planning, a run has sent nothing; its rows are done once."""
    job(ground, *ROWS)
    assert run(ground, "job.csv", "--run-id", "first", point=point).killed
    assert ground.requests() == []
    second = run(ground, "job.csv")
    resumed = ground.call("resume", "first", *QUIET)
    if point in {"committed", "planned"}:
        assert (second.code, resumed.code) == (2, 0)
    else:
        assert (second.code, resumed.code) == (0, 2)
        assert "run the job again (--run-id first takes the same directory)" in resumed.err
    assert len(ground.effects()) == len(ROWS)


@pytest.mark.parametrize("point", ["made", "claimed"])
def test_a_run_that_was_killed_while_it_planned_may_be_begun_again(ground, point):
    """`run --run-id` takes the directory again of a run that was killed before its plan was committed."""
    job(ground, *ROWS)
    assert run(ground, "job.csv", "--run-id", "first", point=point).killed
    assert run(ground, "job.csv", "--run-id", "first").code == 0
    assert len(ground.effects()) == len(ROWS)


@pytest.mark.parametrize("point", ["claimed", "committed", "planned"])
@pytest.mark.parametrize("lost", [False, True])
def test_what_is_claimed_is_nobody_elses(ground, point, lost):
    """While one program is about to commit its plan every other is refused, even if acts.db is lost."""
    job(ground, *ROWS)
    first = ground.start("run", "job.csv", *QUIET, "--run-id", "first", point=f"{point}!")
    first.until_held()
    if lost:
        (ground.runs / "acts.db").unlink()
    refusals = [run(ground, "job.csv"), run(ground, "job.csv", "--skip-done"), run(ground, "job.csv")]
    assert [said.code for said in refusals] == [2, 2, 2]
    assert ground.requests() == []
    first.go_on()
    assert first.wait().code == 0
    assert run(ground, "job.csv").code == 2
    assert len(ground.effects()) == len(ROWS)


def test_a_run_that_is_being_refused_is_in_nobodys_way(ground):
    """A directory that is there for a moment (its run is refused) does not stop another run."""
    assert run(ground, job(ground, *ROWS)).code == 0
    other = job(ground, creation("c"), name="other.csv")
    refused = [ground.start("run", "job.csv", *QUIET) for _ in range(4)]
    taken = run(ground, other)
    assert [one.wait().code for one in refused] == [2, 2, 2, 2]
    assert (taken.code, made(ground)["c"]) == (0, 1)


def test_retry_and_run_of_failed_rows_at_once(ground):
    """A retry that is about to commit its plan holds its acts against a run of failed.csv."""
    ground.scenario(refusing("a"))
    said = run(ground, job(ground, *ROWS))
    ground.scenario("")
    first = ground.start("retry", run_id(said), *QUIET, point="claimed!")
    first.until_held()
    assert run(ground, result(said, "failed")).code == 2
    first.go_on()
    assert first.wait().code == 0
    told = ground.call("retry", run_id(said), "-q")
    assert (told.code, made(ground)) == (0, {"a": 1, "b": 1})


@pytest.mark.parametrize("damage", ["deleted", "garbage", "empty", "cut"])
def test_a_lost_registry_is_built_again(ground, damage):
    """Whatever becomes of acts.db, the checkpoints say what was done, is in doubt, and is still to do."""
    said = run(ground, job(ground, *ROWS), "--limit", "2")
    path = ground.runs / "acts.db"
    whole = path.read_bytes()
    path.unlink()
    if damage != "deleted":
        path.write_bytes({"garbage": b"garbage" * 999, "empty": b"", "cut": whole[: len(whole) // 2]}[damage])
    refused = run(ground, "job.csv")
    assert refused.code == 2
    assert len(refused.document["problems"]) == len(ROWS)
    assert ground.call("resume", run_id(said), "-q").code == 0
    assert counts(run(ground, "job.csv", "--skip-done")) == {"unchanged": 3}
    assert len(ground.effects()) == len(ROWS)


def test_a_run_that_cannot_be_read_stops_every_run(ground):
    """A damaged run directory stops each run and retry with 5, a newer one with 2, until it is moved."""
    ground.scenario(refusing("a"))
    failed = run(ground, job(ground, *ROWS))
    other = run(ground, job(ground, creation("c"), name="other.csv"))
    ground.scenario("")
    path = ground.runs / run_id(other) / "checkpoint.db"
    whole = path.read_bytes()
    before = len(ground.requests())
    path.write_bytes(whole[:3000])
    commands = (("run", job(ground, creation("d"), name="new.csv")), ("retry", run_id(failed)))
    assert [ground.call(*command, "-q").code for command in commands] == [5, 5]
    path.write_bytes(whole)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert [ground.call(*command, "-q").code for command in commands] == [2, 2]
    assert len(ground.requests()) == before
    (ground.runs / run_id(other)).rename(ground.path / "away")
    assert [ground.call(*command, "-q").code for command in commands] == [0, 0]
    assert made(ground) == {"a": 1, "b": 1, "c": 1, "d": 1}


def test_a_run_that_is_stopped_keeps_its_rows(ground):
    """`stop` asks as one SIGINT does: what is in flight is finished (4), what is left is the run's own."""
    second = '[[faults]]\nmatch = { operation = "create_bill_run", nth = [2] }\n'
    ground.scenario(second + 'fault = "latency"\ndelay_s = 20.0\n')
    job(ground, creation("a"), creation("b"), creation("c"))
    first = ground.start("run", "job.csv", *QUIET, "--run-id", "first", "--concurrency", "1")
    while len(ground.effects()) < 2:
        assert first.ended(0.01) is None
    assert ground.call("stop", "first").code == 0
    said = first.wait()
    assert (said.code, counts(said)) == (4, {"succeeded": 2, "not_attempted": 1})
    assert run(ground, "job.csv", "--skip-done").code == 2
    assert ground.call("stop", "first", "--for-good").code == 0
    assert counts(run(ground, "job.csv", "--skip-done")) == {"unchanged": 2, "succeeded": 1}
    assert ground.call("resume", "first", "-q").code == 1
    assert made(ground) == {"a": 1, "b": 1, "c": 1}


def test_a_second_interrupt_loses_nothing(ground):
    """A run that is forced out twice as it sends is resumed, and has done each row once."""
    ground.scenario("[delays]\nbill_run_processing = [400, 400]\n")
    job(ground, *ROWS)
    first = ground.start("run", "job.csv", *QUIET, "--run-id", "first", "--until", "completed")
    while not ground.effects():
        assert first.ended(0.01) is None
    for number in (signal.SIGINT, signal.SIGTERM):
        first.send(number)
        first.ended(0.05)
    assert first.wait().code in {3, 4, 130}
    ground.scenario("")
    assert run(ground, "job.csv", "--run-id", "first", "--until", "completed").code == 0
    assert len(ground.effects()) == len(ROWS)

"""What frees an act for another run, and what gives up what a run knew."""

import shutil

import apsw
import pytest

from tests.acts.making import QUIET, cancel, counts, creation, detach, job, refusing, run, run_id, striking


def test_settle_frees_what_is_found_undone(ground):
    """A cancel that settle proves undone is failed, and another run may do it."""
    ground.scenario(striking('"reset_before"', times=2))
    config = ground.path / "config.toml"
    whole = config.read_text()
    config.write_text(whole.replace("settle_seconds = 15", "settle_seconds = 1"))
    said = run(ground, job(ground, cancel()))
    config.write_text(whole)
    assert (said.code, counts(said)) == (3, {"unknown": 1})
    assert run(ground, "job.csv", "--skip-done").code == 2
    settled = ground.call("settle", "--json", "-q")
    assert counts(settled) == {"failed": 1}
    ground.scenario("")
    assert run(ground, "job.csv").code == 0
    assert len(ground.effects()) == 1


@pytest.mark.parametrize("way", ["resume", "resolve", "stop"])
def test_what_frees_an_act(ground, way):
    """What resume finds failed, a person calls failed, or an ended run left is done by another run."""
    match way:
        case "resume":
            ground.scenario(refusing("b"))
            first = run(ground, job(ground, creation("a"), creation("b")), "--limit", "1")
            assert run(ground, "job.csv", "--skip-done").code == 2
            assert ground.call("resume", "-q").code == 1
        case "resolve":
            ground.scenario(
                striking('"reset_before"', times=9) + "[invoice_schedules.'IS-0000001']\nlisted_by = 'none'\n"
            )
            first = run(ground, job(ground, creation("a"), detach("C-1")))
            assert run(ground, "job.csv", "--skip-done").code == 2
            assert counts(first).get("unknown")
            for line in ground.ledger(run_id(first)):
                if line["status"] == "unknown":
                    ground.call(
                        "resolve", run_id(first), str(line["task"]), "--as", "failed", "--reason", "seen"
                    )
        case _:
            first = run(ground, job(ground, creation("a"), creation("b")), "--limit", "1")
            assert run(ground, "job.csv", "--skip-done").code == 2
            assert ground.call("stop", run_id(first), "--for-good").code == 0
    ground.scenario("")
    said = run(ground, "job.csv", "--skip-done")
    assert said.code == 0, said
    assert len(ground.effects()) == 2


@pytest.mark.parametrize("again", [("run", "job.csv"), ("retry",)])
def test_a_persons_word_gives_up_no_key(ground, again):
    """A bill run that was made, but is called failed, is found by the key that made it, without a marker."""
    config = ground.path / "config.toml"
    config.write_text(config.read_text() + "marker = false\n")
    word = ("1", "--as", "failed", "--reason", "not in the list", "-q")
    ground.scenario(striking('"reset_after"', times=99))
    first = said = run(ground, job(ground, creation("a")))
    for _ in range(2):
        assert counts(said) == {"unknown": 1}
        assert ground.call("resolve", run_id(said), *word).code == 1
        said = ground.call(*again, *QUIET)
    assert ground.call("resolve", run_id(said), *word).code == 1
    ground.scenario("")
    last = ground.call(*again, *QUIET)
    assert (last.code, counts(last)) == (0, {"succeeded": 1})
    [made] = ground.effects()
    [began], [ended] = ground.ledger(run_id(first)), ground.ledger(run_id(last))
    assert ended["result_id"] == made["target"]
    assert ended["idempotency_key"] == began["idempotency_key"]


def test_moving_a_run_away_gives_up_what_it_knew(ground):
    """Without its directory only the look at the target protects an act; with it back, the registry does."""
    said = run(ground, job(ground, creation("a"), cancel()))
    shutil.move(ground.runs / run_id(said), ground.path / "away")
    again = run(ground, "job.csv")
    assert (again.code, counts(again)) == (0, {"unchanged": 2})
    shutil.move(ground.runs / run_id(again), ground.path / "away too")
    shutil.move(ground.path / "away", ground.runs / run_id(said))
    assert run(ground, "job.csv").code == 2
    assert len(ground.effects()) == 2


def test_a_run_that_was_away_does_nothing_that_another_did(ground):
    """Back in its place, its resume is refused and names who has the act."""
    stopped = run(ground, job(ground, creation("a"), cancel()), "--limit", "1")
    assert counts(stopped) == {"succeeded": 1, "not_attempted": 1}
    shutil.move(ground.runs / run_id(stopped), ground.path / "away")
    other = run(ground, "job.csv")
    assert (other.code, len(ground.effects())) == (0, 2)
    shutil.move(ground.path / "away", ground.runs / run_id(stopped))
    for again in (("resume", run_id(stopped)), ("resume", run_id(stopped), "--no-preflight")):
        said = ground.call(*again, "-q")
        assert said.code == 2
        assert f"task 2 of run {run_id(stopped)} was done by run {run_id(other)}" in said.err
    assert ground.call("stop", run_id(stopped), "--for-good").code == 0
    assert ground.call("resume", run_id(stopped), "-q").code == 1
    assert len(ground.effects()) == 2


def test_a_damaged_run_is_in_the_way_of_new_runs_alone(ground):
    """A stopped run that shares nothing with it is resumed."""
    stopped = run(ground, job(ground, creation("a"), cancel()), "--limit", "1")
    damaged = run(ground, job(ground, creation("b"), name="other.csv"))
    (ground.runs / run_id(damaged) / "checkpoint.db").write_bytes(b"")
    assert run(ground, job(ground, creation("c"), name="third.csv")).code == 5
    assert ground.call("resume", run_id(stopped), "-q").code == 0


def test_a_row_that_was_left_out_as_done_follows_a_corrected_decision(ground):
    """Called done by mistake, skipped by another run, then called failed: the act is free again."""
    ground.scenario(striking('"reset_before"', times=9))
    first = run(ground, job(ground, creation("a")))
    word = (run_id(first), "1", "--reason", "seen")
    assert ground.call("resolve", *word, "--as", "succeeded").code == 0
    ground.scenario("")
    assert counts(run(ground, "job.csv", "--skip-done")) == {"unchanged": 1}
    assert run(ground, "job.csv").code == 2
    assert ground.call("resolve", *word, "--as", "failed").code == 1
    said = run(ground, "job.csv")
    assert (said.code, counts(said), len(ground.effects())) == (0, {"succeeded": 1}, 1)


def test_resume_of_a_finished_run_names_older_stopped_ones(ground):
    """Not newer ones; one that is damaged or still unplanned is no matter of this command."""
    older = run(ground, job(ground, creation("a"), creation("b")), "--limit", "1")
    damaged = run(ground, job(ground, creation("c"), name="c.csv"))
    finished = run(ground, job(ground, creation("d"), name="d.csv"))
    newer = run(ground, job(ground, creation("e"), creation("f"), name="e.csv"), "--limit", "1")
    (ground.runs / run_id(damaged) / "checkpoint.db").write_bytes(b"")
    said = ground.call("resume", run_id(finished))
    assert said.code == 0
    assert f"run {run_id(older)} is stopped: zuora-batch resume {run_id(older)}" in said.err
    assert run_id(newer) not in said.err
    assert ground.call("run", "d.csv", "--run-id", run_id(finished)).code == 0


def test_another_run_of_the_same_id_is_no_copy(ground):
    """A scheduler gives the id anew while the directory is away; back under another name, it has the acts."""
    config = ground.path / "config.toml"
    config.write_text(config.read_text() + "marker = false\n")
    monthly = ("--run-id", "monthly")
    assert run(ground, job(ground, creation("a"), creation("b")), *monthly).code == 0
    shutil.move(ground.runs / "monthly", ground.path / "away")
    ground.move(25.0)
    assert run(ground, "job.csv", *monthly, "--limit", "1").code == 4
    shutil.move(ground.path / "away", ground.runs / "monthly-old")
    said = ground.call("resume", "monthly")
    assert said.code == 2
    assert "was done by run monthly-old" in said.err
    assert len(ground.effects()) == 3


def test_a_retry_goes_on_without_its_parent(ground):
    """What failed in the parent was free when the retry was planned, whatever becomes of its file."""
    ground.scenario(refusing("a") + refusing("b"))
    failed = run(ground, job(ground, creation("a"), creation("b")))
    ground.scenario("")
    again = ground.call("retry", "--limit", "1", *QUIET)
    assert counts(again) == {"succeeded": 1, "not_attempted": 1}
    (ground.runs / run_id(failed) / "checkpoint.db").write_bytes(b"")
    assert ground.call("resume", run_id(again), "-q").code == 0


def test_runs_that_name_each_other_as_done_come_to_an_end(ground):
    """Directories that were away in turns, each run left out as done by the other."""
    assert run(ground, job(ground, creation("a")), "--run-id", "r1").code == 0
    assert run(ground, "job.csv", "--run-id", "r2", "--skip-done").code == 0
    shutil.move(ground.runs / "r1", ground.path / "away")
    assert run(ground, "job.csv", "--run-id", "r1", "--skip-done").code == 0
    said = run(ground, "job.csv", "--skip-done")
    assert (said.code, counts(said), len(ground.effects())) == (0, {"unchanged": 1}, 1)


@pytest.mark.parametrize("harm", ["newer", "damaged"])
def test_a_run_that_cannot_be_read_is_in_no_resume_s_way(ground, harm):
    """Not an unrelated one, and none of the parents of a retry."""
    ground.scenario(refusing("a") + refusing("b"))
    first = run(ground, job(ground, creation("a"), creation("b")))
    second = ground.call("retry", *QUIET)
    ground.scenario("")
    third = ground.call("retry", run_id(second), "--limit", "1", *QUIET)
    assert counts(third) == {"succeeded": 1, "not_attempted": 1}
    connection = apsw.Connection(str(ground.runs / run_id(first) / "checkpoint.db"))
    connection.execute("PRAGMA user_version = 99" if harm == "newer" else "DROP TABLE event")
    connection.close()
    assert ground.call("resume", run_id(third), "-q").code == 0

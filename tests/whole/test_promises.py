"""What the command line promises besides the life of a run: refusals, names, signals, what stays whole."""

import json

from runner.core.event import Launched, Observed
from runner.core.sighting import Sighting, Standing
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.lock import RunLock

CREATE = "operation,name,batches,targetDate,invoiceDate"
ROW = "create_bill_run,{name},Batch1,2026-11-30,2026-11-30"
REFUSED = '[[created]]\nname = "^a "\nrefuse = { category = 30, message = "on hold" }\n'


def rows(place, *names: str) -> str:
    """A job that creates bill runs of these names."""
    return place.job("job.csv", CREATE, *(ROW.format(name=name) for name in names))


def append(directory, *events) -> None:
    """Add events to a checkpoint, as a launch does that is killed afterwards."""
    log = CommitLog.open(directory)
    log.commit([spell(event) for event in events])
    log.close()


def test_a_scenario_that_is_missing_is_refused(place):
    """A scenario file that is not there is the user's to put right (2), no fault of the program."""
    (place.path / "scenario.toml").unlink()
    said = place.call("run", rows(place, "a"), "--json", "-q")
    assert said.code == 2
    assert "scenario.toml" in json.loads(said.out)["message"]


def test_a_runs_directory_that_cannot_be_made_is_storage(place):
    """Where the runs directory is a file, storage fails (5) before anything is sent."""
    (place.path / "file").write_text("")
    assert place.call("run", rows(place, "a"), "--runs-dir", "file").code == 5


def test_a_run_id_without_its_label_is_refused(place):
    """A command that is repeated without the label of its run is another job."""
    job = rows(place, "a")
    assert place.call("run", job, "--run-id", "x", "--run-label", "again", "-q").code == 0
    said = place.call("run", job, "--run-id", "x")
    assert said.code == 2
    assert "--run-label" in said.err


def test_a_refused_run_takes_nothing_of_others_away(place):
    """A directory that --run-id names, and that holds something else, stays as it was."""
    job = rows(place, "a")
    assert place.call("run", job, "-q").code == 0
    keep = place.path / "runs/archive/keep.txt"
    keep.parent.mkdir()
    keep.write_text("mine")
    assert place.call("run", job, "--run-id", "archive").code == 2
    assert [each.name for each in keep.parent.iterdir()] == ["keep.txt"]


def test_retry_names_its_run(place):
    """`retry --run-id` names the new run; one that exists is refused and stays."""
    place.scenario(REFUSED)
    assert place.call("run", rows(place, "a"), "--run-id", "one", "-q").code == 1
    assert place.call("retry", "one", "--run-id", "two", "-q").code == 1
    assert json.loads(place.call("status", "two", "--json").out)["parent_run"] == "one"
    assert place.call("retry", "one", "--run-id", "two", "-q").code == 2
    assert place.call("verify", "two").code == 0


def test_doctor_answers_with_two_where_nobody_answers(place, monkeypatch):
    """A tenant that cannot be reached is a problem among others for doctor: 2, with the settings shown."""
    monkeypatch.setenv("ZUORA_LO_CLIENT_ID", "a")
    monkeypatch.setenv("ZUORA_LO_CLIENT_SECRET", "b")
    lines = ("[tenants.lo]", 'base_url = "http://127.0.0.1:1"', "patience_seconds = 1")
    (place.path / "config.toml").write_text("\n".join(lines))
    said = place.call("doctor", "--json")
    assert said.code == 2
    assert "cannot be reached" in json.loads(said.out)["problems"][0]


def test_results_of_a_held_run_is_refused(place):
    """`results` writes into the run's directory, so a run that is held answers 6; `status` does not mind."""
    said = place.call("run", rows(place, "a"), "--json", "-q")
    with RunLock.acquire(place.run_of(said), 0.0):
        assert place.call("results").code == 6
        assert json.loads(place.call("status", "--json").out)["state"] == "running"
    assert place.call("results").code == 0


def test_verify_is_content_with_a_run_that_was_killed(place):
    """A launch that was killed wrote no files: that is no damage."""
    said = place.call("run", rows(place, "a"), "--json", "-q")
    directory = place.run_of(said)
    (directory / "ledger.jsonl").unlink()
    assert place.call("verify").code == 5
    append(directory, Launched(2e9, 2, {}))
    told = place.call("verify")
    assert told.code == 0
    assert "was killed" in told.err


def test_a_limit_counts_what_was_only_looked_at(place):
    """Tasks that an earlier launch looked at, and did not send, are further tasks for --limit."""
    said = place.call("run", rows(place, "a", "b", "c"), "--limit", "1", "--json", "-q")
    seen = Sighting(Standing.ABSENT, None)
    append(place.run_of(said), *(Observed(task, 1.9e9, "preflight", seen) for task in (2, 3)))
    resumed = place.call("resume", "--limit", "1", "--json", "-q")
    assert (resumed.code, place.counts(resumed)) == (4, {"succeeded": 2, "not_attempted": 1})


def test_an_ended_run_is_not_offered_to_be_resumed(place):
    """What an ended run did not attempt is not finished by `resume`, so nobody is told to type that."""
    assert place.call("run", rows(place, "a", "b"), "--limit", "1", "-q").code == 4
    assert "resume" not in place.call("stop", "--for-good").out

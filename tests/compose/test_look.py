import json

from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.lock import RunLock
from tests.compose.making import AT, bill_run_id, done, make_run


def test_status_of_a_stopped_run(call, tmp_path):
    """A run with something left is stopped; what to type next is said, and the code is 0."""
    make_run(tmp_path / "runs/r1", 2, done(1))
    said = call("status")
    assert said.code == 0
    assert "run       r1 (stopped)" in said.out
    assert "1 succeeded" in said.out
    assert "next      zuora-batch resume r1" in said.out


def test_status_for_programs(call, tmp_path):
    """With --json the summary document stands there, with the state; the counts add up."""
    make_run(tmp_path / "runs/r1", 2, done(1))
    document = json.loads(call("status", "r1", "--json").out)
    assert (document["state"], document["exit_code"], document["run_id"]) == ("stopped", 4, "r1")
    assert sum(document["counts"].values()) == document["tasks"] == 2
    assert len(document["counts"]) == 8


def test_status_while_it_runs(call, tmp_path):
    """A run that a process holds is running."""
    directory = make_run(tmp_path / "runs/r1", 1)
    with RunLock.acquire(directory, AT):
        said = call("status", str(directory))
    assert "(running)" in said.out
    assert "next" not in said.out


def test_status_of_a_finished_run(call, tmp_path):
    """A run with nothing left is finished."""
    make_run(tmp_path / "runs/r1", 1, done(1))
    assert json.loads(call("status", "--json").out)["state"] == "finished"


def test_no_such_run(call, tmp_path):
    """An unknown run is refused with 2, and so is the latest of none."""
    make_run(tmp_path / "runs/r1", 1)
    assert call("status", "r2").code == 2
    said = call("status", "--runs-dir", "none")
    assert said.code == 2
    assert "there is no run yet" in said.err


def test_runs_are_listed(call, tmp_path):
    """All runs are listed with their state; one without a plan is noted, and no fault."""
    make_run(tmp_path / "runs/r1", 1, done(1))
    make_run(tmp_path / "runs/r2", 1)
    prepare_directory(tmp_path / "runs/r3")
    RunLock.acquire(tmp_path / "runs/r3", AT).release()
    said = call("runs")
    assert said.code == 0
    assert [line.split()[:2] for line in said.out.splitlines()[1:]] == [["r2", "stopped"], ["r1", "finished"]]
    assert "r3" in said.err
    documents = json.loads(call("runs", "--json").out)["runs"]
    assert [document["state"] for document in documents] == ["stopped", "finished"]


def test_no_runs_yet(call):
    """Without any run the list is empty, and what makes one is said."""
    said = call("runs", "--json")
    assert (said.code, json.loads(said.out)) == (0, {"runs": []})
    assert "zuora-batch run JOB" in said.err


def test_damaged_run_is_told_and_the_others_are_listed(call, tmp_path):
    """One damaged run makes the code 5; the others are listed all the same."""
    make_run(tmp_path / "runs/r1", 1)
    make_run(tmp_path / "runs/r2", 1)
    (tmp_path / "runs/r2/head").write_text("damaged")
    said = call("runs")
    assert said.code == 5
    assert "r1" in said.out
    assert "r2" in said.err


def test_show_tells_the_whole_history(call, tmp_path):
    """A task's page has what was frozen, each event in order, and the ids that support asks for."""
    make_run(tmp_path / "runs/r1", 1, done(1))
    said = call("show", "r1", "1")
    assert said.code == 0
    assert f"request   PUT /v1/bill-runs/{bill_run_id(1)}/cancel" in said.out
    assert "status    succeeded (Canceled)" in said.out
    kinds = [line.split()[1] for line in said.out.splitlines() if line.startswith("20")]
    assert kinds == ["sent", "answered", "observed", "settled"]
    assert "request id req-1" in said.out
    assert "\x1b" not in said.out


def test_show_for_programs(call, tmp_path):
    """With --json the ledger line, the request and all events stand in one document."""
    make_run(tmp_path / "runs/r1", 1, done(1))
    document = json.loads(call("show", "r1", "1", "--json").out)
    assert document["task"]["status"] == "succeeded"
    assert [event["event"] for event in document["events"]] == ["sent", "answered", "observed", "settled"]
    assert document["request"]["body"] == '{"cancelOnce":true}'


def test_show_of_a_task_that_nothing_happened_to(call, tmp_path):
    """A task without events says so."""
    make_run(tmp_path / "runs/r1", 1)
    assert "nothing has happened to it yet" in call("show", "r1", "1").out


def test_show_of_no_such_task(call, tmp_path):
    """A task that the run does not have is refused with its range."""
    make_run(tmp_path / "runs/r1", 3)
    said = call("show", "r1", "4")
    assert said.code == 2
    assert "from 1 to 3" in said.err


def test_results_are_written_again(call, tmp_path):
    """All files are derived again, and are the same bytes each time."""
    directory = make_run(tmp_path / "runs/r1", 2, done(1))
    assert call("results").code == 0
    before = {
        path.name: path.read_bytes() for path in directory.iterdir() if path.suffix in {".csv", ".json"}
    }
    assert {"ledger.csv", "failed.csv", "not_attempted.csv", "summary.json"} <= before.keys()
    assert call("results", "r1").code == 0
    assert before == {name: (directory / name).read_bytes() for name in before}


def test_ledger_is_printed(call, tmp_path):
    """With --format the ledger stands on standard output, one line for each task."""
    make_run(tmp_path / "runs/r1", 2, done(1))
    lines = call("results", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["succeeded", "not_attempted"]
    assert call("results", "--format", "csv").out.startswith('"task",')


def test_plan_knows_what_earlier_runs_have(call, tmp_path):
    """Acts that an earlier run has done, or still has to do, are listed; the code stays 0."""
    make_run(tmp_path / "runs/r1", 2, done(1))
    rows = "".join(f"cancel_bill_run,{bill_run_id(number)}\n" for number in (1, 2, 3))
    (tmp_path / "job.csv").write_text(f"operation,billRunId\n{rows}")
    said = call("plan", "job.csv", "--json")
    assert said.code == 0
    assert json.loads(said.out)["held"] == [
        {"run_id": "r1", "kind": "done", "first_task": 1, "tasks": 1},
        {"run_id": "r1", "kind": "to_do", "first_task": 2, "tasks": 1},
    ]
    assert "already   1 done by run r1" in call("plan", "job.csv").out


def test_another_label_makes_other_acts(call, tmp_path):
    """With --run-label nothing of an earlier run without it is held."""
    make_run(tmp_path / "runs/r1", 1, done(1))
    (tmp_path / "job.csv").write_text(f"operation,billRunId\ncancel_bill_run,{bill_run_id(1)}\n")
    assert json.loads(call("plan", "job.csv", "--json", "--run-label", "again").out)["held"] == []

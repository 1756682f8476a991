"""What `run` makes of result files: `#run`, `#task` and `#status`, sentence by sentence."""

import shutil

import pytest

from tests.acts.making import (
    cancel,
    cells,
    counts,
    creation,
    detach,
    job,
    made,
    refusing,
    result,
    rewrite,
    run,
    run_id,
    striking,
)  # fmt: skip

PARTLY = """[invoice_schedules.'IS-0000001']
partial = true
stuck = ['C-1']
charges = [
  { orderKey = 'O-1', subscriptionKey = 'A-S1', chargeNumber = 'C-1' },
  { orderKey = 'O-1', subscriptionKey = 'A-S1', chargeNumber = 'C-2' },
]
"""


def test_failed_rows_know_their_parent_and_their_label(ground):
    """failed.csv of a labelled run is run as that run's: same label, `parent_run` named, done once."""
    ground.scenario(refusing("b"))
    said = run(ground, job(ground, creation("a"), creation("b")), "--run-label", "june")
    ground.scenario("")
    again = run(ground, result(said, "failed"))
    assert (again.code, counts(again)) == (0, {"succeeded": 1})
    assert (again.document["parent_run"], again.document["run_label"]) == (run_id(said), "june")
    assert run(ground, result(said, "failed")).code == 2
    assert run(ground, "job.csv", "--run-label", "june").code == 2
    assert made(ground) == {"a": 1, "b": 1}


def test_a_corrected_failed_row_is_done_once(ground):
    """A row that is corrected in failed.csv is another act; the file as it was before is kept beside."""
    ground.scenario(refusing("b"))
    said = run(ground, job(ground, creation("a"), creation("b")))
    name = result(said, "failed")
    (row,) = cells(ground, name)
    rewrite(ground, name, [{**row, "name": "corrected"}])
    assert counts(run(ground, name)) == {"succeeded": 1}
    assert run(ground, name).code == 2
    assert ground.call("results", run_id(said), "-q").code == 0
    assert [each["name"] for each in cells(ground, name.replace("failed", "failed.edited-1"))] == [
        "corrected"
    ]
    assert [each["name"] for each in cells(ground, name)] == ["b"]
    assert made(ground) == {"a": 1, "corrected": 1}


def test_parents_that_do_not_fit_are_refused(ground):
    """A run that is not there, one of another label, two of different labels: refused, with what to do."""
    ground.scenario(refusing("b"))
    plain = run(ground, job(ground, creation("b")))
    labelled = run(ground, "job.csv", "--run-label", "june")
    name = result(plain, "failed")
    (row,) = cells(ground, name)
    (other,) = cells(ground, result(labelled, "failed"))
    refusals = [
        run(ground, rewrite(ground, name, [{**row, "#run": "nowhere"}], "odd.csv")),
        run(ground, rewrite(ground, name, [row, {**other, "name": "c"}], "two.csv")),
        run(ground, name, "--run-label", "july"),
        run(ground, result(labelled, "failed"), "--run-label", "july"),
    ]
    assert [said.code for said in refusals] == [2, 2, 2, 2]
    assert all("delete the column #run" in said.err for said in refusals)
    before = len(ground.requests())
    ground.scenario("")
    assert run(ground, name).code == 0
    assert run(ground, result(labelled, "failed"), "--run-label", "june").code == 0
    assert (len(ground.requests()) - before, made(ground)) == (2, {"b": 2})


def test_a_parent_on_another_tenant_is_refused(ground):
    """After `sandbox --reset` the same rows are other acts, and those of the former tenant are refused."""
    ground.scenario(refusing("b"))
    said = run(ground, job(ground, creation("b"), creation("a"), creation("c")), "--limit", "2")
    assert counts(said) == {"failed": 1, "succeeded": 1, "not_attempted": 1}
    ground.scenario("")
    ground.reset_tenant()
    refusals = [
        run(ground, result(said, "failed")),
        ground.call("resume", run_id(said), "-q"),
        ground.call("retry", run_id(said), "-q"),
    ]
    assert [told.code for told in refusals] == [2, 2, 2]
    assert all("was on" in told.err for told in refusals)
    before = len(ground.requests())
    assert run(ground, job(ground, creation("a"))).code == 0
    assert (len(ground.requests()) - before, made(ground)) == (1, {"a": 1})


@pytest.mark.parametrize("columns", [(), ("#status",), ("#status", "#task"), ("#run", "#task", "#status")])
def test_rows_in_doubt_are_refused(ground, columns):
    """unknown.csv is refused by its #status; without that column, or any of ours, the registry refuses it."""
    ground.scenario("[invoice_schedules.'IS-0000001']\n" + striking('"reset_after"', "detach_charges"))
    said = run(ground, job(ground, creation("a"), detach("C-1")))
    assert counts(said) == {"succeeded": 1, "unknown": 1}
    rows = [
        {name: cell for name, cell in row.items() if name not in columns}
        for row in cells(ground, result(said, "unknown"))
    ]
    before = len(ground.requests())
    refused = run(ground, rewrite(ground, "", rows, "cut.csv"))
    assert refused.code == 2
    assert ("in doubt in run" if columns else "nobody knows yet") in refused.err
    assert len(ground.requests()) == before


def test_a_partial_detach_is_run_for_the_rest(ground):
    """partial.csv names only the charges that are still attached; they are done once."""
    ground.scenario(PARTLY)
    said = run(ground, job(ground, detach("C-1", "C-2")))
    assert counts(said) == {"partial": 1}
    assert [row["chargeNumbers"] for row in cells(ground, result(said, "partial"))] == ["C-1"]
    ground.scenario(PARTLY.replace("stuck = ['C-1']", ""))
    again = run(ground, result(said, "partial"))
    assert (again.code, counts(again)) == (0, {"succeeded": 1})
    assert run(ground, result(said, "partial")).code == 2
    assert [each["charges"] for each in ground.effects()] == [["C-2"], ["C-1"]]


def test_what_a_run_left_is_run_once_it_is_ended(ground):
    """not_attempted.csv is refused until its run is ended, and then done, by another run alone."""
    said = run(ground, job(ground, creation("a"), creation("b")), "--limit", "1")
    name = result(said, "not_attempted")
    assert run(ground, name).code == 2
    assert ground.call("stop", run_id(said)).code == 0
    assert run(ground, name).code == 2
    assert ground.call("stop", run_id(said), "--for-good").code == 0
    assert run(ground, name).code == 0
    assert ground.call("resume", run_id(said), "-q").code == 1
    assert run(ground, "job.csv").code == 2
    assert made(ground) == {"a": 1, "b": 1}


def test_a_rejected_row_is_corrected_and_run(ground):
    """rejected.csv is refused as it stands, and done once when it is corrected."""
    said = run(ground, job(ground, creation("a"), cancel("no id")), "--skip-invalid")
    assert (said.code, counts(said)) == (1, {"succeeded": 1, "rejected": 1})
    name = result(said, "rejected")
    assert run(ground, name).code == 2
    (row,) = cells(ground, name)
    rewrite(ground, name, [{**row, "billRunId": "a" * 32}])
    again = run(ground, name)
    assert (again.code, again.document["parent_run"]) == (0, run_id(said))
    assert run(ground, name).code == 2
    assert len(ground.effects()) == 2


def test_equal_rows_keep_their_places(ground):
    """Of two equal rows one fails: its #task keeps its place, without it a row takes the done one's."""
    ground.scenario(striking('"status"\nstatus = 400\ncategory = 30\nstored = true', "create_bill_run"))
    said = run(ground, job(ground, creation("a"), creation("a")), "--allow-duplicates", "--concurrency", "1")
    assert counts(said) == {"succeeded": 1, "failed": 1}
    assert run(ground, job(ground, creation("a"))).code == 2  # it is the one that was done
    corrected = job(ground, creation("better"), creation("a"))
    assert counts(run(ground, corrected, "--skip-done")) == {"succeeded": 1, "unchanged": 1}
    again = run(ground, result(said, "failed"))
    assert (again.code, counts(again)) == (0, {"succeeded": 1})
    both = job(ground, creation("a"), creation("a"))
    assert run(ground, both, "--allow-duplicates").code == 2
    assert counts(run(ground, both, "--allow-duplicates", "--skip-done")) == {"unchanged": 2}
    third = job(ground, *[creation("a")] * 3)
    assert counts(run(ground, third, "--allow-duplicates", "--skip-done")) == {"unchanged": 2, "succeeded": 1}
    assert made(ground) == {"a": 3, "better": 1}


def test_succeeded_rows_are_done_acts(ground):
    """succeeded.csv is refused as what it is, and left out with --skip-done."""
    said = run(ground, job(ground, creation("a"), cancel(), detach("C-1")))
    name = result(said, "succeeded")
    assert run(ground, name).code == 2
    assert counts(run(ground, name, "--skip-done")) == {"unchanged": 3}
    assert len(ground.effects()) == 3


def test_retry_leaves_out_what_later_runs_hold(ground):
    """`retry` sends nothing that a later run has done or still has to do: it says so, 0."""
    ground.scenario(refusing("a") + refusing("b"))
    said = run(ground, job(ground, creation("a"), creation("b")))
    ground.scenario("")
    assert run(ground, result(said, "failed"), "--limit", "1").code == 4
    told = ground.call("retry", run_id(said), "-q")
    assert (told.code, made(ground)) == (0, {"a": 1})
    assert ground.call("resume", "-q").code == 0
    assert ground.call("retry", run_id(said), "-q").code == 0
    assert made(ground) == {"a": 1, "b": 1}


def test_retry_and_resume_keep_the_date(ground):
    """A row without invoiceDate keeps the day on which it was planned when it is resumed or retried."""
    ground.scenario(refusing("b"))
    rows = [{key: value for key, value in creation(name).items() if key != "invoiceDate"} for name in "abc"]
    said = run(ground, job(ground, *rows), "--limit", "2")
    ground.scenario("")
    ground.move(50)
    assert ground.call("resume", "-q").code == 1
    assert ground.call("retry", run_id(said), "-q").code == 0
    bodies = [ground.call("show", run, task).out for run, task in ((run_id(said), "1"), (run_id(said), "3"))]
    bodies.append(ground.call("show", ground.run_ids()[-1], "1").out)
    days = {body.partition('"invoiceDate":"')[2][:10] for body in bodies}
    assert len(days) == 1
    assert made(ground) == {"a": 1, "b": 1, "c": 1}


def test_a_run_id_repeats_its_command_and_nothing_else(scoped):
    """An ID that exists resumes the same job alone; other bytes, places or labels are refused."""
    row = {key: value for key, value in creation("a").items() if key != "operation"}
    command = (job(scoped, row, {**row, "name": "b"}), "--run-id", "june", "--operation", "create_bill_run")
    places = ("--entity", "us", "--org", "north")
    assert run(scoped, *command, *places, "--limit", "1").code == 4
    others = [
        (*command, "--entity", "emea", "--org", "north"),
        (*command, "--entity", "us", "--org", "south"),
        (*command, *places, "--run-label", "x"),
        (job(scoped, creation("a"), creation("b"), name="other.csv"), "--run-id", "june", *places),
    ]
    assert [run(scoped, *other).code for other in others] == [2, 2, 2, 2]
    scoped.move(25)
    assert [run(scoped, *command, *places).code for _ in range(2)] == [0, 0]
    assert made(scoped) == {"a": 1, "b": 1}


def test_what_a_run_knows_stays_with_its_directory(ground):
    """A run directory that is renamed holds its acts under its new name."""
    said = run(ground, job(ground, creation("a")), "--run-id", "june")
    shutil.move(ground.runs / run_id(said), ground.runs / "archived")
    refused = run(ground, "job.csv")
    assert refused.code == 2
    assert "was done by run archived (task 1, succeeded)" in refused.err
    assert made(ground) == {"a": 1}

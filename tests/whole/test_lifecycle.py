"""Whole commands on the built-in tenant: what becomes of runs, and what the next command says."""

import json

CREATE = "operation,name,batches,targetDate,invoiceDate"
ROW = "create_bill_run,{name},Batch1,2026-11-30,2026-11-30"
RESET_AFTER = '[[faults]]\nmatch = {{ operation = "{operation}" }}\nfault = "reset_after"\ntimes = {times}\n'
BILL_RUN = "2c92c0f85a1b4c6d015a1b4c6d7e00aa"


def test_a_job_becomes_a_ledger(place):
    """Every row ends in one ledger line; the summary adds up; the files are there."""
    job = place.job("job.csv", CREATE, ROW.format(name="a"), ROW.format(name="b"))
    said = place.call("run", job, "--json", "-q")
    assert said.code == 0
    assert place.counts(said) == {"succeeded": 2}
    assert [line["status"] for line in place.ledger(said)] == ["succeeded", "succeeded"]
    names = {each.name for each in place.run_of(said).iterdir()}
    assert {
        "checkpoint.db",
        "ledger.jsonl",
        "ledger.csv",
        "failed.csv",
        "summary.json",
        "report.html",
    } <= names
    assert len(place.effects()) == 2


def test_the_same_rows_are_refused_and_can_be_skipped(place):
    """A second run of the same file sends nothing; --skip-done says by whom each row was done."""
    job = place.job("job.csv", CREATE, ROW.format(name="a"))
    first = place.call("run", job, "--json", "-q")
    again = place.call("run", job)
    assert again.code == 2
    assert "was done by run" in again.err
    skipped = place.call("run", job, "--skip-done", "--json", "-q")
    assert (skipped.code, place.counts(skipped)) == (0, {"unchanged": 1})
    line = place.ledger(skipped)[0]
    assert place.run_of(first).name in line["note"]
    assert line["result_id"] == place.ledger(first)[0]["result_id"]
    assert line["finished_at"] is not None
    assert len(place.effects()) == 1


def test_a_label_repeats_on_purpose(place):
    """With a run label the same rows are other acts."""
    job = place.job("job.csv", CREATE, ROW.format(name="a"))
    assert place.call("run", job, "-q").code == 0
    assert place.call("run", job, "-q", "--run-label", "again").code == 0
    assert len(place.effects()) == 2


def test_a_lost_create_is_found(place):
    """A creation whose reply was lost is decided by its key: one effect, succeeded."""
    place.scenario(RESET_AFTER.format(operation="create_bill_run", times=1))
    said = place.call("run", place.job("job.csv", CREATE, ROW.format(name="a")), "--json", "-q")
    assert (said.code, place.counts(said)) == (0, {"succeeded": 1})
    assert place.ledger(said)[0]["attempts"] == 2
    assert len(place.effects()) == 1


def test_a_lost_cancel_is_read_back(place):
    """A cancel whose reply was lost is found done by reading, and sent once."""
    place.scenario(RESET_AFTER.format(operation="cancel_bill_run", times=1))
    job = place.job("job.csv", "operation,billRunId", f"cancel_bill_run,{BILL_RUN}")
    said = place.call("run", job, "--json", "-q")
    assert (said.code, place.counts(said)) == (0, {"succeeded": 1})
    assert place.ledger(said)[0]["attempts"] == 1


def test_what_is_accepted_is_settled_later(place):
    """--until accepted leaves a cancel accepted (3); settle finds out how it ended, by reading alone."""
    job = place.job("job.csv", "operation,billRunId", f"cancel_bill_run,{BILL_RUN}")
    said = place.call("run", job, "--until", "accepted", "--json", "-q")
    assert (said.code, place.counts(said)) == (3, {"accepted": 1})
    settled = place.call("settle", "--json", "-q")
    assert (settled.code, place.counts(settled)) == (0, {"succeeded": 1})
    assert len(place.effects()) == 1


def test_an_unknown_end_is_resolved_by_a_person(place):
    """What reading cannot decide is decided by resolve, with who and why; a later decision corrects it."""
    place.scenario(RESET_AFTER.format(operation="detach_charges", times=1), settle_s=1)
    head = "operation,scheduleKey,orderKey,subscriptionKey,chargeNumbers"
    job = place.job("job.csv", head, "detach_charges,IS-0000001,O-1,A-S1,C-1")
    said = place.call("run", job, "--json", "-q")
    assert (said.code, place.counts(said)) == (3, {"unknown": 1})
    run = place.run_of(said).name
    assert place.call("run", str(place.run_of(said) / "unknown.csv")).code == 2
    assert place.call("resolve", run, "1", "--as", "succeeded").code == 2
    done = place.call("resolve", run, "1", "--as", "succeeded", "--reason", "seen in the UI", "--json")
    assert (done.code, place.counts(done)) == (0, {"succeeded": 1})
    assert "seen in the UI" in place.ledger(done)[0]["note"]
    (place.path / "decisions.csv").write_text("task,as,reason\n1,failed,looked again\n")
    corrected = place.call("resolve", run, "--from", "decisions.csv", "--json")
    assert (corrected.code, place.counts(corrected)) == (1, {"failed": 1})


def test_a_created_bill_run_cannot_be_resolved_as_failed(place):
    """A creation whose id is known is done; nothing else may be said of it."""
    place.scenario("[delays]\nbill_run_processing = [9000, 9000]\n", settle_s=1)
    job = place.job("job.csv", CREATE, ROW.format(name="a"))
    said = place.call("run", job, "--until", "completed", "--json", "-q")
    assert (said.code, place.counts(said)) == (3, {"accepted": 1})
    run = place.run_of(said).name
    refused = place.call("resolve", run, "1", "--as", "failed", "--reason", "no")
    assert refused.code == 2
    assert "cannot be resolved as failed" in refused.err


def test_a_limit_leaves_the_rest_to_resume(place):
    """--limit N does the first N (4); resume does the rest."""
    job = place.job("job.csv", CREATE, *(ROW.format(name=name) for name in "abcd"))
    said = place.call("run", job, "--limit", "3", "--json", "-q")
    assert (said.code, place.counts(said)) == (4, {"succeeded": 3, "not_attempted": 1})
    resumed = place.call("resume", "--json", "-q")
    assert (resumed.code, place.counts(resumed)) == (0, {"succeeded": 4})
    again = place.call("resume", "--json", "-q")
    assert (again.code, len(place.effects())) == (0, 4)


def test_a_run_ended_for_good_frees_its_rows(place):
    """Stop --for-good ends a run: resume sends nothing more, and another run may do its open rows."""
    job = place.job("job.csv", CREATE, ROW.format(name="a"), ROW.format(name="b"))
    said = place.call("run", job, "--limit", "1", "--json", "-q")
    assert place.call("run", str(place.run_of(said) / "not_attempted.csv")).code == 2
    assert place.call("stop", "--for-good").code == 0
    assert place.call("resume", "-q").code == 1
    assert json.loads(place.call("status", "--json").out)["state"] == "ended"
    rest = place.call("run", str(place.run_of(said) / "not_attempted.csv"), "--json", "-q")
    assert (rest.code, place.counts(rest)) == (0, {"succeeded": 1})
    assert len(place.effects()) == 2


def test_failed_rows_run_again_as_they_stand(place):
    """failed.csv is a job file; retry does the same with the frozen bytes; each gets a new key."""
    place.scenario('[[created]]\nname = "^a "\nrefuse = { category = 30, message = "on hold" }\n')
    said = place.call("run", place.job("job.csv", CREATE, ROW.format(name="a")), "--json", "-q")
    assert (said.code, place.counts(said)) == (1, {"failed": 1})
    retried = place.call("retry", "--json", "-q")
    assert (retried.code, place.counts(retried)) == (1, {"failed": 1})
    keys = {place.ledger(each)[0]["idempotency_key"] for each in (said, retried)}
    assert len(keys) == 2
    place.scenario("")
    again = place.call("run", str(place.run_of(said) / "failed.csv"), "--json", "-q")
    assert (again.code, place.counts(again)) == (0, {"succeeded": 1})
    assert json.loads(again.out)["parent_run"] == place.run_of(said).name
    assert place.call("retry", place.run_of(said).name).out.endswith("nothing was sent\n")


def test_verify_sees_an_edited_ledger(place):
    """Verify is content with a run as it stands, and tells of a ledger that does not follow from it (5)."""
    said = place.call("run", place.job("job.csv", CREATE, ROW.format(name="a")), "--json", "-q")
    assert place.call("verify").code == 0
    ledger = place.run_of(said) / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace("succeeded", "failed"))
    told = place.call("verify")
    assert told.code == 5
    assert "ledger.jsonl does not follow" in told.out
    assert place.call("results").code == 0
    assert place.call("verify").code == 0


def test_doctor_is_content_with_the_built_in_tenant(place):
    """Doctor names each value's origin, reaches the tenant, and ends with 0."""
    said = place.call("doctor")
    assert said.code == 0
    assert "settle_seconds" in said.out
    assert "(file)" in said.out
    assert "all is well" in said.out


def test_a_run_id_repeated_resumes_or_sends_nothing(place):
    """--run-id of an existing run resumes the same job, sends nothing when finished, refuses another job."""
    job = place.job("job.csv", CREATE, ROW.format(name="a"), ROW.format(name="b"))
    command = ("run", job, "--run-id", "june", "--json", "-q")
    assert place.call(*command, "--limit", "1").code == 4
    assert place.call(*command).code == 0
    assert place.call(*command).code == 0
    assert len(place.effects()) == 2
    place.job("job.csv", CREATE, ROW.format(name="c"))
    refused = place.call(*command)
    assert refused.code == 2
    assert "the job's bytes" in refused.out + refused.err

"""How tasks are settled by whole commands: before anything is sent, after a lost reply, and by a person."""

import json

from runner.core.event import Observed, Sent
from runner.core.sighting import Sighting, Standing
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog

CREATE = "operation,name,batches,targetDate,invoiceDate"
DETACH = "operation,scheduleKey,orderKey,subscriptionKey,chargeNumbers,specificSubscriptions"
CANCEL = "operation,billRunId,cancelOnce"


def run_id(number: int) -> str:
    """The id of a bill run."""
    return f"{number:032x}"


def bill_run(number: int, *lines: str) -> str:
    """A bill run of a scenario."""
    return "\n".join((f'[bill_runs."{run_id(number)}"]', *lines, ""))


def schedule(number: int, *lines: str) -> str:
    """An invoice schedule of a scenario, with the charges C-1 and C-2 of one subscription, C-3 of another."""
    owned = (("S-1", "C-1"), ("S-1", "C-2"), ("S-2", "C-3"))
    charges = ", ".join(
        f'{{ orderKey = "O-1", subscriptionKey = "{owner}", chargeNumber = "{charge}" }}'
        for owner, charge in owned
    )
    return "\n".join((f'[invoice_schedules."IS-{number}"]', f"charges = [{charges}]", *lines, ""))


def fault(operation: str, target: str, kind: str, *lines: str) -> str:
    """A fault of a scenario."""
    match = f'match = {{ operation = "{operation}", target = "{target}" }}'
    return "\n".join(("[[faults]]", match, f'fault = "{kind}"', *lines, ""))


def set_up(place, scenario: str, settle_s: int = 20) -> None:
    """What the tenant holds, with a quiet window that no test has to wait long for."""
    place.scenario(scenario, settle_s)
    with (place.path / "config.toml").open("a") as config:
        config.write("quiet_seconds = 0.5\n")


def statuses(place, said) -> list[tuple[str, int]]:
    """Each task's status and attempts, in order."""
    return [(line["status"], line["attempts"]) for line in place.ledger(said)]


def append(directory, *events) -> None:
    """Add events to a checkpoint, as a launch does that is killed afterwards."""
    log = CommitLog.open(directory)
    log.commit([spell(event) for event in events])
    log.close()


def test_preflight_decides_what_needs_no_write(place):
    """What is so already is unchanged, what cannot be has failed with no attempt, and the note says why."""
    scenario = (
        bill_run(1, 'status = "Canceled"', 'name = "May"')
        + bill_run(2, 'status = "Pending"', 'name = "May"', 'number = "BR-00000017"')
        + bill_run(3, 'status = "Canceled"')
        + bill_run(4, 'status = "Posted"')
        + bill_run(5, 'status = "Processing"')
        + bill_run(6, 'status = "CancelInProgress"')
    )
    set_up(place, scenario, settle_s=1)
    rows = [
        f"cancel_bill_run,{run_id(n)},{once}" for n, once in ((1, "false"), *((n, "") for n in range(3, 7)))
    ]
    said = place.call("run", place.job("job.csv", CANCEL, *rows), "--json", "-q")
    assert said.code == 4
    expected = ["failed", "unchanged", "failed", "not_attempted", "accepted"]
    assert statuses(place, said) == [(status, 0) for status in expected]
    ledger = place.ledger(said)
    assert "BR-00000017" in ledger[0]["note"]
    assert "posted" in ledger[2]["note"]
    assert not (place.path / "runs/.tenant/sandbox/effects.jsonl").read_text()
    # Somebody else's cancel, seen before anything was sent, is followed by reading alone.
    set_up(place, scenario.replace("CancelInProgress", "Canceled"), settle_s=9)
    settled = place.call("settle", "--json", "-q")
    assert statuses(place, settled)[4] == ("unchanged", 0)
    assert place.ledger(settled)[4]["result_state"] == "Canceled"


def test_a_cancel_that_ends_elsewhere(place):
    """A cancel that was seen in progress and is so no more has failed, wherever it came from and went to."""
    set_up(
        place,
        "[delays]\nbill_run_cancel = [60, 60]\njournal_run_cancel = [60, 60]\n"
        + bill_run(1, 'status = "Pending"', 'cancel_ends = "Completed"')
        + bill_run(2, 'cancel_ends = "Completed"')
        + bill_run(3, 'cancel_ends = "never"')
        + "[journal_runs.'JR-00000001']\nentries = 650\ntransferred = 1\n"
        + "[journal_runs.'JR-00000002']\nentries = 4\nprocessing = 4\n"
        + "[journal_runs.'JR-00000003']\nentries = 4\nstuck = 1\n"
        + "[journal_runs.'JR-00000004']\nentries = 3\ntransferred = 3\n"
        + "[journal_runs.'JR-00000005']\nentries = 5\ntransferred = 2\n"
        + fault("cancel_journal_run", "JR-00000005", "reset_after"),
        settle_s=4,
    )
    rows = [f"cancel_bill_run,{run_id(n)}," for n in (1, 2, 3)]
    rows += [f"cancel_journal_run,,JR-{n:08}" for n in range(1, 6)]
    said = place.call("run", place.job("job.csv", "operation,billRunId,jr-number", *rows), "--json", "-q")
    assert said.code == 3
    expected = ["failed", "failed", "accepted", "partial", "failed", "accepted", "failed", "partial"]
    assert statuses(place, said) == [(status, 1) for status in expected]
    ledger = place.ledger(said)
    assert [line["reason_code"] for line in ledger[:2]] == ["ended_elsewhere"] * 2
    assert ledger[3]["note"].startswith("649 of 650 entries are cancelled")
    assert ledger[5]["note"] == "3 of 4 entries are cancelled"


def test_detaches_by_the_charges_that_are_left(place):
    """Only a charge that was listed, and is no more, proves a lost detach; a partial one names the others."""
    stuck = ("partial = true", 'stuck = ["C-2"]')
    set_up(place,
        schedule(1) + schedule(2, 'listed_by = "query"') + schedule(3, 'listed_by = "none"') + schedule(4)
        + schedule(5, *stuck) + schedule(6, *stuck) + schedule(7, *stuck) + schedule(8, *stuck) + schedule(9)
        + fault("detach_charges", "IS-[12348]", "reset_after")
        + fault("detach_charges", "IS-9", "reset_before", "times = 1"),
        settle_s=4,
    )  # fmt: skip
    item = {"orderKey": "O-1", "subscriptionKey": "S-1", "chargeNumbers": ["C-1", "C-2"]}
    as_json = json.dumps([item]).replace('"', '""')
    named = [f"detach_charges,IS-{n},O-1,S-1,C-1;C-2," for n in (1, 2, 3)]
    rows = [
        *named, "detach_charges,IS-4,O-1,S-1,C-1;C-9,", "detach_charges,IS-5,O-1,S-1,C-1;C-2,",
        f'detach_charges,IS-6,,,,"{as_json}"', "detach_charges,IS-7,O-1,S-1,,",
        "detach_charges,IS-8,O-1,S-1,C-1;C-2,", "detach_charges,IS-9,O-1,S-1,C-1,",
    ]  # fmt: skip
    said = place.call("run", place.job("job.csv", DETACH, *rows), "--json", "-q")
    assert said.code == 3
    expected = ["succeeded", "succeeded", "unknown", "unknown", "partial", "partial", "partial", "partial"]
    assert [status for status, _ in statuses(place, said)] == [*expected, "succeeded"]
    assert place.ledger(said)[8]["attempts"] == 2
    left = place.rows(place.run_of(said) / "partial.csv")
    assert [row["scheduleKey"] for row in left] == ["IS-5", "IS-6", "IS-7", "IS-8"]
    assert [row["chargeNumbers"] for row in left] == ["C-2", "", "C-2", "C-2"]
    assert json.loads(left[1]["specificSubscriptions"]) == [{**item, "chargeNumbers": ["C-2"]}]
    assert place.call("check", str(place.run_of(said) / "partial.csv")).code == 0


def test_creations_are_found_by_their_marker(place):
    """A lost registry costs no second creation, whatever characters the names have."""
    names = ['"a, with [brackets]"', "b] x", '"c ""q"""', "d&e=f?#%25 +", '"é, ("', "g"]
    job = place.job("job.csv", CREATE, *(f"create_bill_run,{n},Batch1,2026-11-30,2026-11-30" for n in names))
    first = place.call("run", job, "--json", "-q")
    assert (first.code, place.counts(first)) == (0, {"succeeded": 6})
    place.run_of(first).rename(place.path / "elsewhere")
    again = place.call("run", job, "--json", "-q")
    assert (again.code, place.counts(again)) == (0, {"unchanged": 6})
    made = [json.loads(line) for line in (place.path / "elsewhere/ledger.jsonl").read_text().splitlines()]
    assert [line["result_id"] for line in place.ledger(again)] == [line["result_id"] for line in made]
    assert len(place.effects()) == 6


def test_one_that_is_not_shown_yet_is_not_gone(place):
    """A created bill run that a read does not show once is followed on; one that nothing shows is partial."""
    set_up(
        place,
        "[delays]\nbill_run_processing = [800, 800]\n"
        '[[faults]]\nmatch = { operation = "read", path = "^/v1/bill-runs/" }\nfault = "status"\n'
        "status = 404\ntimes = 1\n",
    )
    (place.path / "config.toml").write_text((place.path / "config.toml").read_text() + "marker = false\n")
    job = place.job("job.csv", CREATE, "create_bill_run,a,Batch1,2026-11-30,2026-11-30")
    said = place.call("run", job, "--until", "completed", "--json", "-q")
    assert (said.code, place.counts(said)) == (0, {"succeeded": 1})
    assert place.ledger(said)[0]["result_state"] == "Completed"


def test_one_second_put_at_most_in_all_launches(place):
    """A write that died with its launch, and one that was lost, are all that is ever sent of one PUT."""
    set_up(
        place,
        fault("cancel_bill_run", run_id(2), "reset_before")
        + fault("cancel_journal_run", "JR", "reset_before"),
    )
    rows = [
        f"cancel_bill_run,{run_id(1)},",
        f"cancel_bill_run,{run_id(2)},",
        "cancel_journal_run,,JR-00000001",
    ]
    job = place.job("job.csv", "operation,billRunId,jr-number", *rows)
    said = place.call("run", job, "--limit", "1", "--json", "-q")
    directory = place.run_of(said)
    shown = {"executedOn": "2026-01-01 02:00:00", "status": "Completed", "totalJournalEntryCount": 3}
    before = Sighting(Standing.UNTOUCHED, "Completed", "JR-00000001", facts=shown)
    append(directory, Observed(3, 1.9e9, "preflight", before), Sent(3, 1.9e9, 1, 0, "zbr-x-3-1"))
    resumed = place.call("resume", "--json", "-q")
    assert statuses(place, resumed) == [("succeeded", 1), ("failed", 2), ("unknown", 2)]
    assert place.ledger(resumed)[1]["retryable"]
    again = place.call("resume", "--json", "-q")
    assert statuses(place, again) == statuses(place, resumed)
    assert len(place.effects()) == 1


def test_what_a_person_decided_is_told(place):
    """A decision keeps what is known of the target, can be corrected, and stands in the task's history."""
    set_up(
        place,
        "[delays]\nbill_run_processing = [9000, 9000]\n" + fault("detach_charges", "IS", "reset_after"),
        settle_s=1,
    )
    columns = (
        "operation,scheduleKey,orderKey,subscriptionKey,chargeNumbers,name,batches,targetDate,invoiceDate"
    )
    rows = ["detach_charges,IS-1,O-1,S-1,C-1,,,,", "create_bill_run,,,,,a,Batch1,2026-11-30,2026-11-30"]
    job = place.job("job.csv", columns, *rows)
    said = place.call("run", job, "--until", "completed", "--run-id", "r", "--json", "-q")
    made, state = (place.ledger(said)[1][name] for name in ("result_id", "result_state"))
    assert (place.counts(said), bool(made)) == ({"unknown": 1, "accepted": 1}, True)
    assert state in {"Pending", "Processing"}
    reason = ("--reason", "seen, in the UI", "--json")
    place.call("resolve", "r", "1", "--as", "succeeded", "--result-id", "IS-0000001", *reason)
    done = place.call("resolve", "r", "2", "--as", "succeeded", *reason)
    assert (done.code, place.counts(done)) == (0, {"succeeded": 2})
    assert [line["result_id"] for line in place.ledger(done)] == ["IS-0000001", made]
    assert place.ledger(done)[1]["result_state"] == state
    corrected = place.call("resolve", "r", "1", "--as", "failed", *reason)
    assert (corrected.code, place.ledger(corrected)[0]["result_id"]) == (1, None)
    events = json.loads(place.call("show", "r", "1", "--json").out)["events"]
    told = [(event["outcome"]["status"], event["reason"]) for event in events if event["event"] == "resolved"]
    assert told == [("succeeded", "seen, in the UI"), ("failed", "seen, in the UI")]
    sent = json.loads(place.call("show", "r", "2", "--json").out)["events"][1]
    assert sent["idempotency_key"] == place.ledger(done)[1]["idempotency_key"]
    assert "result IS-0000001: seen, in the UI" in place.call("show", "r", "1").out


def test_a_creation_that_has_an_id_did_not_fail(place):
    """Whoever names the bill run that came of a row cannot say that none did; else that may be said."""
    set_up(place, fault("create_bill_run", "", "reset_before"), settle_s=1)
    job = place.job("job.csv", CREATE, "create_bill_run,a,Batch1,2026-11-30,2026-11-30")
    said = place.call("run", job, "--run-id", "r", "--json", "-q")
    assert place.counts(said) == {"unknown": 1}, said
    failed = ("resolve", "r", "1", "--as", "failed", "--reason", "never came", "--json")
    refused = place.call(*failed, "--result-id", "7b8f3d6b166a9d137cd9e2be764f9c55")
    assert refused.code == 2
    assert "cannot be resolved as failed" in refused.err
    assert place.counts(place.call(*failed)) == {"failed": 1}


def test_a_file_of_decisions_is_taken_whole_or_not_at_all(place):
    """Each line that is wrong is named with its column, and none of the decisions is taken then."""
    refused = '[[created]]\nname = "^b "\nrefuse = { category = 30 }\n'
    set_up(place, refused + fault("detach_charges", "IS", "reset_after"), settle_s=1)
    columns = (
        "operation,scheduleKey,orderKey,subscriptionKey,chargeNumbers,name,batches,targetDate,invoiceDate"
    )
    lost = [f"detach_charges,IS-{n},O-1,S-1,C-1,,,," for n in (1, 2)]
    job = place.job("job.csv", columns, *lost, "create_bill_run,,,,,b,Batch1,2026-11-30,2026-11-30")
    said = place.call("run", job, "--run-id", "r", "--json", "-q")
    assert place.counts(said) == {"unknown": 2, "failed": 1}
    command = ("resolve", "r", "--from", "decisions.csv", "--json")
    lines = [
        "task,as,reason,result_id",
        "1,failed,no",
        "",
        "9999999999,maybe,",
        "2,failed,a, b,c",
        "1,partial,x",
    ]
    place.job("decisions.csv", *lines)
    wrong = place.call(*command)
    problems = [(each["line"], each["column"]) for each in json.loads(wrong.out)["problems"]]
    assert (wrong.code, problems) == (2, [(4, "task"), (4, "as"), (4, "reason"), (5, ""), (6, "task")])
    assert "decisions.csv:4:as: " in wrong.err
    place.job("decisions.csv", "task,as,reason", "1,failed,no", "3,succeeded,no", "7,failed,no")
    undecided = place.call(*command)
    assert undecided.code == 2
    assert "decisions.csv:3: task 3 is failed" in undecided.err
    assert "decisions.csv:4:task: r: there is no task 7" in undecided.err
    assert place.call("resolve", "r", "3", "--as", "succeeded", "--reason", "no").err.count(
        "zuora-batch retry r"
    )
    assert place.call("resolve", "r", "9" * 20, "--as", "failed", "--reason", "no").code == 2
    place.job("decisions.csv", "\ufeffreason,task,as", '"it, is",1,partial', "no,2,failed")
    taken = place.call(*command)
    assert (taken.code, place.counts(taken)) == (1, {"partial": 1, "failed": 2})

"""The contract's paragraph "No act twice", sentence by sentence, by whole commands."""

import pytest

from tests.acts.ground import ENTITIES, ORGS
from tests.acts.making import (
    BILL_RUN,
    JOURNAL_RUN,
    cancel,
    counts,
    creation,
    detach,
    job,
    made,
    refusing,
    result,
    run,
    run_id,
    stored,
)  # fmt: skip

FILTER = [{"accountId": "A-1", "filterType": "Account"}]
SPELLINGS = [
    (creation("a", batches=["Batch2", "Batch1"]), creation("a", batches=["Batch1", "Batch2"])),
    (creation("b"), creation("b", autoPost=False, billRunType="Regular", includeSubscriptions=True)),
    (creation("c", batches=None, accountId="A-1"), creation("c", batches=None, billRunFilters=FILTER)),
    (cancel(), cancel(BILL_RUN.upper(), cancelOnce=True)),
    (
        {"operation": "cancel_journal_run", "jr-number": JOURNAL_RUN},
        {"operation": "cancel_journal_run", "jrNumber": JOURNAL_RUN},
    ),
    (
        detach("C-2", "C-1"),
        {
            "operation": "detach_charges",
            "scheduleKey": "IS-0000001",
            "specificSubscriptions": [
                {"orderKey": "O-1", "subscriptionKey": "A-S1", "chargeNumbers": ["C-1", "C-2"]}
            ],
        },
    ),
]


def test_another_spelling_is_the_same_act(ground):
    """Aliases, convenience columns, sets in another order, defaults written out, JSONL for CSV: refused."""
    assert run(ground, job(ground, *(first for first, _ in SPELLINGS))).code == 0
    seconds = [
        {name: value for name, value in second.items() if value is not None} for _, second in SPELLINGS
    ]
    for name in ("again.csv", "again.jsonl"):
        said = run(ground, job(ground, *seconds, name=name))
        assert said.code == 2
        assert len(said.document["problems"]) == len(SPELLINGS)
    assert len(ground.effects()) == len(SPELLINGS)


def test_a_number_is_the_act_of_its_id(ground):
    """A bill run cancelled by its number is the same act as by its id."""
    ground.scenario(f"[bill_runs.'{BILL_RUN}']\nnumber = 'BR-00000042'\n")
    by_number = {"operation": "cancel_bill_run", "billRunNumber": "BR-00000042"}
    assert run(ground, job(ground, by_number, cancel())).code == 2
    assert ground.requests() == []
    assert run(ground, job(ground, by_number)).code == 0
    assert run(ground, job(ground, cancel())).code == 2
    assert run(ground, job(ground, by_number)).code == 2
    assert len(ground.effects()) == 1


def test_a_scope_is_the_same_by_name_by_id_and_by_option(scoped):
    """Entities and orgs by name or id, in any order, in the row or by option, are the same acts."""
    first = creation("a", entity="us|emea", org="north,south")
    assert run(scoped, job(scoped, first)).code == 0
    ids = creation("a", entity="|".join(reversed(ENTITIES.values())), org=f"{ORGS['south']},{ORGS['north']}")
    assert run(scoped, job(scoped, ids)).code == 2
    assert run(scoped, job(scoped, creation("a", entity="*", org="south,north"))).code == 2
    assert run(scoped, job(scoped, creation("a", org="south,north")), "--entity", "emea").code == 2
    assert made(scoped) == {"a": 2}
    assert run(scoped, job(scoped, creation("a", entity="us", org="north"))).code == 0
    assert made(scoped) == {"a": 3}


def test_an_act_belongs_to_the_tenant_not_to_its_name(ground):
    """One tenant under two names in the config has the same acts."""
    assert run(ground, job(ground, creation("other"))).code == 0
    origin = (ground.home / "address.json").read_text().partition('"origin": "')[2].partition('"')[0]
    config = ground.path / "config.toml"
    tables = "".join(f'[tenants.{name}]\nbase_url = "{origin}"\n' for name in ("one", "two"))
    config.write_text(config.read_text() + tables)
    kinds = ("CLIENT_ID", "CLIENT_SECRET")
    known = dict(ground.starter.environ)
    ground.starter.environ |= {f"ZUORA_{name}_{kind}": "x" for name in ("ONE", "TWO") for kind in kinds}
    try:
        assert run(ground, job(ground, creation("a")), "--tenant", "one", "--yes").code == 0
        said = run(ground, "job.csv", "--tenant", "two", "--yes")
    finally:
        ground.starter.environ = known
    assert said.code == 2
    assert "was done by run" in said.err
    assert made(ground)["a"] == 1


def test_dates_are_filled_in_after_the_act(ground):
    """A row without invoiceDate is the same act on another day; a label then takes that day's date."""
    row = creation("a")
    del row["invoiceDate"]
    assert run(ground, job(ground, row)).code == 0
    for _ in range(2):
        ground.move(25)
        assert run(ground, "job.csv").code == 2
    skipped = run(ground, "job.csv", "--skip-done")
    assert (skipped.code, counts(skipped)) == (0, {"unchanged": 1})
    assert made(ground) == {"a": 1}


def test_what_is_open_is_refused_by_run_and_task(ground):
    """Acts in doubt and acts still to do are refused by the names of run and task, also with --skip-done."""
    ground.scenario("[delays]\njournal_run_cancel = [90000, 90000]\n")
    rows = ({"operation": "cancel_journal_run", "jrNumber": JOURNAL_RUN}, creation("b"), creation("c"))
    said = run(ground, job(ground, *rows), "--limit", "1", "--until", "accepted")
    assert counts(said) == {"accepted": 1, "not_attempted": 2}
    for option in ((), ("--skip-done",)):
        again = run(ground, "job.csv", *option)
        assert again.code == 2
        assert f"is in doubt in run {run_id(said)} (task 1, accepted)" in again.err
        assert f"is still to be done by run {run_id(said)} (task 3, not_attempted)" in again.err
        assert [each["line"] for each in again.document["problems"]] == [2, 3, 4]
    assert len(ground.requests()) == 1


def test_a_created_bill_run_is_done_whatever_its_end(ground):
    """A creation whose bill run ended in error is partial, and done: no run repeats it."""
    ground.scenario("[[created]]\nname = '^a'\nend = 'Error'\n")
    said = run(ground, job(ground, creation("a")), "--until", "completed")
    assert (said.code, counts(said)) == (1, {"partial": 1})
    assert run(ground, result(said, "partial")).code == 2
    assert run(ground, "job.csv").code == 2
    skipped = run(ground, "job.csv", "--skip-done")
    assert counts(skipped) == {"unchanged": 1}
    assert made(ground) == {"a": 1}


def test_a_cancel_of_a_journal_run_that_went_in_part_is_free(ground):
    """A partial cancel may be run again; what is transferred stays, so nothing is done twice."""
    ground.scenario(f"[journal_runs.'{JOURNAL_RUN}']\nentries = 3\ntransferred = 1\n")
    said = run(ground, job(ground, {"operation": "cancel_journal_run", "jrNumber": JOURNAL_RUN}))
    assert counts(said) == {"partial": 1}
    assert run(ground, result(said, "partial")).code in {0, 1, 3}
    assert len(ground.effects()) == 1


def test_a_corrected_file_is_run_again_whole(ground):
    """Corrected, in another order, as JSONL, two days later: only the corrected row is done, and once."""
    ground.scenario(refusing("b"))
    rows = [creation("a"), creation("b"), cancel(), detach("C-1")]
    assert counts(run(ground, job(ground, *rows))) == {"succeeded": 3, "failed": 1}
    ground.move(50)
    rows[1] = creation("corrected b")
    name = job(ground, *reversed(rows), name="job.jsonl")
    assert run(ground, name).code == 2
    said = run(ground, name, "--skip-done")
    assert (said.code, counts(said)) == (0, {"unchanged": 3, "succeeded": 1})
    assert made(ground) == {"a": 1, "corrected b": 1}
    assert len(ground.effects()) == 4


@pytest.mark.parametrize(
    ("how", "hours"), [("run", 0.0), ("retry", 0.0), ("failed.csv", 19.0), ("retry", 25.0), ("run", 50.0)]
)
def test_a_repeated_row_never_gets_a_stored_refusal(ground, how, hours):
    """What the server refused, and stored under the key, is done once the tenant is corrected."""
    ground.scenario(refusing("a", 30) + refusing("b", 10))
    said = run(ground, job(ground, creation("a"), creation("b")))
    assert counts(said) == {"failed": 2}
    ground.scenario("")
    ground.move(hours)
    match how:
        case "run":
            again = run(ground, "job.csv")
        case "retry":
            again = ground.call("retry", "--json", "-q")
        case _:
            again = run(ground, result(said, "failed"))
    assert (again.code, made(ground)) == (0, {"a": 1, "b": 1})


def test_a_label_repeats_a_creation_once(ground):
    """A label makes one more effect, however often its command is given."""
    job(ground, creation("a"), cancel())
    assert run(ground, "job.csv").code == 0
    labelled = run(ground, "job.csv", "--run-label", "again")
    assert counts(labelled) == {"succeeded": 1, "unchanged": 1}
    assert stored(ground, labelled)["run_label"] == "again"
    assert run(ground, "job.csv", "--run-label", "again").code == 2
    assert run(ground, job(ground, cancel(), name="alone.csv"), "--run-label", "again").code == 2
    assert run(ground, "job.csv").code == 2
    assert made(ground) == {"a": 2}
    assert len(ground.effects()) == 3

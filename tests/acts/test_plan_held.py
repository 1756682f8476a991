"""`plan` says offline what `run` is going to refuse."""

from tests.acts.making import cancel, counts, creation, job, refusing, result, run, run_id, striking


def held(ground, *arguments: str) -> dict[tuple[str, str], int]:
    """How many acts of a job each run holds, by kind."""
    said = ground.call("plan", *arguments, "--json")
    assert said.code == 0
    return {(each["run_id"], each["kind"]): each["tasks"] for each in said.document["held"]}


def test_what_is_done_and_what_is_open_is_listed(ground):
    """Done and open acts are listed by run; under another label nothing is, nor what is free."""
    ground.scenario(refusing("b"))
    said = run(ground, job(ground, creation("b"), creation("a"), cancel()), "--limit", "2")
    assert held(ground, "job.csv") == {(run_id(said), "done"): 1, (run_id(said), "to_do"): 1}
    assert held(ground, "job.csv", "--run-label", "again") == {}


def test_a_result_file_is_compared_under_its_own_label(ground):
    """The rows of a labelled run's result file are that run's acts, as they are for `run`."""
    said = run(ground, job(ground, creation("a")), "--run-label", "june")
    assert held(ground, result(said, "succeeded")) == {(run_id(said), "done"): 1}
    assert run(ground, result(said, "succeeded")).code == 2


def test_equal_rows_are_compared_in_the_places_that_run_gives_them(ground):
    """Where one of two equal rows failed and the other was done, a single one is the one that was done."""
    ground.scenario(striking('"status"\nstatus = 400\ncategory = 30\nstored = true', "create_bill_run"))
    said = run(ground, job(ground, creation("a"), creation("a")), "--allow-duplicates", "--concurrency", "1")
    assert counts(said) == {"succeeded": 1, "failed": 1}
    assert held(ground, job(ground, creation("a"))) == {(run_id(said), "done"): 1}
    assert held(ground, result(said, "failed")) == {}
    assert run(ground, "job.csv").code == 2


def test_a_run_that_was_killed_as_its_plan_was_committed_is_compared(ground):
    """What a run still has to do is listed from the moment at which its plan counts."""
    assert run(ground, job(ground, creation("a")), "--run-id", "first", point="planned").killed
    assert held(ground, "job.csv") == {("first", "to_do"): 1}
    assert run(ground, "job.csv").code == 2

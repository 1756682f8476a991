import json

import pytest

from runner.compose.planfile import planned
from runner.core.fault import UserFault
from runner.core.options import Invocation, JobOptions, LaunchOptions, Site

CONFIG = """
[tenants.t]
environment = "sandbox"
entities = { us = "e1", emea = "e2" }
orgs = { north = "o1" }
requests_per_minute = 60
requests_per_hour = 100
"""


@pytest.fixture
def job(tmp_path):
    """A job of 200 tasks, and a config for it."""
    (tmp_path / "config.toml").write_text(CONFIG)
    rows = [f"cancel_bill_run,us|emea,north,{number:032x}" for number in range(100)]
    (tmp_path / "job.csv").write_text("operation,entity,org,billRunId\n" + "\n".join(rows) + "\n")
    return tmp_path / "job.csv"


@pytest.mark.usefixtures("job")
def test_plan_counts_by_operation_entity_and_org(call):
    """The plan says what goes where, by configured name, and what it costs."""
    said = call("plan", "job.csv", "--json")
    document = json.loads(said.out)
    assert said.code == 0
    assert document["counts"] == [
        {"operation": "cancel_bill_run", "entity": "emea", "org": "north", "tasks": 100},
        {"operation": "cancel_bill_run", "entity": "us", "org": "north", "tasks": 100},
    ]
    assert document["requests"]["writes"] == 200
    assert document["requests"]["total"] == sum(
        count for name, count in document["requests"].items() if name != "total"
    )
    assert any("in one hour" in warning for warning in document["warnings"])
    assert document["estimated_seconds"] >= 3600


@pytest.mark.usefixtures("job")
def test_plan_for_people(call):
    """Without --json the plan is a page for people."""
    said = call("plan", "job.csv")
    assert "cancel_bill_run  emea    north    100" in said.out
    assert "requests  about " in said.out
    assert "warning   " in said.out


def test_invalid_job_has_no_plan(call, tmp_path):
    """A job with problems is refused with 2, the problems on standard error and in the document."""
    (tmp_path / "job.csv").write_text("operation,billRunId\ncancel_bill_run,BR-1\n")
    said = call("plan", "job.csv", "--json")
    document = json.loads(said.out)
    assert (said.code, document["exit_code"]) == (2, 2)
    assert document["problems"][0]["line"] == 2
    assert "job.csv:2:billRunId: " in said.err
    assert "hint: " in said.err


def test_risks_are_counted(call, tmp_path):
    """Risks are told with how many tasks have them, today's date as an invoice date among them."""
    row = "create_bill_run,2026-11-30,Batch1,true\n"
    (tmp_path / "job.csv").write_text(f"operation,targetDate,batches,autoPost\n{row}")
    document = json.loads(call("plan", "job.csv", "--json").out)
    risks = {each["risk"].split(":")[0]: each["tasks"] for each in document["risks"]}
    assert risks == {"autoPost": 1, "invoiceDate absent": 1}


def invoke(path: str, **changes) -> Invocation:
    """`run PATH`."""
    return Invocation(job=JobOptions(path=path, **changes))


def test_plan_file_gives_the_invocation(call, job, tmp_path):
    """A plan gives back its job, its digest, its tenant and what it was told of the launch."""
    assert call("plan", "job.csv", "-o", "plan.json", "--rate", "5/minute", "--run-label", "again").code == 0
    found = planned(invoke("plan.json"))
    assert found.job is not None
    assert found.job.path == str(job)
    assert found.job.sha256 == json.loads((tmp_path / "plan.json").read_text())["job_sha256"]
    assert (found.site.tenant, found.run_label) == ("t", "again")
    assert found.launch == LaunchOptions(rate_per_minute=5)
    assert found.told == {"rate_per_minute"}


@pytest.mark.usefixtures("job")
def test_what_is_typed_goes_before_the_plan(call):
    """Options of the launch that are typed win over those of the plan."""
    call("plan", "job.csv", "-o", "plan.json", "--rate", "5/minute")
    typed = Invocation(
        job=JobOptions(path="plan.json"),
        launch=LaunchOptions(rate_per_minute=9),
        told=frozenset({"rate_per_minute"}),
    )
    assert planned(typed).launch.rate_per_minute == 9


@pytest.mark.usefixtures("call")
def test_a_job_is_no_plan():
    """Any other file is left as it is."""
    assert planned(invoke("job.csv")) == invoke("job.csv")


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize(
    "changed",
    [
        Invocation(site=Site(tenant="other"), job=JobOptions(path="plan.json")),
        Invocation(run_label="other", job=JobOptions(path="plan.json")),
        Invocation(job=JobOptions(path="plan.json", entities=("us",))),
    ],
)
def test_contradicting_the_plan_is_refused(call, changed):
    """What decides what the rows mean cannot be changed when a plan is run."""
    call("plan", "job.csv", "-o", "plan.json")
    with pytest.raises(UserFault, match="says otherwise"):
        planned(changed)


@pytest.mark.usefixtures("job")
def test_changed_plan_is_refused(call, tmp_path):
    """A plan that was edited is refused."""
    call("plan", "job.csv", "-o", "plan.json")
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace('"tasks": 200', '"tasks": 2'))
    with pytest.raises(UserFault, match="changed by hand"):
        planned(invoke("plan.json"))


@pytest.mark.usefixtures("call")
def test_some_json_is_no_plan(tmp_path):
    """Another JSON file is refused with what to type."""
    (tmp_path / "job.json").write_text("{}")
    with pytest.raises(UserFault, match="is no plan") as refused:
        planned(invoke("job.json"))
    assert refused.value.hint is not None


def test_changed_job_is_refused(call, job):
    """A job whose bytes are not those that were planned is refused with 2, before anything is reached."""
    call("plan", "job.csv", "-o", "plan.json")
    job.write_text(job.read_text().replace("us|emea", "us"))
    said = call("run", "plan.json", "--yes")
    assert said.code == 2
    assert "not those that were planned" in said.err


def test_plan_of_standard_input_is_not_written(call):
    """A plan names a file; standard input has none."""
    assert call("plan", "-", "-o", "plan.json").code == 2


@pytest.mark.usefixtures("job")
def test_output_must_read_as_a_plan(call):
    """A plan that would be taken for a job later is not written."""
    said = call("plan", "job.csv", "-o", "plan.txt")
    assert said.code == 2
    assert ".json" in said.err


def test_config_that_changes_the_meaning_is_refused(call, tmp_path):
    """The same bytes that mean other tasks, since the config has changed, are refused with 2."""
    config = (
        '[tenants.t]\nenvironment = "sandbox"\nentities = { us = "e1", emea = "e2" }\ndefault_entity = "us"\n'
    )
    (tmp_path / "config.toml").write_text(config)
    (tmp_path / "job.csv").write_text(f"operation,billRunId\ncancel_bill_run,{'a' * 32}\n")
    assert call("plan", "job.csv", "-o", "plan.json").code == 0
    (tmp_path / "config.toml").write_text(config.replace('"us"', '"emea"'))
    said = call("run", "plan.json", "--yes")
    assert said.code == 2
    assert "mean other tasks than were planned" in said.err

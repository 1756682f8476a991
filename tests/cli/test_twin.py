import pytest

from runner.cli.twin import flagged, truth, twin_of
from runner.core.options import Invocation


@pytest.fixture
def invocation(call, monkeypatch):
    """Calls `run job.csv` with options and gives back the Invocation that the launch would get."""
    seen: list[Invocation] = []

    def run(invocation, _console, _interrupts):
        seen.append(invocation)
        return 0

    monkeypatch.setattr("runner.compose.launch.run", run)

    def invocation(*options: str) -> Invocation:
        said = call("run", "job.csv", *options)
        assert said.code == 0, said.err
        return seen[-1]

    return invocation


def test_names_of_twins():
    """A twin is the option's name in upper case, with underscores, behind our prefix."""
    assert twin_of("--runs-dir") == "ZUORA_BATCH_RUNS_DIR"


@pytest.mark.parametrize(
    ("text", "found"),
    [("1", True), ("TRUE", True), ("0", False), ("false", False), ("yes", None), ("", None)],
)
def test_booleans_of_the_environment(text, found):
    """1, 0, true and false are booleans, and nothing else is."""
    assert truth(text) is found


def test_environment_gives_options(invocation, monkeypatch):
    """Text, numbers, flags, durations and switches all come from the environment too."""
    monkeypatch.setenv("ZUORA_BATCH_RATE", "30/minute")
    monkeypatch.setenv("ZUORA_BATCH_MAX_DURATION", "90m")
    monkeypatch.setenv("ZUORA_BATCH_YES", "true")
    monkeypatch.setenv("ZUORA_BATCH_CANARY", "0")
    monkeypatch.setenv("ZUORA_BATCH_NO_PREFLIGHT", "1")
    monkeypatch.setenv("ZUORA_BATCH_TENANT", "acme")
    found = invocation()
    assert found.launch.rate_per_minute == 30
    assert found.launch.max_duration_s == 5400
    assert found.launch.canary is False
    assert found.launch.preflight is False
    assert found.told == {"rate_per_minute", "max_duration_s", "canary", "preflight"}
    assert found.consent.yes is True
    assert found.site.tenant == "acme"


def test_several_values_are_joined_by_a_bar(invocation, monkeypatch):
    """An option that may be repeated has all its values in one variable."""
    monkeypatch.setenv("ZUORA_BATCH_ENTITY", "us|emea")
    job = invocation("--org", "north", "--org", "south").job
    assert job is not None
    assert (job.entities, job.orgs) == (("us", "emea"), ("north", "south"))


def test_option_goes_before_environment(invocation, monkeypatch):
    """What was typed wins over what is set."""
    monkeypatch.setenv("ZUORA_BATCH_LIMIT", "3")
    monkeypatch.setenv("ZUORA_BATCH_CANARY", "1")
    found = invocation("--limit", "5", "--no-canary")
    assert (found.launch.limit, found.launch.canary) == (5, False)


def test_both_sides_of_a_switch_have_a_twin(invocation, call, monkeypatch):
    """ZUORA_BATCH_NO_CANARY is the twin of --no-canary; it is a boolean like any other."""
    monkeypatch.setenv("ZUORA_BATCH_NO_CANARY", "1")
    assert invocation().launch.canary is False
    assert invocation("--canary").launch.canary is True
    monkeypatch.setenv("ZUORA_BATCH_NO_CANARY", "maybe")
    assert "ZUORA_BATCH_NO_CANARY" in call("run", "job.csv").err


def test_empty_variable_is_absent(invocation, monkeypatch):
    """A variable that is set to nothing is as if it were not there."""
    monkeypatch.setenv("ZUORA_BATCH_LIMIT", "")
    found = invocation()
    assert (found.launch.limit, found.told) == (None, frozenset())


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATE", "3"), ("YES", "maybe"), ("LIMIT", "-1"), ("UNTIL", "later"), ("MAX_FAILURES", "101%")],
)
def test_bad_value_names_the_variable(call, monkeypatch, name, value):
    """A bad value of the environment is refused with 2, and the message names the variable."""
    monkeypatch.setenv(f"ZUORA_BATCH_{name}", value)
    said = call("run", "job.csv")
    assert said.code == 2
    assert f"ZUORA_BATCH_{name}" in said.err


@pytest.mark.parametrize("name", ["CONFIRM", "RUN_ID"])
def test_confirm_and_run_id_have_no_twin(invocation, monkeypatch, name):
    """The environment cannot confirm a production tenant, nor name a run."""
    monkeypatch.setenv(f"ZUORA_BATCH_{name}", "acme")
    found = invocation()
    assert (found.consent.confirm, found.run_id) == (None, None)


def test_flag_that_is_judged_early(monkeypatch):
    """For usage errors, a flag counts where it stands in the arguments or is true in the environment."""
    monkeypatch.delenv("ZUORA_BATCH_JSON", raising=False)
    assert flagged("--json", ["run", "--json"])
    assert not flagged("--json", ["run"])
    monkeypatch.setenv("ZUORA_BATCH_JSON", "1")
    assert flagged("--json", ["run"])


def test_quiet_silences_progress(invocation):
    """`-q` means no progress, unless a kind of progress is asked for."""
    assert invocation("-q").voice.progress == "none"
    assert invocation("-q", "--progress", "json").voice.progress == "json"
    assert invocation().voice.progress == "auto"

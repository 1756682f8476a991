import tomllib
from pathlib import Path

import pytest

from runner.sandbox import scenario as module
from runner.sandbox.scenario import Scenario, ScenarioError, load_scenario, parse_scenario


def test_the_example_of_the_documentation_is_a_scenario():
    """The worked example in the module's documentation is valid."""
    lines = str(module.__doc__).splitlines()
    example = "\n".join(line[4:] for line in lines if line.startswith("    "))
    assert set(tomllib.loads(example)) >= {"tenant", "limits", "keys", "bill_runs", "created", "faults"}
    assert parse_scenario(example).bill_runs["BR-00000042"].status == "Processing"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[tenant]\nsped = 3", "tenant.sped"),
        ("[tenant]\nspeed = 0", "tenant.speed"),
        ('[tenant]\nspeed = "10"', "tenant.speed"),
        ('[bill_runs."BR-1"]\nstatus = "Posted"', "bill_runs.BR-1"),
        ('[bill_runs."BR-00000001"]\nstatus = "Cancelled"', "bill_runs.BR-00000001.status"),
        ('[journal_runs."JR-00000001"]\nentries = 1\ntransferred = 2', "journal_runs.JR-00000001"),
        ('[invoice_schedules."IS 1"]', "invoice_schedules.IS 1"),
        ('[[faults]]\nfault = "explode"', "faults.0.fault"),
        ('[[faults]]\nfault = "lock"\nmatch = { path = "(" }', "faults.0.match.path"),
        ("[[created]]\nrefuse = { message = 1 }", "created.0.refuse.message"),
        ("not toml", "not TOML"),
    ],
)
def test_a_wrong_scenario_is_refused_by_its_key(text: str, key: str):
    """A scenario with an unknown name or a wrong value is refused, and the message names file and key."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "month-end.toml")
    assert str(caught.value).startswith("month-end.toml: ")
    assert key in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    """A scenario that cannot be read is refused by its path; none at all is the empty one."""
    with pytest.raises(ScenarioError, match=r"nowhere\.toml"):
        load_scenario(str(tmp_path / "nowhere.toml"))
    assert load_scenario(None) == Scenario()

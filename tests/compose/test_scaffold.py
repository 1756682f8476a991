import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JOBS = ("cancel-bill-runs", "cancel-journal-runs", "create-bill-runs", "detach-charges")


def test_init_writes_what_can_be_run(call, tmp_path):
    """What init writes is valid as it stands, and what to type next is said."""
    said = call("init")
    assert said.code == 0
    assert "zuora-batch run jobs/create-bill-runs.csv" in said.err
    for job in JOBS:
        assert call("check", f"jobs/{job}.csv").code == 0
    assert (tmp_path / "config.toml").read_text().startswith("#")


def test_init_leaves_alone_what_is_there(call, tmp_path):
    """A file that is there keeps its content, and that is said."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new/config.toml").write_text("# mine\n")
    said = call("init", "new", "--json")
    document = json.loads(said.out)
    assert document["left_alone"] == ["new/config.toml"]
    assert len(document["written"]) == len(JOBS)
    assert (tmp_path / "new/config.toml").read_text() == "# mine\n"


def test_init_where_a_file_stands_in_the_way(call, tmp_path):
    """A directory that cannot be made is an error for the user, not of the program."""
    (tmp_path / "file").write_text("")
    said = call("init", "file")
    assert said.code == 2
    assert "hint: " in said.err


@pytest.mark.parametrize(
    "job",
    [
        *(f"{job}.csv" for job in JOBS if job != "cancel-journal-runs"),
        "cancel-journal-runs.jsonl",
        "month-end.csv",
    ],
)
def test_jobs_of_the_repository_are_valid(call, job):
    """Every committed job is valid on the committed config."""
    said = call("check", str(ROOT / "jobs" / job), "--config", str(ROOT / "config.toml"))
    assert said.code == 0, said.out


@pytest.mark.parametrize("job", [job for job in JOBS if job != "cancel-journal-runs"])
def test_jobs_of_the_repository_are_those_of_init(call, tmp_path, job):
    """The repository's sample jobs are the ones that init writes."""
    call("init", "-q")
    assert (tmp_path / f"jobs/{job}.csv").read_bytes() == (ROOT / f"jobs/{job}.csv").read_bytes()


def test_month_end_is_what_its_script_writes(tmp_path, capsys):
    """jobs/month-end.csv was not edited by hand."""
    script = runpy.run_path(str(ROOT / "scripts/make_month_end.py"))
    script["main"](tmp_path / "month-end.csv")
    assert (tmp_path / "month-end.csv").read_bytes() == (ROOT / "jobs/month-end.csv").read_bytes()
    assert capsys.readouterr().out

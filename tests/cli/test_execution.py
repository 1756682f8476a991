import pytest

from runner.core.options import Consent, FailureLimit, Invocation, JobOptions, LaunchOptions

WHERE = {"run": "launch", "resume": "resuming", "retry": "retrying"}


@pytest.fixture
def launched(monkeypatch):
    """What `run`, `resume` and `retry` were called with, instead of launching anything."""
    seen: list[tuple[str, Invocation]] = []

    def keep(name):
        def launch(invocation, _console, _interrupts):
            seen.append((name, invocation))
            return 4

        monkeypatch.setattr(f"runner.compose.{WHERE[name]}.{name}", launch)

    for name in WHERE:
        keep(name)
    return seen


def test_defaults(call, launched):
    """Without any option every field has its default, and nothing counts as told."""
    assert call("run", "job.csv").code == 4
    ((name, found),) = launched
    assert name == "run"
    assert found == Invocation(job=JobOptions(path="job.csv"))


def test_every_option_of_run(call, launched):
    """Each option reaches its field."""
    line = (
        "run - --format jsonl --operation cancel_bill_run --delimiter ; --entity us --entity emea "
        "--org north --allow-duplicates --allow-empty --skip-invalid --until completed --concurrency 7 "
        "--rate 30/minute --limit 5 --no-preflight --max-failures 2.5% --max-duration 90m --canary "
        "--run-id r1 --run-label again --skip-done --yes --confirm acme --reason because "
        "--config c.toml --tenant acme --runs-dir d --json --progress plain -v"
    )
    assert call(*line.split()).code == 4
    ((_, found),) = launched
    assert found.job == JobOptions(
        path="-",
        format="jsonl",
        operation="cancel_bill_run",
        delimiter=";",
        entities=("us", "emea"),
        orgs=("north",),
        allow_duplicates=True,
        allow_empty=True,
        skip_invalid=True,
    )
    assert found.launch == LaunchOptions(
        until="completed",
        concurrency=7,
        rate_per_minute=30,
        limit=5,
        max_failures=FailureLimit(count=None, percent=2.5),
        max_duration_s=5400.0,
        preflight=False,
        canary=True,
    )
    assert len(found.told) == 8
    assert found.consent == Consent(yes=True, confirm="acme", reason="because")
    assert (found.run_id, found.run_label, found.skip_done) == ("r1", "again", True)
    assert (found.site.config, found.site.tenant, found.site.runs_dir) == ("c.toml", "acme", "d")
    assert (found.voice.json, found.voice.verbose, found.voice.progress) == (True, True, "plain")


def test_resume_knows_what_it_was_told(call, launched):
    """What is not told to `resume` is not among `told`, so the run's own stays."""
    call("resume", "r1", "--rate", "5/minute")
    call("resume")
    (_, first), (_, second) = launched
    assert (first.run, first.told, first.launch.rate_per_minute) == ("r1", {"rate_per_minute"}, 5)
    assert (second.run, second.told, second.job) == (None, frozenset(), None)


def test_retry(call, launched):
    """`retry` names its run, and may take only what may well succeed later."""
    call("retry", "r1", "--retryable", "--run-id", "r2")
    ((name, found),) = launched
    assert (name, found.run, found.retryable, found.run_id) == ("retry", "r1", True, "r2")


def test_forbidden_run_id(call, launched):
    """A run id that is no file name of ours is refused with its grammar."""
    said = call("run", "job.csv", "--run-id", "../x")
    assert (said.code, launched) == (2, [])
    assert "the first a letter or digit" in said.err

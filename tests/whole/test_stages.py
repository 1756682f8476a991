"""A signal at each stage of a command: raised in this very process, by what the command does just then."""

import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import anyio
import pytest

from runner.core.wire import Reply, Request
from runner.edge.checkpoint.planwriter import PlanWriter
from runner.edge.http.token import TokenSource
from runner.edge.http.transport import Transport

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def struck(monkeypatch) -> Callable[..., None]:
    """Lets a signal come whenever a function of the program is called, before it does anything."""

    def strike(where: str, number: signal.Signals = signal.SIGINT) -> None:
        holder, _, name = where.rpartition(".")
        module = import_module(holder)
        real = getattr(module, name)

        def instead(*args, **options):
            signal.raise_signal(number)
            return real(*args, **options)

        monkeypatch.setattr(module, name, instead)

    return strike


def runs(ground: Path) -> set[str]:
    """The runs of this place."""
    return {each.name for each in (ground / "runs").glob("[!.]*") if each.is_dir()}


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("runner.compose.launch.compile_job", signal.SIGINT),
        ("runner.compose.launch.announce", signal.SIGTERM),
        ("runner.compose.tenancy.attach", signal.SIGHUP),
        ("runner.compose.launch.plan_run", signal.SIGINT),
        ("runner.compose.planning._refuse_held", signal.SIGTERM),
    ],
)
def test_before_the_plan_is_committed_nothing_is_left_behind(call, ground, job, struck, stage, number):
    """Stopped before there is a plan: 4, a line that says that nothing was sent, and no run."""
    before = runs(ground)
    struck(stage, number)
    said = call("run", job, "--run-id", "again", "--json", "-q")
    assert said.code == said.document["exit_code"] == 4
    assert f"stopped by {number.name}: nothing was sent" in said.document["message"]
    assert "Traceback" not in said.err
    assert runs(ground) == before


def test_while_the_token_is_fetched(call, ground, job, monkeypatch):
    """A tenant that does not answer keeps nobody: the first signal ends the waiting for its token."""

    async def silent(_source: TokenSource) -> None:
        signal.raise_signal(signal.SIGINT)
        await anyio.sleep(30)

    before = runs(ground)
    monkeypatch.setattr(TokenSource, "token", silent)
    said = call("run", job, "--json", "-q")
    assert (said.code, runs(ground)) == (4, before)
    assert "nothing was sent" in said.document["message"]


def test_while_the_plan_is_committed(call, ground, job, monkeypatch):
    """A plan that is being committed is committed; nothing of it is sent, and `resume` does it all."""
    real = PlanWriter.commit

    def commit(plan: PlanWriter, planned) -> None:
        signal.raise_signal(signal.SIGTERM)
        real(plan, planned)

    with monkeypatch.context() as patched:
        patched.setattr(PlanWriter, "commit", commit)
        said = call("run", job, "--json", "-q")
    assert (said.code, said.counts) == (4, {"not_attempted": 12})
    run = said.document["run_id"]
    assert len((ground / "runs" / run / "ledger.jsonl").read_text().splitlines()) == 12
    resumed = call("resume", run, "--json", "-q")
    assert (resumed.code, resumed.counts) == (0, {"succeeded": 12})


def striking_send(number: signal.Signals):
    """A transport in which a signal comes with the first write."""
    real, struck = Transport.send, []

    async def send(transport: Transport, request: Request, *, timeout_s: float) -> Reply:
        if request.method != "GET" and not struck:
            struck.append(request)
            signal.raise_signal(number)
        return await real(transport, request, timeout_s=timeout_s)

    return send


@pytest.mark.parametrize("number", SIGNALS)
def test_during_a_launch(call, job, monkeypatch, number):
    """What is in flight is finished and written down, the rest is not begun: 4, and `resume` does it."""
    with monkeypatch.context() as patched:
        patched.setattr(Transport, "send", striking_send(number))
        said = call("run", job, "--concurrency", "2", "--json", "-q")
    assert said.code == said.document["exit_code"] == 4
    assert set(said.counts) <= {"succeeded", "not_attempted"}
    assert 1 <= said.counts["succeeded"] <= 3
    resumed = call("resume", said.document["run_id"], "--json", "-q")
    assert (resumed.code, resumed.counts) == (0, {"succeeded": 12})


def test_while_files_are_written(call, ground, job, struck):
    """A first signal lets the files be finished, and changes no exit code: everything is done."""
    struck("runner.compose.carryout.derive_files")
    said = call("run", job, "--json", "-q")
    assert (said.code, said.counts) == (0, {"succeeded": 12})
    assert len((ground / "runs" / said.document["run_id"] / "ledger.csv").read_text().splitlines()) == 13


def test_a_resume_that_is_stopped_before_its_launch(call, ground, job, struck):
    """A run that exists stands as it stood: its state is the answer, and its files are written again."""
    run = call("run", job, "--limit", "2", "--json", "-q").document["run_id"]
    ledger = ground / "runs" / run / "ledger.jsonl"
    before = ledger.read_text()
    ledger.unlink()
    struck("runner.compose.tenancy.attach")
    said = call("resume", run)
    assert said.code == 4
    assert "stopped   stopped by SIGINT; nothing was sent" in said.err
    assert f"next      zuora-batch resume {run}" in said.out
    assert ledger.read_text() == before
    assert call("verify", run).code == 0


def test_a_repeated_command_that_is_stopped_answers_for_its_run(call, job, struck):
    """`run --run-id` of a run that exists is a resume, also where a signal comes first."""
    assert call("run", job, "--run-id", "daily", "--limit", "2", "-q").code == 4
    struck("runner.compose.tenancy.attach", signal.SIGTERM)
    said = call("run", job, "--run-id", "daily", "--json", "-q")
    assert (said.code, said.counts) == (4, {"succeeded": 2, "not_attempted": 10})


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (("check", "job.csv"), "runner.compose.check.compile_job"),
        (("plan", "job.csv"), "runner.compose.plan.compile_job"),
        (("status",), "runner.compose.look.find_run"),
        (("results",), "runner.compose.results.find_run"),
        (("verify",), "runner.compose.verifying.find_run"),
    ],
)
def test_commands_that_launch_nothing_end_at_once(call, job, struck, command, stage):
    """Any other command ends with 130 at its first signal, in one line."""
    assert job == "job.csv"
    struck(stage)
    said = call(*command)
    assert (said.code, said.out, said.err) == (130, "", "error: interrupted\n")

"""Faults of the program itself, planted one at a time: it stops, claims nothing, and can be resumed."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from runner.core.event import Rested
from runner.edge.checkpoint.reader import CheckpointReader


class PlantedError(Exception):
    """A fault that nobody expects."""


def plant(patched: pytest.MonkeyPatch, where: str, nth: int) -> None:
    """Let a function of the program raise the nth time that it is called, and work as ever otherwise."""
    holder, _, name = where.rpartition(".")
    module, _, kind = holder.rpartition(".") if holder[holder.rfind(".") + 1].isupper() else (holder, "", "")
    place = getattr(import_module(module), kind) if kind else import_module(module)
    real: Callable = getattr(place, name)
    calls: list[object] = []

    def instead(*args, **options):
        calls.append(args)
        if len(calls) == nth:
            raise PlantedError(f"the secret is {where}")
        return real(*args, **options)

    patched.setattr(place, name, instead)


def latest(ground: Path) -> Path:
    """The directory of the latest run."""
    return max((ground / "runs").glob("[!.]*/"), key=lambda each: each.stat().st_ctime)


def rested(directory: Path) -> list[int]:
    """With what codes launches ended, as far as they could write it down."""
    with CheckpointReader(directory) as reader:
        return [event.exit_code for event in reader.run_events() if isinstance(event, Rested)]


@pytest.mark.parametrize(
    ("where", "nth"),
    [
        ("runner.engine.writes.classify", 3),
        ("runner.engine.board.plan", 5),
        ("runner.engine.board.after", 7),
        ("runner.engine.reads.classify_read", 2),
        ("runner.edge.http.transport.Transport.send", 4),
        ("runner.compose.execute.exit_code_of", 1),
    ],
)
def test_a_fault_of_the_program_stops_the_run(call, ground, job, monkeypatch, where, nth):
    """Nothing is taken for failed: the code is 70, the details are in a file, and the run can be resumed."""
    with monkeypatch.context() as patched:
        plant(patched, where, nth)
        said = call("run", job, "--concurrency", "3", "--json", "-q")
    assert said.code == said.document["exit_code"] == 70
    assert "Traceback" not in said.err
    told, _, details = said.document["message"].partition("; details: ")
    assert told == "a fault of the program itself; the checkpoint is intact"
    assert "PlantedError" in Path(details).read_text()
    run = latest(ground)
    assert f"next      zuora-batch resume {run.name}" in said.err
    assert rested(run) == [70]
    assert len((run / "ledger.jsonl").read_text().splitlines()) == 12
    assert call("verify", run.name).code == 0
    stands = call("status", run.name, "--json")
    assert stands.document["exit_code"] == 70
    assert set(stands.counts) <= {"succeeded", "not_attempted", "unknown"}
    resumed = call("resume", run.name, "--json", "-q")
    assert (resumed.code, resumed.counts) == (0, {"succeeded": 12})


@pytest.mark.parametrize("nth", [1, 2, 6])
def test_a_fault_in_the_thread_that_writes_stops_all_sending(call, ground, job, monkeypatch, nth):
    """What cannot be written down ends the launch as failing storage does (5); nothing is lost or twice."""
    with monkeypatch.context() as patched:
        plant(patched, "runner.edge.checkpoint.commitlog.CommitLog._chained", nth)
        said = call("run", job, "--concurrency", "3", "--json", "-q")
    assert said.code == said.document["exit_code"] == 5
    assert "PlantedError" in said.err
    run = latest(ground)
    assert call("verify", run.name).code == 0
    resumed = call("resume", run.name, "--json", "-q")
    assert (resumed.code, resumed.counts) == (0, {"succeeded": 12})
    effects = (ground / "runs/.tenant/sandbox/effects.jsonl").read_text()
    named = [line for line in effects.splitlines() if f"stops_all_sending[{nth}]" in line]
    assert len([line for line in named if '"create' in line]) == 12, named[:1]

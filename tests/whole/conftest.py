import csv
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.cli.main import program
from runner.compose.interrupts import Interrupts
from runner.sandbox.process import reset

CONFIG = """\
default_tenant = "sandbox"
[tenants.sandbox]
environment = "sandbox"
scenario = "scenario.toml"
settle_seconds = {settle_s}
"""


HEADER = "operation,name,batches,targetDate,invoiceDate"
SHARED = '[tenants.sandbox]\nenvironment = "sandbox"\nscenario = "scenario.toml"\nsettle_seconds = 20\n'
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        """What `--json` printed."""
        return json.loads(self.out)

    @property
    def counts(self) -> dict[str, int]:
        """The statuses that any task has."""
        return {status: count for status, count in self.document["counts"].items() if count}


class Place:
    """An empty folder with a config, in which commands are called as on the command line."""

    def __init__(self, path: Path, call: Callable[..., Said]) -> None:
        self.path = path
        self.call = call
        self.scenario("")

    def scenario(self, text: str, settle_s: int = 20) -> None:
        """What the built-in tenant holds, and what goes wrong in it."""
        (self.path / "scenario.toml").write_text("[tenant]\nspeed = 200\n" + text)
        (self.path / "config.toml").write_text(CONFIG.format(settle_s=settle_s))

    def job(self, name: str, *lines: str) -> str:
        """A job file."""
        (self.path / name).write_text("\n".join(lines) + "\n")
        return name

    def run_of(self, said: Said) -> Path:
        """The directory of the run that a command with --json told of."""
        return self.path / "runs" / json.loads(said.out)["run_id"]

    def counts(self, said: Said) -> dict[str, int]:
        """The statuses that any task has."""
        return {status: count for status, count in json.loads(said.out)["counts"].items() if count}

    def ledger(self, said: Said) -> list[dict]:
        """The ledger's lines."""
        text = (self.run_of(said) / "ledger.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def rows(self, path: Path) -> list[dict]:
        """The rows of a CSV."""
        with path.open(newline="") as stream:
            return list(csv.DictReader(stream))

    def effects(self) -> list[dict]:
        """The tenant's own record of what it did."""
        text = (self.path / "runs/.tenant/sandbox/effects.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def place(tmp_path, monkeypatch, capsys) -> Iterator[Place]:
    """A place of its own for each test; its tenant is stopped at the end."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("ZUORA_"):
            monkeypatch.delenv(name)

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = program(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    yield Place(tmp_path, call)
    tenant = tmp_path / "runs/.tenant/sandbox"
    if tenant.is_dir():
        reset(tenant)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one tenant for all tests of a file; each test has rows of its own."""
    path = tmp_path_factory.mktemp("ground")
    (path / "config.toml").write_text(SHARED)
    (path / "scenario.toml").write_text("[tenant]\nspeed = 200\nlatency_s = 0.02\n")
    yield path
    if (path / "runs/.tenant/sandbox").is_dir():
        reset(path / "runs/.tenant/sandbox")


@pytest.fixture
def job(ground: Path, request: pytest.FixtureRequest) -> str:
    """A job of twelve rows that no other test has."""
    name = request.node.name
    rows = [f"create_bill_run,{name} {number},Batch1,2026-11-30,2026-11-30" for number in range(12)]
    (ground / "job.csv").write_text("\n".join([HEADER, *rows, ""]))
    return "job.csv"


@pytest.fixture
def call(ground: Path, monkeypatch, capfd) -> Iterator[Callable[..., Said]]:
    """Calls the program on that ground, with signals as they are in a process of its own."""
    monkeypatch.chdir(ground)
    for name in os.environ:
        if name.startswith("ZUORA_"):
            monkeypatch.delenv(name)
    former = {number: signal.getsignal(number) for number in SIGNALS}

    def call(*arguments: str) -> Said:
        capfd.readouterr()
        interrupts = Interrupts()
        interrupts.install()
        code = program(arguments, interrupts)
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    yield call
    for number, handler in former.items():
        signal.signal(number, handler)

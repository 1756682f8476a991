"""A folder with a config, a tenant and job files, in which commands are called as on the command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.acts.clock import MovedClock

ROOT: Final = Path(__file__).resolve().parents[2]
SPEED: Final = 20.0
ENTITIES: Final = {"us": "2c92c0f85a1b4c6d015a1b4c6d7e0001", "emea": "2c92c0f85a1b4c6d015a1b4c6d7e0002"}
ORGS: Final = {"north": "8a90e5ba7c3d4e5f017c3d4e5f600001", "south": "8a90e5ba7c3d4e5f017c3d4e5f600002"}
_CONFIG: Final = """default_tenant = "sandbox"
[tenants.sandbox]
environment = "sandbox"
scenario = "scenario.toml"
timezone = "America/New_York"
settle_seconds = 15
patience_seconds = 40
quiet_seconds = 3
"""
_TENANT: Final = "[tenant]\nspeed = 100\n"
_NAMED: Final = (
    "entities = {{ us = '{us}', emea = '{emea}' }}\norgs = {{ north = '{north}', south = '{south}' }}\n"
)
_TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended; `killed`: by us, with whatever it had said by then."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it was killed."""
        return self.code == -9

    @property
    def document(self) -> dict[str, Any]:
        """What it said with --json."""
        return json.loads(self.out)


class Starter:
    """The process that starts programs and tenants, all on one clock."""

    def __init__(self, directory: Path) -> None:
        self.clock = MovedClock.set(directory / "clock", SPEED)
        self._orders = 0
        names = ("PATH", "HOME", "LANG")
        self.environ = {name: os.environ[name] for name in names if name in os.environ}
        self.environ |= {"PYTHONPATH": str(ROOT), "ZUORA_BATCH_PROGRESS": "none"}
        command = [sys.executable, "-m", "tests.acts.starter", str(directory / "clock")]
        self._process = subprocess.Popen(
            command, env=self.environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def obey(self, order: Mapping[str, object]) -> dict[str, Any]:
        """Give an order; its answer (one that a test which was broken off did not read is passed over)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders += 1
        self._process.stdin.write(json.dumps({**order, "number": self._orders}) + "\n")
        self._process.stdin.flush()
        while True:
            answer = json.loads(self._process.stdout.readline())
            if answer["number"] == self._orders:
                return answer

    def close(self) -> None:
        """End it, and with it all that it started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


def quick_directory() -> str | None:
    """Where files are best made: in memory, since nothing here cuts the power; None for the usual place."""
    memory = "/dev/shm"  # noqa: S108 - a fresh directory is made in it
    return memory if os.access(memory, os.W_OK) else None


@contextmanager
def starter_in(directory: Path) -> Iterator[Starter]:
    """A starter that is ended in the end."""
    starter = Starter(directory)
    try:
        yield starter
    finally:
        starter.close()


class Running:
    """A program that was started."""

    def __init__(self, starter: Starter, directory: Path, order: Mapping[str, object]) -> None:
        self._starter = starter
        self._out, self._err = (Path(str(order[name])) for name in ("out", "err"))
        self.hold = directory
        self._code: int | None = None
        self._pid = int(starter.obey(order)["pid"])

    def wait(self, *, kill_after_s: float | None = None) -> Said:
        """Wait for its end, or kill it after a time (in real seconds); not to end by itself is a fault."""
        code = self.ended(_TIMEOUT_S if kill_after_s is None else kill_after_s)
        if code is None:
            self.send(signal.SIGKILL)
            code = self.ended(_TIMEOUT_S)
            assert kill_after_s is not None, f"it did not end:\n{self._err.read_text()}"
        assert code is not None
        return Said(code, self._out.read_text(), self._err.read_text())

    def go_on(self) -> None:
        """Let it go on, where it is held at a point."""
        (self.hold / "go-on").touch()

    def until_held(self) -> None:
        """Wait until it is held at its point; that it ends instead is a fault."""
        while not (self.hold / "reached").exists():
            code = self.ended(0.01)
            assert code is None, f"it ended with {code}:\n{self._err.read_text()}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal, where it still runs."""
        if self.ended(0.0) is None:
            os.kill(self._pid, number)

    def ended(self, within_s: float) -> int | None:
        """Its exit code, where it ends within a time (in real seconds)."""
        if self._code is None:
            order = {"order": "wait", "pid": self._pid, "timeout_s": within_s}
            self._code = self._starter.obey(order)["code"]
        return self._code


class Ground:
    """The folder; its tenant runs from the first command on, and is ended with the starter."""

    def __init__(self, path: Path, starter: Starter, *, config: str = "", scoped: bool = False) -> None:
        self.path = path
        self.runs = path / "runs"
        self.home = self.runs / ".tenant" / "sandbox"
        self.starter = starter
        self._commands = 0
        self._tenant: Running | None = None
        path.mkdir(exist_ok=True)
        self.scoped = scoped
        (path / "config.toml").write_text(
            _CONFIG + (_NAMED.format(**ENTITIES, **ORGS) if scoped else "") + config
        )
        self.scenario("")

    def scenario(self, text: str) -> None:
        """What the tenant holds, and what goes wrong in it; read anew by the next command."""
        (self.path / "scenario.toml").write_text(_TENANT + text)

    def job(self, name: str, text: str) -> str:
        """A job file."""
        (self.path / name).write_text(text)
        return name

    def call(self, *arguments: str, point: str | None = None, kill_after_s: float | None = None) -> Said:
        """Call the program; `point` and `kill_after_s` say where and when it is killed."""
        return self.start(*arguments, point=point).wait(kill_after_s=kill_after_s)

    def start(self, *arguments: str, point: str | None = None) -> Running:
        """Start the program."""
        self.open_tenant()
        return self._start({"arguments": arguments, "point": point})

    def open_tenant(self) -> None:
        """Start the tenant, on our clock."""
        if self._tenant is not None:
            return
        members = {"name": "sandbox", "entities": [], "orgs": [], "scenario": None, "timezone": "UTC"}
        self.home.mkdir(parents=True, exist_ok=True)
        requests = str(self.path / "requests.jsonl")
        self._tenant = self._start(
            {"tenant": json.dumps(members), "home": str(self.home), "requests": requests}
        )
        while not (self.home / "address.json").exists():
            assert self._tenant.ended(0.005) is None, "the tenant did not start"

    def close_tenant(self) -> None:
        """Kill the tenant; its state stays on disk."""
        if self._tenant is not None:
            self._tenant.wait(kill_after_s=0.0)
            (self.home / "address.json").unlink(missing_ok=True)
            self._tenant = None

    def reset_tenant(self) -> None:
        """Begin a new tenant, as `sandbox --reset` does."""
        self.close_tenant()
        said = self._start({"arguments": ["sandbox", "--reset"], "point": None}).wait()
        assert said.code == 0, said

    def move(self, hours: float) -> None:
        """Let hours pass."""
        self.starter.clock.move(hours * 3600)

    def effects(self) -> list[dict[str, Any]]:
        """The tenant's own record of what it did."""
        return _lines(self.home / "effects.jsonl")

    def requests(self) -> list[dict[str, Any]]:
        """Every write that reached the tenant."""
        return _lines(self.path / "requests.jsonl")

    def ledger(self, run_id: str) -> list[dict[str, Any]]:
        """The lines of a run's ledger."""
        return _lines(self.runs / run_id / "ledger.jsonl")

    def run_ids(self) -> list[str]:
        """The names of all run directories."""
        return sorted(path.name for path in self.runs.glob("[!.]*") if path.is_dir())

    def discard(self) -> None:
        """Kill the tenant and delete the folder."""
        self.close_tenant()
        shutil.rmtree(self.path)

    def _start(self, order: dict[str, object]) -> Running:
        self._commands += 1
        hold = self.path / f".command-{self._commands}"
        hold.mkdir()
        common = {"order": "start", "directory": str(self.path), "environ": self.starter.environ}
        files = {"out": str(hold / "out"), "err": str(hold / "err"), "hold": str(hold)}
        return Running(self.starter, hold, {**common, **files, **order})


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

"""The real program as a process: started, killed, waited for. It kills no process that it did not start."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.kill.warm import Warm, client

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended; `killed`: by SIGKILL, so by us."""

    code: int
    killed: bool
    out: str


class Program:
    """`zuora-batch` in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.runs = directory / "runs"
        self.tenant = self.runs / ".tenant" / "sandbox"
        self.environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ |= {"PYTHONPATH": str(ROOT), "ZUORA_BATCH_PROGRESS": "none", "ZUORA_BATCH_YES": "1"}
        self.environ |= {"ZUORA_WIRE_CLIENT_ID": "kill", "ZUORA_WIRE_CLIENT_SECRET": "made-up"}

    def start(self, *arguments: str, arm: Sequence[object] | None = None) -> Warm:
        """Start it after its imports; `arm`: the arguments of `tests.kill.pointed.arm`."""
        return client().start(arguments, self.directory, self.environ, arm)

    def start_cold(
        self, *arguments: str, before: Sequence[str] = (), module: Sequence[str] = ("runner",)
    ) -> "subprocess.Popen[str]":
        """Start it as a person does; `before`: words before the interpreter's name, `module`: after `-m`."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", *module, *arguments],
            cwd=self.directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(
        self,
        *arguments: str,
        kill_after_s: float | None = None,
        timeout_s: float = TIMEOUT_S,
        arm: Sequence[object] | None = None,
    ) -> Ended:
        """Run it to its end, or kill it after a time; not to end by itself is a fault."""
        process = self.start(*arguments, arm=arm)
        try:
            code, out = process.end(timeout_s if kill_after_s is None else kill_after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            code, out = process.end(timeout_s)
            assert kill_after_s is not None, f"{arguments} did not end in {timeout_s:.0f} s:\n{out}"
        return Ended(code, killed=code == -signal.SIGKILL, out=out)

    def faults(self) -> str:
        """The details of faults of the program itself, where it wrote any down."""
        return "\n".join(path.read_text() for path in self.runs.glob("**/fault-*.txt"))

    def end_tenant(self) -> None:
        """End the tenant's process, which the first command started, by the id that it wrote down."""
        with suppress(FileNotFoundError, ProcessLookupError):
            address = json.loads((self.tenant / "address.json").read_text())
            os.kill(int(address["pid"]), signal.SIGTERM)


@contextmanager
def program_in(directory: Path) -> Iterator[Program]:
    """A program whose tenant is ended in the end."""
    program = Program(directory)
    try:
        yield program
    finally:
        program.end_tenant()

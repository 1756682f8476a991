"""The real program as a process: started, killed, waited for. It kills no process that it did not start."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended; `killed`: by us."""

    code: int
    killed: bool
    out: str


class Program:
    """`zuora-batch` in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.runs = directory / "runs"
        self.tenant = self.runs / ".tenant" / "sandbox"
        names = ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_START")
        self._environ = {name: os.environ[name] for name in names if name in os.environ}
        self._environ |= {"PYTHONPATH": str(ROOT), "ZUORA_BATCH_PROGRESS": "none"}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start it; its output is kept."""
        command = [sys.executable, "-m", "runner", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.directory,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, kill_after_s: float | None = None, timeout_s: float = 120.0) -> Ended:
        """Run it to its end, or kill it after a time; not to end by itself is a fault."""
        process = self.start(*arguments)
        try:
            out, _ = process.communicate(timeout=timeout_s if kill_after_s is None else kill_after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            assert kill_after_s is not None, f"{arguments} did not end in {timeout_s:.0f} s:\n{out}"
            return Ended(process.returncode, killed=True, out=out)
        return Ended(process.returncode, killed=False, out=out)

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

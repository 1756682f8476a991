"""Commands called as on the command line, each in a place of its own, with all that they said."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from runner.cli.main import program
from runner.sandbox.process import reset

LOOPBACK = """\
default_tenant = "acme"
[tenants.acme]
base_url = "{origin}"
timezone = "UTC"
quiet_seconds = 0.05
settle_seconds = {settle_s}
patience_seconds = 1
timeout_seconds = 5
read_timeout_seconds = 5
{more}
"""
CLIENT_ID = "not-secret-client"
ROOT = Path(__file__).resolve().parents[2]
_ENDS_WITHIN_S = 40.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Place:
    """A folder with a config, in which commands are called; `told` is all that any of them said."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)
    told: list[tuple[tuple[str, ...], Said]] = field(default_factory=list)

    def tenant(self, origin: str, more: str = "", settle_s: float = 0.1) -> None:
        """A tenant on this machine is the only one."""
        (self.path / "config.toml").write_text(LOOPBACK.format(origin=origin, more=more, settle_s=settle_s))

    def credentials(self, secret: str) -> None:
        """By the tenant's name, in the environment: the only ones that plain HTTP takes."""
        self.environ |= {"ZUORA_ACME_CLIENT_ID": CLIENT_ID, "ZUORA_ACME_CLIENT_SECRET": secret}

    def job(self, name: str, rows: list[dict[str, object]]) -> str:
        """A JSONL job."""
        lines = [json.dumps(row, ensure_ascii=True) for row in rows]
        (self.path / name).write_text("\n".join(lines) + "\n")
        return name

    def call(self, *arguments: str) -> Said:
        """One command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            chdir(self.path),
            patch.dict(os.environ, self._environ(), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = program(arguments)
        said = Said(code, out.getvalue(), err.getvalue())
        self.told.append((arguments, said))
        return said

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        """The same in a process of its own, which `ended` waits for."""
        return subprocess.Popen(
            [sys.executable, "-m", "runner", *arguments],
            cwd=self.path,
            env={**self._environ(), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self, process: "subprocess.Popen[str]") -> Said:
        """How it ended; one that does not is killed, and that is a fault."""
        try:
            out, err = process.communicate(timeout=_ENDS_WITHIN_S)
        finally:
            process.kill()
        said = Said(process.returncode, out, err)
        self.told.append(((str(process.args),), said))
        return said

    def _environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ZUORA_")}
        return clean | self.environ

    def run_directory(self) -> Path:
        """That of the latest run."""
        runs = [path for path in (self.path / "runs").iterdir() if (path / "checkpoint.db").exists()]
        return max(runs, key=lambda path: path.stat().st_mtime_ns)


@contextmanager
def placed(path: Path, environ: Mapping[str, str] | None = None) -> Iterator[Place]:
    """A place; a built-in tenant that was started in it is ended."""
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield Place(path, dict(environ or {}))
    finally:
        tenant = path / "runs/.tenant/sandbox"
        if tenant.is_dir():
            reset(tenant)


def cancel(number: int, **more: object) -> dict[str, object]:
    """A row that cancels a bill run of its own."""
    return {"operation": "cancel_bill_run", "billRunId": f"{number:032x}", **more}


def journal(number: int, **more: object) -> dict[str, object]:
    """A row that cancels a journal run of its own."""
    return {"operation": "cancel_journal_run", "jr-number": f"JR-{number:08d}", **more}


def create(name: str, **more: object) -> dict[str, object]:
    """A row that creates a bill run."""
    dates = {"targetDate": "2026-11-30", "invoiceDate": "2026-11-30"}
    return {"operation": "create_bill_run", "name": name, "batches": ["Batch1"], **dates, **more}


def detach(number: int, **more: object) -> dict[str, object]:
    """A row that detaches a charge."""
    item = {"orderKey": "O-1", "subscriptionKey": "A-S1", "chargeNumbers": [f"C-{number}"]}
    return {
        "operation": "detach_charges",
        "scheduleKey": f"IS-{number}",
        "specificSubscriptions": [item],
        **more,
    }

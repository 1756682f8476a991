"""Whole commands in this process on a disk that may fail, with the tenant beside them in memory."""

import asyncio
import contextlib
import io
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from runner.cli.main import program
from runner.compose import launch, resuming
from runner.compose.tenancy import BUILT_IN_ORIGIN, Reached
from runner.core.tenant import Tenant
from runner.core.wire import Reply, Request
from runner.sandbox.in_process import InProcess
from tests.storage.disk import Disk

RUN_ID: Final = "night"
HEADER: Final = (
    "operation,name,batches,targetDate,invoiceDate,scheduleKey,orderKey,subscriptionKey,chargeNumbers"
)
ROWS: Final = (
    "create_bill_run,first,Batch1,2026-11-30,2026-11-30,,,,",
    "create_bill_run,second,Batch2,2026-11-30,2026-11-30,,,,",
    "detach_charges,,,,,IS-0000001,O-1,A-S1,C-1",
)
SCENARIO: Final = """[tenant]
speed = 200
[invoice_schedules.'IS-0000001']
charges = [{ orderKey = 'O-1', subscriptionKey = 'A-S1', chargeNumber = 'C-1' }]
"""
CONFIG: Final = """[tenants.sandbox]
environment = "sandbox"
settle_seconds = 5
quiet_seconds = 0.1
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


class _Door:
    """The way to the tenant; counts what is sent, and what is sent after the disk has failed."""

    def __init__(self, tenant: InProcess, disk: Disk | None) -> None:
        self._tenant, self._disk = tenant, disk
        self.tokens = SimpleNamespace(dated=None)
        self.requests = self.writes = self.late = 0

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Send it."""
        del timeout_s
        self.requests += 1
        self.writes += request.method != "GET"
        self.late += self._disk is not None and self._disk.failed
        return await self._tenant.send(request)


class Office:
    """A folder with a config, a job and a tenant, in which commands are called."""

    def __init__(self, path: Path, disk: Disk | None = None, rows: tuple[str, ...] = ROWS) -> None:
        self.path, self.runs, self.rows = path, path / "runs", rows
        self.run = self.runs / RUN_ID
        self.tenant = InProcess(time.time, asyncio.sleep, scenario=SCENARIO)
        self.door = _Door(self.tenant, disk)
        path.mkdir(exist_ok=True)
        (path / "config.toml").write_text(CONFIG)
        (path / "job.csv").write_text("\n".join([HEADER, *rows]) + "\n")

    def call(self, *arguments: str) -> Said:
        """Call the program."""
        out, err = io.StringIO(), io.StringIO()
        with self._reached(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = program(arguments)
        return Said(code, out.getvalue(), err.getvalue())

    def begin(self, *more: str) -> Said:
        """Run the job under its fixed id, as a scheduler does, again and again."""
        return self.call("run", str(self.path / "job.csv"), "--run-id", RUN_ID, *self.site, "-q", *more)

    @property
    def site(self) -> tuple[str, ...]:
        """The options that say where."""
        return ("--config", str(self.path / "config.toml"), "--runs-dir", str(self.runs))

    def derived(self) -> dict[str, bytes]:
        """Everything that is derived from the checkpoint, by name."""
        files = [path for path in self.run.iterdir() if path.suffix in {".csv", ".jsonl", ".json", ".html"}]
        return {path.name: path.read_bytes() for path in files}

    def discard(self) -> None:
        """Delete it."""
        shutil.rmtree(self.path)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        @asynccontextmanager
        async def reach(tenant: Tenant, *_: object) -> AsyncIterator[Reached]:
            told = replace(tenant, origin="http://127.0.0.1:1")
            door: Any = self.door
            yield Reached(told, door, BUILT_IN_ORIGIN, "10001")

        kept = {name: value for name, value in os.environ.items() if not name.startswith("ZUORA_")}
        with ExitStack() as stack:
            for module in (launch, resuming):
                stack.enter_context(patch.object(module, "reach", reach))
            stack.enter_context(patch.dict(os.environ, kept, clear=True))
            yield

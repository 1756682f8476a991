"""Executing a run's open tasks: engine, signals, progress, and writing everything down at the end."""

import contextlib
import getpass
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio

import runner
from runner.compose.console import Console
from runner.compose.interrupts import Interrupts
from runner.compose.launching import engine_setup, kept_options
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import Reached
from runner.core.event import Launched, Rested
from runner.core.jsonvalue import JsonObject
from runner.core.options import LaunchOptions, ProgressMode
from runner.core.outcome import FINAL_STATUSES
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_STORAGE, exit_code_of
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.writer import CheckpointWriter
from runner.edge.logs import Logger, open_log
from runner.edge.progress import open_progress
from runner.engine.launch import Launch, LaunchEnd
from runner.engine.stop import Stop

_PROGRESS_S = 0.25
_OWN_CODES_FROM = EXIT_STORAGE


@dataclass(frozen=True, slots=True)
class Execution:
    """One launch of one run, whose lock is held. `sends` False: it only reads (`settle`)."""

    directory: Path
    record: RunRecord
    options: LaunchOptions
    reached: Reached
    progress: ProgressMode = "auto"
    sends: bool = True


@dataclass(frozen=True, slots=True)
class Executed:
    """How it ended: the exit code by the contract, why it stopped, and why tasks were left open."""

    exit_code: int
    stop: Stop | None
    rested: Mapping[str, int] = field(default_factory=dict[str, int])


async def execute(execution: Execution, console: Console) -> Executed:
    """Do what is left to do; every event is on disk when this returns, or the code is 5."""
    log = open_log(execution.directory / "run.log")
    try:
        executed = await _launch(execution, console, log)
    except StorageFault as fault:
        log.warning("storage failed", reason=str(fault))
        executed = Executed(EXIT_STORAGE, Stop(str(fault), EXIT_STORAGE))
    reason = executed.stop.reason if executed.stop is not None else None
    log.info("rested", exit_code=executed.exit_code, reason=reason, left_open=dict(executed.rested))
    log.close()
    return executed


async def _launch(execution: Execution, console: Console, log: Logger) -> Executed:
    clock = SteadyClock()
    writer = CheckpointWriter.open(execution.directory)
    try:
        await writer.append([Launched(clock.now(), writer.epoch, _launch_facts(execution))])
        log.info("launched", run=execution.record.run_id, epoch=writer.epoch)
        setup = engine_setup(
            execution.reached.tenant, execution.options, execution.record.run_token, sends=execution.sends
        )
        with CheckpointReader(execution.directory) as reader:
            setup = replace(setup, marker_read=reader.marker_read())
        launch = Launch(setup, writer, execution.reached.transport, clock)
        end = await _work(launch, execution, console)
        executed = await _rest(execution, writer, end, clock)
    except BaseException:
        with contextlib.suppress(StorageFault):  # the first fault is the one to tell
            writer.close()
        raise
    writer.close()
    return executed


async def _work(launch: Launch, execution: Execution, console: Console) -> LaunchEnd:
    with CheckpointReader(execution.directory) as reader:
        counts = reader.counts()
    before = {status: number for status, number in counts.items() if status in FINAL_STATUSES}
    progress = open_progress(execution.progress)
    total = sum(counts.values())
    ends: list[LaunchEnd] = []

    async def show() -> None:
        while True:
            progress.update(launch.progress(total, before))
            await anyio.sleep(_PROGRESS_S)

    try:
        with Interrupts(launch, execution.directory, console):
            async with anyio.create_task_group() as group:
                group.start_soon(show)
                ends.append(await launch.run())
                group.cancel_scope.cancel()
            progress.update(launch.progress(total, before))
    finally:
        progress.close()
    return ends[0]


async def _rest(
    execution: Execution, writer: CheckpointWriter, end: LaunchEnd, clock: SteadyClock
) -> Executed:
    with CheckpointReader(execution.directory) as reader:
        counts = reader.counts()
        ended = reader.is_ended()
    code = exit_code_of(counts, ended=ended)
    if end.stop is not None and end.stop.exit_code >= _OWN_CODES_FROM:
        code = end.stop.exit_code
    reason = end.stop.reason if end.stop is not None else ""
    await writer.append([Rested(clock.now(), writer.epoch, code, reason)])
    return Executed(code, end.stop, end.rested)


def _launch_facts(execution: Execution) -> JsonObject:
    return {
        "user": _user(),
        "host": platform.node(),
        "pid": os.getpid(),
        "version": runner.__version__,
        "python": platform.python_version(),
        "origin": execution.reached.tenant.origin,
        "sends": execution.sends,
        "options": kept_options(execution.options),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())

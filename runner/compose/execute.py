"""Executing a run's open tasks: engine, signals, progress, and writing everything down at the end."""

import asyncio
import contextlib
import getpass
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import anyio

import runner
from runner.compose.console import Console
from runner.compose.derive import derive_files
from runner.compose.interrupts import Interrupts
from runner.compose.launching import engine_setup, kept_options
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock, clock_facts
from runner.compose.tenancy import Reached
from runner.compose.timewatch import watch_time
from runner.core.event import Launched, Rested
from runner.core.fault import UserFault
from runner.core.jsonvalue import JsonObject
from runner.core.options import LaunchOptions, ProgressMode
from runner.core.outcome import FINAL_STATUSES
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_BUG, EXIT_FORCED, EXIT_STORAGE, exit_code_of
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
    interrupts: Interrupts
    progress: ProgressMode = "auto"
    sends: bool = True


@dataclass(frozen=True, slots=True)
class Executed:
    """How it ended: the exit code by the contract, why it stopped, and why tasks were left open."""

    exit_code: int
    stop: Stop | None
    rested: Mapping[str, int] = field(default_factory=dict[str, int])


async def execute(execution: Execution, console: Console) -> Executed:
    """Do what is left to do; every event is on disk when this returns, or the code is 5.

    A fault of the program itself is raised when all that can be written down is: what was sent and has no
    answer is unknown then, and nothing is taken for failed.
    """
    log = _opened_log(execution.directory / "run.log")
    try:
        executed = await _launch(execution, console, log)
    except StorageFault as fault:
        log.warning("storage failed", reason=str(fault))
        executed = Executed(EXIT_STORAGE, Stop(str(fault), EXIT_STORAGE))
    except UserFault as fault:
        log.warning("refused", reason=fault.message)
        raise
    except Exception as fault:
        log.warning("a fault of the program itself", kind=_kind(fault))
        raise
    finally:
        log.close()
    return executed


def _opened_log(path: Path) -> Logger:
    try:
        return open_log(path)
    except OSError as fault:
        raise StorageFault(f"{path}: {fault.strerror or fault}") from None


async def _launch(execution: Execution, console: Console, log: Logger) -> Executed:
    with CheckpointReader(execution.directory) as reader:
        earlier = [event for event in reader.run_events() if isinstance(event, Launched)]
        marker_read = reader.marker_read()
    clock = SteadyClock.going_on(earlier)
    writer = CheckpointWriter.open(execution.directory)
    try:
        await writer.append([Launched(clock.now(), writer.epoch, _launch_facts(execution))])
        log.info("launched", run=execution.record.run_id, epoch=writer.epoch)
        setup = engine_setup(
            execution.reached.tenant, execution.options, execution.record.run_token, sends=execution.sends
        )
        ahead_s = _server_ahead_s(execution, clock)
        setup = replace(setup, marker_read=marker_read, clock_since=clock.since, server_ahead_s=ahead_s)
        launch = Launch(setup, writer, execution.reached.transport, clock)
        with execution.interrupts.stopping(_stop_soon(launch), lambda: _leave(execution, writer, console)):
            end = await _work(launch, execution, log)
        executed = await _rest(execution, writer, end, clock)
        _log_end(executed, log)
    except BaseException as fault:
        with contextlib.suppress(StorageFault):  # the first fault is the one to tell
            if isinstance(fault, Exception) and not isinstance(fault, StorageFault):
                reason = f"a fault of the program itself ({_kind(fault)})"
                await writer.append([Rested(clock.now(), writer.epoch, EXIT_BUG, reason)])
            writer.close()
        raise
    writer.close()
    return executed


def _server_ahead_s(execution: Execution, clock: SteadyClock) -> tuple[float, float] | None:
    """By how much the server's clock is ahead of ours, at least and at most, as its token endpoint told."""
    dated = execution.reached.transport.tokens.dated
    if dated is None:
        return None
    return dated.told - clock.at(dated.got_at), dated.told + 1.0 - clock.at(dated.asked_at)


def _log_end(executed: Executed, log: Logger) -> None:
    reason = executed.stop.reason if executed.stop is not None else None
    log.info("rested", exit_code=executed.exit_code, reason=reason, left_open=dict(executed.rested))


def _kind(fault: BaseException) -> str:
    while isinstance(fault, BaseExceptionGroup):
        fault = cast("BaseExceptionGroup[BaseException]", fault).exceptions[0]
    return type(fault).__name__


def _stop_soon(launch: Launch) -> Callable[[str], None]:
    """Stop a launch from within a signal: as a callback, since it may be in the middle of a decision."""
    loop = asyncio.get_running_loop()

    def stop(reason: str) -> None:
        loop.call_soon_threadsafe(launch.stop, reason)

    return stop


def _leave(execution: Execution, writer: CheckpointWriter, console: Console) -> None:
    """What a forced end still does: answers that wait are written, and the files as things stand."""
    with contextlib.suppress(StorageFault):
        writer.close()
    summary = derive_files(execution.directory, console)
    console.json({**summary.to_json(), "exit_code": EXIT_FORCED})


async def _work(launch: Launch, execution: Execution, log: Logger) -> LaunchEnd:
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
        async with anyio.create_task_group() as group:
            group.start_soon(show)
            group.start_soon(watch_time, launch, log)
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
        **clock_facts(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())

"""`resume` and `settle`: going on with a run."""

import os
from dataclasses import replace
from pathlib import Path

import anyio

from runner.compose.carryout import Going, ask, carry_out, check_tenant, tell_rest, tenant_of
from runner.compose.console import Console
from runner.compose.launching import resumed_options
from runner.compose.planning import NewRun
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import reach
from runner.core.jsonvalue import text_at
from runner.core.options import Consent, Invocation, LaunchOptions
from runner.core.outcome import Status
from runner.core.summary import Counts, state_of
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run, list_runs


def resume(invocation: Invocation, console: Console) -> int:
    """Go on with a run that was stopped, and settle what is in doubt; the exit code by the contract.

    Raises:
        UserFault: refused; nothing was sent.
        StorageFault: storage failed; nothing more was sent.
    """
    return anyio.run(resume_run, invocation, console)


def settle(invocation: Invocation, console: Console) -> int:
    """Find out what is unknown or accepted, by reading alone; raises as `resume`."""
    return anyio.run(_settle, invocation, console)


async def resume_run(invocation: Invocation, console: Console) -> int:
    """As `resume`, inside a running loop."""
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    with RunLock.acquire(directory, SteadyClock().now()) as lock:
        record, counts, ended = _read(directory)
        if state_of(counts, held=False, ended=ended) != "stopped":
            console.note(f"run {record.run_id} has nothing left to do; nothing was sent")
            _name_older(directory, console)
            return tell_rest(directory, invocation, console)
        tenant = tenant_of(invocation, record)
        ask(tenant, _kept_consent(record, invocation.consent), sum(counts.values()), console)
        options = resumed_options(record.options, invocation.launch, invocation.told)
        invocation = replace(invocation, launch=options)
        async with reach(tenant, directory.parent, os.environ) as reached:
            check_tenant(record, reached)
            return await carry_out(Going(NewRun(directory, record, lock), invocation, reached), console)


async def _settle(invocation: Invocation, console: Console) -> int:
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    with RunLock.acquire(directory, SteadyClock().now()) as lock:
        record, counts, _ = _read(directory)
        if not counts.get(Status.UNKNOWN) and not counts.get(Status.ACCEPTED):
            console.note(f"run {record.run_id} has nothing to settle; nothing was read")
            return tell_rest(directory, invocation, console)
        options = resumed_options(record.options, invocation.launch, invocation.told)
        invocation = replace(invocation, launch=_settling(options))
        async with reach(tenant_of(invocation, record), directory.parent, os.environ) as reached:
            check_tenant(record, reached)
            run = NewRun(directory, record, lock)
            return await carry_out(Going(run, invocation, reached, sends=False), console)


def _settling(options: LaunchOptions) -> LaunchOptions:
    """`settle` follows to `settled` at least, and sends nothing that a guard could stop."""
    until = "settled" if options.until == "accepted" else options.until
    return replace(options, until=until, canary=False, limit=None)


def _read(directory: Path) -> tuple[RunRecord, Counts, bool]:
    with CheckpointReader(directory) as reader:
        return RunRecord.from_json(reader.meta()), reader.counts(), reader.is_ended()


def _kept_consent(record: RunRecord, given: Consent) -> Consent:
    """The consent that a run was given holds for its resume."""
    return Consent(
        yes=given.yes or record.consent.get("yes") is True,
        confirm=given.confirm or text_at(record.consent, "confirm"),
        reason=given.reason or text_at(record.consent, "reason"),
    )


def _name_older(directory: Path, console: Console) -> None:
    """Who resumes a finished run may have meant another that is not."""
    for place in list_runs(directory.parent):
        if place.directory == directory or not place.is_planned:
            continue
        _, counts, ended = _read(place.directory)
        if state_of(counts, held=False, ended=ended) == "stopped":
            console.note(f"run {place.run_id} is stopped: zuora-batch resume {place.run_id}")

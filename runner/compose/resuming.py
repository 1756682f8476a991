"""`resume` and `settle`: going on with a run."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import anyio

from runner.compose.carryout import Going, Unlaunched, ask, carry_out, check_tenant, tell_rest, tenant_of
from runner.compose.console import Console
from runner.compose.glance import glance_at
from runner.compose.interrupts import Interrupted, Interrupts
from runner.compose.launching import resumed_options
from runner.compose.planning import NewRun
from runner.compose.rivals import refuse_rivals
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import UnreachedFault, reach
from runner.core.fault import UserFault
from runner.core.jsonvalue import text_at
from runner.core.options import Consent, Invocation, LaunchOptions
from runner.core.outcome import Status
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_TOKEN, Counts, state_of
from runner.core.tenant import Tenant
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run, list_runs


@dataclass(frozen=True, slots=True)
class _Held:
    """A run whose lock is ours, and what it is to go on with. `sends` False: it only reads."""

    directory: Path
    lock: RunLock
    invocation: Invocation
    interrupts: Interrupts
    sends: bool = True


def resume(invocation: Invocation, console: Console, interrupts: Interrupts) -> int:
    """Go on with a run that was stopped, and settle what is in doubt; the exit code by the contract.

    Where nothing could be launched (a signal came, nobody answers, the token is refused), the run stands as
    it stood: its files are written, and that is the answer.

    Raises:
        UserFault: refused; nothing was sent.
        StorageFault: storage failed; nothing more was sent.
    """
    return _going_on(_resume, invocation, console, interrupts)


def settle(invocation: Invocation, console: Console, interrupts: Interrupts) -> int:
    """Find out what is unknown or accepted, by reading alone; raises as `resume`."""
    return _going_on(_settle, invocation, console, interrupts)


def _going_on(
    deed: Callable[[_Held, Console], int], invocation: Invocation, console: Console, interrupts: Interrupts
) -> int:
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    with RunLock.acquire(directory, SteadyClock().now()) as lock:
        try:
            with interrupts.breaking():
                return deed(_Held(directory, lock, invocation, interrupts), console)
        except Interrupted as stop:
            unlaunched = Unlaunched(f"stopped by {stop}; nothing was sent")
        except UnreachedFault as fault:
            own = fault.exit_code if fault.exit_code == EXIT_TOKEN else None
            unlaunched = Unlaunched(f"{fault.message} ({fault.hint})", own)
        return tell_rest(directory, invocation, console, unlaunched)


def _resume(held: _Held, console: Console) -> int:
    directory, invocation = held.directory, held.invocation
    record, counts, ended = _read(directory)
    if state_of(counts, held=False, ended=ended) != "stopped":
        held.interrupts.hold()
        console.note(f"run {record.run_id} has nothing left to do; nothing was sent")
        _name_older(directory, console)
        return tell_rest(directory, invocation, console)
    tenant = tenant_of(invocation, record)
    ask(tenant, _kept_consent(record, invocation.consent), sum(counts.values()), console)
    options = resumed_options(record.options, invocation.launch, invocation.told)
    held = replace(held, invocation=replace(invocation, launch=options))
    return anyio.run(_launched, held, record, tenant, console)


def _settle(held: _Held, console: Console) -> int:
    directory, invocation = held.directory, held.invocation
    record, counts, _ = _read(directory)
    if not counts.get(Status.UNKNOWN) and not counts.get(Status.ACCEPTED):
        held.interrupts.hold()
        console.note(f"run {record.run_id} has nothing to settle; nothing was read")
        return tell_rest(directory, invocation, console)
    options = resumed_options(record.options, invocation.launch, invocation.told)
    held = replace(held, invocation=replace(invocation, launch=_settling(options)), sends=False)
    return anyio.run(_launched, held, record, tenant_of(invocation, record), console)


async def _launched(held: _Held, record: RunRecord, tenant: Tenant, console: Console) -> int:
    async with reach(tenant, held.directory.parent, os.environ) as reached:
        check_tenant(record, reached)
        if held.sends:
            refuse_rivals(held.directory, console)
        run = NewRun(held.directory, record, held.lock)
        going = Going(run, held.invocation, reached, held.interrupts, sends=held.sends)
        return await carry_out(going, console)


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
    """Who resumes a finished run may have meant an older one that is not."""
    places = list_runs(directory.parent)
    older = takewhile(lambda place: place.directory != directory, places)
    for place in older:
        if not place.is_planned:
            continue
        try:
            glance = glance_at(place.directory)
        except (StorageFault, UserFault):
            continue  # this command is not about that run
        if glance.state == "stopped":
            console.note(f"run {place.run_id} is stopped: zuora-batch {glance.next_verb} {place.run_id}")

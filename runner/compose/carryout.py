"""Carrying out a launch of a run, and telling how it ended; what every launching command shares."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.compose.consent import Ask, permission
from runner.compose.console import Console
from runner.compose.derive import derive_files, facts_of, verb_after
from runner.compose.ending import last_lines
from runner.compose.execute import Executed, Execution, execute
from runner.compose.interrupts import Interrupts
from runner.compose.planning import NewRun
from runner.compose.runrecord import RunRecord
from runner.compose.steadyclock import SteadyClock
from runner.compose.tenancy import Reached
from runner.core.event import Rested
from runner.core.fault import UserFault
from runner.core.options import Consent, Invocation
from runner.core.plaintext import shown
from runner.core.ports import StorageFault
from runner.core.runsummary import Summary
from runner.core.summary import EXIT_STORAGE, exit_code_of
from runner.core.tenant import Tenant
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.config import load

_DEFAULT_RUNS_DIR = "runs"
_REASONS_MAX = 5
_WHY_MAX = 400


@dataclass(frozen=True, slots=True)
class Going:
    """A run to be launched: its lock is held. `sends` False: it only reads."""

    run: NewRun
    invocation: Invocation
    reached: Reached
    interrupts: Interrupts
    sends: bool = True


async def carry_out(going: Going, console: Console) -> int:
    """Launch a run, write its files, say how it stands; the exit code by the contract."""
    run, reached = going.run, going.reached
    going.interrupts.hold()
    console.note(f"run {run.record.run_id} on {reached.tenant.name} ({reached.tenant.origin})")
    execution = Execution(
        run.directory,
        run.record,
        going.invocation.launch,
        reached,
        going.interrupts,
        progress=going.invocation.voice.progress,
        sends=going.sends,
    )
    try:
        executed = await execute(execution, console)
    except Exception:
        _leave_files(run.directory, going.invocation, console)
        raise
    return _finish(run.directory, executed, going.invocation, console)


@dataclass(frozen=True, slots=True)
class Unlaunched:
    """Why a launch that was wanted came to nothing. `exit_code` None: the run's tasks decide it."""

    reason: str
    exit_code: int | None = None


def tell_rest(
    directory: Path, invocation: Invocation, console: Console, unlaunched: Unlaunched | None = None
) -> int:
    """Write the files of a run of which nothing is launched, and answer with its state; its lock is held.

    How an earlier launch ended (the token was refused, storage failed) is no state of the run.
    """
    _note_rest(directory, unlaunched)
    if unlaunched is not None:
        console.err(f"stopped   {shown(unlaunched.reason, _WHY_MAX)}")
    summary = derive_files(directory, console)
    console.out("\n".join(_last_lines(summary, directory, invocation)))
    console.json(summary.to_json())
    return summary.exit_code


def _last_lines(summary: Summary, directory: Path, invocation: Invocation) -> Iterator[str]:
    with CheckpointReader(directory) as reader:
        verb = verb_after(reader, summary.counts)
    return last_lines(summary, directory, verb, site_options(invocation))


def _note_rest(directory: Path, unlaunched: Unlaunched | None) -> None:
    """Write down what the run's exit code is from now on, where that is news."""
    with CheckpointReader(directory) as reader:
        facts, counts = facts_of(reader), reader.counts()
    if unlaunched is None and facts.exit_code is None:
        return
    code = unlaunched.exit_code if unlaunched is not None else None
    code = exit_code_of(counts, ended=facts.ended) if code is None else code
    reason = unlaunched.reason if unlaunched is not None else "nothing was launched"
    log = CommitLog.open(directory)
    try:
        log.commit([spell(Rested(SteadyClock().now(), log.epoch, code, reason))])
    finally:
        log.close()


def tenant_of(invocation: Invocation, record: RunRecord | None) -> Tenant:
    """The tenant that is meant; a run has its own already."""
    site = invocation.site
    config = load(Path(site.config) if site.config else None)
    if record is None:
        return config.tenant(site.tenant)
    if site.tenant is not None and site.tenant != record.tenant:
        raise UserFault(
            f'run {record.run_id} is on the tenant "{record.tenant}", not on "{site.tenant}"',
            hint="leave --tenant out",
        )
    return config.tenant(record.tenant)


def ask(tenant: Tenant, consent: Consent, tasks: int, console: Console) -> None:
    """Get consent, or raise `UserFault` where it is missing or withheld."""
    wanted = permission(tenant, consent, tasks=tasks, terminal=console.is_terminal)
    if isinstance(wanted, Ask) and not console.ask(wanted.question):
        raise UserFault("consent was withheld; nothing was sent")


def check_tenant(record: RunRecord, reached: Reached) -> None:
    """Refuse to go on with a run on another tenant than the one that it was planned for."""
    then, now = (record.act_origin, record.tenant_id), (reached.act_origin, reached.tenant_id)
    if then != now:
        raise UserFault(
            f"run {record.run_id} was on tenant {then[1]} at {then[0]}, this is tenant {now[1]} at {now[0]}",
            hint="nothing was sent; was the tenant reset, or its address changed in the config?",
        )


def site_options(invocation: Invocation) -> str:
    """` --config FILE` and ` --runs-dir DIR` for the command to type next, where they are not the default."""
    site = invocation.site
    config = "" if site.config is None else f" --config {site.config}"
    return config + ("" if site.runs_dir == _DEFAULT_RUNS_DIR else f" --runs-dir {site.runs_dir}")


def _leave_files(directory: Path, invocation: Invocation, console: Console) -> None:
    """After a fault of the program itself: files as far as they can be derived, and what to type next."""
    with contextlib.suppress(Exception):  # the first fault is the one to tell
        derive_files(directory, console)
    console.err(f"next      zuora-batch resume {directory.name}{site_options(invocation)}")


def _finish(directory: Path, executed: Executed, invocation: Invocation, console: Console) -> int:
    why = executed.stop.reason if executed.stop is not None else None
    if why:
        console.err(f"stopped   {shown(why, _WHY_MAX)}")
    try:
        summary = derive_files(directory, console)
    except StorageFault as fault:
        console.err(f"error: {fault}")
        console.err(f"next      zuora-batch resume {directory.name}{site_options(invocation)}")
        console.json({"exit_code": EXIT_STORAGE, "message": why or str(fault), "problems": []})
        return EXIT_STORAGE
    if executed.stop is None:
        for reason, count in Counter(executed.rested).most_common(_REASONS_MAX):
            console.err(f"left open {count} x {shown(reason, 300)}")
    console.out("\n".join(_last_lines(summary, directory, invocation)))
    # Where storage failed, the checkpoint could not be told so.
    console.json({**summary.to_json(), "exit_code": executed.exit_code})
    return executed.exit_code

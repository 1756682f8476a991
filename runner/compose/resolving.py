"""`resolve`: a person decides what reading cannot."""

import getpass
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from runner.compose.carryout import tell_rest
from runner.compose.console import Console
from runner.compose.decisions import Decision, Decisions
from runner.compose.steadyclock import SteadyClock
from runner.core.event import Resolved, TaskEvent
from runner.core.fault import UserFault
from runner.core.history import beginning, fold
from runner.core.job import Problem
from runner.core.ledgerline import outcome_of
from runner.core.options import Invocation
from runner.core.outcome import Outcome, Status
from runner.core.task import Task
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run

_OPEN: Final = frozenset({Status.UNKNOWN, Status.ACCEPTED})


def resolve(invocation: Invocation, decisions: Decisions, console: Console) -> int:
    """Write decisions down, all or none, with who and when; answers with the state of the run.

    Raises:
        UserFault: a task cannot be decided so, or another process holds the run (6).
        StorageFault: storage failed.
    """
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    now = SteadyClock().now()
    with RunLock.acquire(directory, now):
        with CheckpointReader(directory) as reader:
            events = list(_checked(decisions, reader, now))
        log = CommitLog.open(directory)
        try:
            log.commit([spell(event) for event in events])
        finally:
            log.close()
        return tell_rest(directory, invocation, console)


def _checked(decisions: Decisions, reader: CheckpointReader, now: float) -> Iterator[Resolved]:
    """The decisions as events; all that cannot be taken are told of together."""
    who = _who()
    problems: list[Problem] = []
    hint: str | None = None
    for each in decisions.each:
        try:
            task, events = reader.task(each.task)
        except UserFault as fault:
            problems.append(Problem(each.line, "task", fault.message))
            continue
        wrong = _wrong(each, task, events, reader)
        if wrong is None:
            yield _resolved(each, task, events, who, now)
            continue
        problems.append(Problem(each.line, "", wrong[0]))
        hint = hint or wrong[1]
    if problems:
        raise decisions.refused(problems, hint)


def _wrong(
    each: Decision, task: Task, events: Sequence[TaskEvent], reader: CheckpointReader
) -> tuple[str, str] | None:
    """Why a task cannot be decided so, and what to do; None where it can.

    Only what is open, or was decided by a person before, can be decided.
    """
    past = fold(events, beginning(task))
    status = outcome_of(task, past).status
    if status not in _OPEN and past.resolved_by is None:
        return f"task {each.task} is {status.value}: there is nothing to decide", _instead(
            status, each, reader
        )
    made = (past.success.result_id if past.success is not None else None) or each.result_id
    if task.keyed and made and each.status is Status.FAILED:
        return (
            f"task {each.task} created the bill run {made}: it cannot be resolved as failed",
            "it is done, whatever became of the bill run: --as succeeded or --as partial",
        )
    return None


def _instead(status: Status, each: Decision, reader: CheckpointReader) -> str:
    """What to type for a task that nobody has to decide."""
    run = reader.directory.name
    match status:
        case Status.FAILED:
            return f"nothing of it took effect: zuora-batch retry {run} runs what failed again"
        case Status.REJECTED:
            return "nothing of it was sent: correct its row in rejected.csv (or .jsonl), then run that file"
        case Status.NOT_ATTEMPTED if reader.is_ended():
            return "nothing of it is under way, and its run is ended: run not_attempted.csv (or .jsonl) anew"
        case Status.NOT_ATTEMPTED:
            return f"nothing of it is under way: zuora-batch resume {run} goes on with it"
        case _:
            return f"zuora-batch show {run} {each.task} tells how it was decided"


def _resolved(each: Decision, task: Task, events: Sequence[TaskEvent], who: str, now: float) -> Resolved:
    """What is known of the target stays known, unless the person says otherwise."""
    by_reading = outcome_of(
        task, fold((event for event in events if not isinstance(event, Resolved)), beginning(task))
    )
    earlier = fold(events, beginning(task)).outcome
    result_id = each.result_id
    if result_id is None and each.status is not Status.FAILED:
        result_id = (earlier.result_id if earlier is not None else None) or by_reading.result_id
    outcome = Outcome(
        each.status,
        reason_code="resolved",
        result_id=result_id,
        result_state=by_reading.result_state,
        note=f"resolved by {who}: {each.reason}",
    )
    return Resolved(each.task, now, outcome, who, each.reason)


def _who() -> str:
    """The user's name, or number where the machine knows none (in a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())

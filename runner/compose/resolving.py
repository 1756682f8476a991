"""`resolve`: a person decides what reading cannot."""

import csv
import getpass
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.compose.carryout import tell_rest
from runner.compose.console import Console
from runner.compose.steadyclock import SteadyClock
from runner.core.event import Resolved, TaskEvent
from runner.core.fault import UserFault
from runner.core.history import fold
from runner.core.ledgerline import outcome_of
from runner.core.options import Invocation
from runner.core.outcome import Outcome, Status
from runner.core.plaintext import quoted
from runner.core.task import Task
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run

DECISIONS: Final = ("succeeded", "failed", "partial")
_COLUMNS: Final = ("task", "as", "reason", "result_id")
_REASON_MAX: Final = 1_000
_OPEN: Final = frozenset({Status.UNKNOWN, Status.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of one task. `place` says where, for messages: an option, or a line of a file."""

    task: int
    status: Status
    reason: str
    result_id: str | None = None
    place: str = "resolve"


def decision(task: str, status: str, reason: str, result_id: str | None, place: str) -> Decision:
    """Check one decision; `UserFault` naming its place where it cannot be understood."""
    if not (task.isascii() and task.isdigit()) or int(task) < 1:
        raise UserFault(f"{place}: {quoted(task)} is no task; expected its number in the ledger")
    if status not in DECISIONS:
        raise UserFault(f"{place}: {quoted(status)} is no decision; expected one of {', '.join(DECISIONS)}")
    if not reason.strip() or len(reason) > _REASON_MAX:
        raise UserFault(
            f"{place}: expected a reason of 1 to {_REASON_MAX} characters",
            hint="whoever reads it later asks why",
        )
    return Decision(int(task), Status(status), reason.strip(), result_id or None, place)


def decisions_in(path: Path) -> list[Decision]:
    """Read a CSV with the columns task, as, reason and (if known) result_id; `UserFault` where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            missing = [name for name in _COLUMNS[:3] if name not in (rows.fieldnames or ())]
            if missing:
                expected = ",".join(_COLUMNS)
                raise UserFault(f"{path}:1: the column {missing[0]} is missing; expected {expected}")
            return [
                decision(
                    row["task"] or "", row["as"] or "", row["reason"] or "", row.get("result_id"),
                    f"{path}:{rows.line_num}",
                )
                for row in rows
            ]  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise UserFault(f"--from: {path} cannot be read: {fault}") from None


def resolve(invocation: Invocation, decisions: Sequence[Decision], console: Console) -> int:
    """Write decisions down, all or none, with who and when; answers with the state of the run.

    Raises:
        UserFault: a task cannot be decided so, or another process holds the run (6).
        StorageFault: storage failed.
    """
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    now = SteadyClock().now()
    with RunLock.acquire(directory, now):
        with CheckpointReader(directory) as reader:
            for each in decisions:
                _check(each, *reader.task(each.task))
        log = CommitLog.open(directory)
        try:
            log.commit([spell(event) for event in _events(decisions, now)])
        finally:
            log.close()
        return tell_rest(directory, invocation, console)


def _check(each: Decision, task: Task, events: Sequence[TaskEvent]) -> None:
    """Only what is open, or was decided by a person before, can be decided."""
    past = fold(events)
    status = outcome_of(task, past).status
    if status not in _OPEN and past.resolved_by is None:
        raise UserFault(f"{each.place}: task {each.task} is {status.value}: there is nothing to decide")
    made = past.success.result_id if past.success is not None else None
    if task.keyed and made and each.status is Status.FAILED:
        raise UserFault(
            f"{each.place}: task {each.task} created the bill run {made}: it cannot be resolved as failed",
            hint="it is done, whatever became of the bill run: --as succeeded or --as partial",
        )


def _events(decisions: Sequence[Decision], now: float) -> Iterator[Resolved]:
    who = getpass.getuser()
    for each in decisions:
        note = f"resolved by {who}: {each.reason}"
        outcome = Outcome(each.status, reason_code="resolved", result_id=each.result_id, note=note)
        yield Resolved(each.task, now, outcome, who, each.reason)

"""Whether an act may be done again: the rule of the contract's "No act twice"."""

from enum import StrEnum

from runner.core.history import Past
from runner.core.ledgerline import outcome_of
from runner.core.outcome import Status
from runner.core.task import Task


class HoldKind(StrEnum):
    """How a run holds an act."""

    DONE = "done"
    """It took effect, or was so already."""
    IN_DOUBT = "in_doubt"
    """It may have taken effect, or may still do so."""
    TO_DO = "to_do"
    """The run may still do it."""
    FREE = "free"
    """Another run may do it."""


_DONE = frozenset({Status.SUCCEEDED, Status.UNCHANGED})
_DOUBTED = frozenset({Status.UNKNOWN, Status.ACCEPTED})


def hold_kind(task: Task, past: Past, *, ended: bool) -> HoldKind:
    """How a run holds the act of one of its tasks; `ended`: that run sends nothing more.

    A creation (POST) whose id is known is done, whatever became of what was created.
    """
    outcome = outcome_of(task, past)
    if outcome.status in _DONE or (task.keyed and _made(past, outcome.result_id)):
        return HoldKind.DONE
    if outcome.status in _DOUBTED or (task.keyed and outcome.status is Status.PARTIAL):
        return HoldKind.IN_DOUBT
    if outcome.status is Status.NOT_ATTEMPTED and not ended:
        return HoldKind.TO_DO
    return HoldKind.FREE


def _made(past: Past, result_id: str | None) -> bool:
    return result_id is not None or (past.success is not None and past.success.result_id is not None)

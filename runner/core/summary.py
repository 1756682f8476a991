"""The sums of a run: counts by status, its state, its exit code."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from runner.core.outcome import Status

RunState: TypeAlias = Literal["running", "stopped", "finished", "ended"]
Counts: TypeAlias = Mapping[Status, int]

EXIT_OK = 0
EXIT_SOME_FAILED = 1
EXIT_REFUSED = 2
EXIT_UNSETTLED = 3
EXIT_NOT_ATTEMPTED = 4
EXIT_STORAGE = 5
EXIT_HELD = 6
EXIT_TOKEN = 7
EXIT_BUG = 70
EXIT_FORCED = 130


def exit_code_of(counts: Counts, *, ended: bool = False) -> int:
    """The exit code by the state of a run's tasks alone (0, 1, 3 or 4; in an ended run 4 becomes 1)."""
    if counts.get(Status.NOT_ATTEMPTED, 0) and not ended:
        return EXIT_NOT_ATTEMPTED
    if counts.get(Status.UNKNOWN, 0) or counts.get(Status.ACCEPTED, 0):
        return EXIT_UNSETTLED
    good = counts.get(Status.SUCCEEDED, 0) + counts.get(Status.UNCHANGED, 0)
    return EXIT_OK if good == sum(counts.values()) else EXIT_SOME_FAILED


def state_of(counts: Counts, *, held: bool, ended: bool) -> RunState:
    """`running` while a process holds it, `ended` for good, `stopped` while anything is open, `finished`."""
    if held:
        return "running"
    if ended:
        return "ended"
    open_statuses = (Status.NOT_ATTEMPTED, Status.UNKNOWN, Status.ACCEPTED)
    return "stopped" if any(counts.get(status, 0) for status in open_statuses) else "finished"


def next_verb(counts: Counts, *, ended: bool, follows: bool) -> Literal["resume", "settle"] | None:
    """The command that goes on with a run; None where none does.

    `follows`: a resume follows what was accepted (not so with `--until accepted`). A run that was ended can
    only be settled.
    """
    accepted, unknown = counts.get(Status.ACCEPTED, 0), counts.get(Status.UNKNOWN, 0)
    if ended:
        return "settle" if accepted or unknown else None
    if counts.get(Status.NOT_ATTEMPTED, 0) or unknown or (accepted and follows):
        return "resume"
    return "settle" if accepted else None

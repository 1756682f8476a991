"""What the checker is given, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

Members: TypeAlias = Mapping[str, Any]
"""A line of JSON."""


class Planned(NamedTuple):
    """One task as it was frozen; `orgs` are joined by a comma."""

    number: int
    operation: str
    entity: str | None
    orgs: str
    method: str
    path: str
    body: bytes
    target: str
    marker: str | None


class Shown(NamedTuple):
    """What the tenant shows of a task's target in the end.

    `state` is the target's own word; `done`: the task's end is reached; `partly`: a part of it is.
    """

    state: str | None
    done: bool
    partly: bool


class OnWire(NamedTuple):
    """One write request as it left. `committed`: a `sent` event with its track id was on disk by then.

    `after_fault`: storage had failed before. `at` is the tenant's time, in seconds since the epoch.
    """

    at: float
    track_id: str
    method: str
    path: str
    body: bytes
    key: str | None
    entity: str | None
    orgs: str
    committed: bool = True
    after_fault: bool = False


class Finding(NamedTuple):
    """Something that is wrong with a task (0: with the run)."""

    kind: str
    task: int
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """One run, from outside. `events` have `kind`, `task`, `at` and their members.

    `wire` None: nobody watched. `prefix` begins the track ids of this run. `preflight` and `until` are what
    the run was told.
    """

    tasks: Sequence[Planned]
    events: Sequence[Members]
    ledger: Sequence[Members]
    effects: Sequence[Members]
    shown: Mapping[int, Shown]
    prefix: str
    preflight: bool = True
    until: str = "settled"
    wire: Sequence[OnWire] | None = None
    summary: Members = field(default_factory=dict[str, Any])

    def events_of(self) -> dict[int, list[Members]]:
        """The events of each task, in their order."""
        found: dict[int, list[Members]] = {task.number: [] for task in self.tasks}
        for event in self.events:
            if event.get("task") in found:
                found[event["task"]].append(event)
        return found

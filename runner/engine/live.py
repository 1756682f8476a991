"""A task that a launch is working on."""

from dataclasses import dataclass
from typing import NamedTuple

from runner.core.history import Past
from runner.core.operation import Operation
from runner.core.policy import Traits
from runner.core.step import View
from runner.core.task import Task
from runner.engine.setup import EngineSetup


class Moment(NamedTuple):
    """How late it is, here and for the server, and when the launch began (seconds since the epoch)."""

    now: float
    server_now: float
    launched_at: float


@dataclass(slots=True)
class Live:
    """A task, its past, and what this launch has tried so far; only these few stand in memory.

    `looks`, `looked_at` and `unread` count reads since the last write, `unread_why` says why the last one
    was of no use; `sends` counts the writes of this launch, `key_sends` those with
    the present key. `waits`: its next step is not due yet.
    """

    task: Task
    past: Past
    operation: Operation
    looks: int = 0
    looked_at: float | None = None
    unread: int = 0
    unread_why: str = ""
    sends: int = 0
    key_sends: int = 0
    waits: bool = False

    def view(self, setup: EngineSetup, moment: Moment, *, marker_read: bool) -> View:
        """The task as the planner sees it."""
        operation = self.operation
        return View(
            policy=setup.policy,
            traits=Traits(operation.follows(self.task, setup.policy.until), operation.untouched_proves),
            task=self.task,
            past=self.past,
            now=moment.now,
            server_now=moment.server_now,
            launched_at=moment.launched_at,
            looks=self.looks,
            looked_at=self.looked_at,
            sends=self.sends,
            key_sends=self.key_sends,
            marker_read=marker_read,
            clock_since=setup.clock_since,
        )

    def forget_look(self) -> None:
        """Its target may be another by now than it was seen: look again, at once, before anything is sent."""
        self.past = self.past._replace(pre_at=None)
        self.looks, self.looked_at, self.unread = 0, None, 0

    @property
    def begun(self) -> bool:
        """Whether something of it is in the log, so that it can be read again from there."""
        return self.past.attempts > 0 or self.past.pre is not None

    @property
    def in_doubt(self) -> bool:
        """Whether it may still change its target, or its target's state is not decided."""
        return self.past.outcome is None and (self.past.doubts > 0 or self.past.success is not None)

    @property
    def hold(self) -> tuple[str, str | None, str] | None:
        """What it lays hold of while it is under way: its target. Creations make their own."""
        if self.task.keyed:
            return None
        return (self.task.operation, self.task.scope.entity, self.task.target)

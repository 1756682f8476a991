"""A task that a launch is working on."""

from dataclasses import dataclass

from runner.core.history import Past
from runner.core.operation import Operation
from runner.core.task import Task


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

    def forget_look(self) -> None:
        """Its target may be another by now than it was seen: look again before anything is sent."""
        self.past = self.past._replace(pre_at=None)

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

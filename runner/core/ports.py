"""The few interfaces through which the engine reaches the world."""

from collections.abc import Sequence
from typing import Protocol

from runner.core.event import Event
from runner.core.history import Past
from runner.core.task import Task
from runner.core.wire import Reply, Request


class StorageFault(Exception):
    """Storage failed, or what it holds is damaged. Nothing may be sent after this one (exit code 5)."""


class Clock(Protocol):
    """Time as durations and deadlines need it: it never jumps within one launch."""

    def now(self) -> float:
        """Seconds since the Unix epoch (UTC), steady since the launch began."""
        ...


class Transport(Protocol):
    """Sends one request at most once; every foreign error comes back as a `Reply`.

    It adds the token, and after a 401 uses that token no more: the next request gets a new one.
    """

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Send it, wait for the whole reply at most `timeout_s` seconds in all."""
        ...


class EventLog(Protocol):
    """The checkpoint, as the engine sees it."""

    async def append(self, events: Sequence[Event]) -> None:
        """Write events and return once they are on disk (fsync); many callers share one fsync.

        Raises `StorageFault`; after the first one every later call raises it too.
        """
        ...

    def append_soon(self, events: Sequence[Event]) -> None:
        """Write events with the next group, at most 50 ms later; a crash may lose them, never silently."""
        ...

    def check_sound(self) -> None:
        """Raise `StorageFault` where any earlier write failed, also one that nobody waited for."""
        ...

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Tasks without a final status and with a number above `after`, in order.

        `begun`: those of which something was sent or is under way (True), or nothing yet (False).
        """
        ...

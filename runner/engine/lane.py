"""One lane: the tasks that share an entity's concurrency, with its pace and its queues."""

from collections import deque
from dataclasses import dataclass, field

from runner.core.history import Past
from runner.core.pace import FAR_S, Pace
from runner.core.scope import Scope
from runner.core.sighting import Purpose
from runner.core.step import Send
from runner.core.verdict import VerdictKind
from runner.engine.live import Live

FORBIDDEN_MAX = 3
"""So many 403 in a row stop a lane: the token may not act there."""


@dataclass(frozen=True, slots=True)
class LookKey:
    """Tasks that one look may take together."""

    operation: str
    scope: Scope
    purpose: Purpose


def _looks() -> dict[LookKey, deque[Live]]:
    return {}


@dataclass(slots=True)
class Lane:
    """Queues of what is due, and how many requests are in flight. Reads go first: they free what waits.

    `useful_at` is when the lane last got an answer of use; `troubled`: not since the last request; `limited`:
    the server answers, and refuses for load. `stopped` holds the reason once it sends no more; `put_off`: the
    server asked to come again so late that the launch does not wait for it. `tasks`: how
    many in memory are its own.
    """

    entity: str | None
    pace: Pace
    useful_at: float
    writes: deque[tuple[Live, Send]] = field(default_factory=deque[tuple[Live, Send]])
    looks: dict[LookKey, deque[Live]] = field(default_factory=_looks)
    in_flight: int = 0
    forbidden: int = 0
    tasks: int = 0
    troubled: bool = False
    limited: bool = False
    stopped: str | None = None
    put_off: bool = False

    def hear(self, kind: VerdictKind) -> None:
        """Count the 403 to writes in a row. One to a read may be about its object alone."""
        self.forbidden = self.forbidden + 1 if kind is VerdictKind.FORBIDDEN else 0
        if self.forbidden >= FORBIDDEN_MAX:
            self.stopped = f"403 {FORBIDDEN_MAX} times in a row: the token may not do this in this entity"

    def mind_far_wait(self, now: float) -> None:
        """Stop where the server asks to wait for longer than a launch sleeps; whatever else it says since."""
        wait_s = self.pace.not_before - now
        if wait_s > FAR_S and self.stopped is None:
            self.stopped, self.put_off = f"the server asks to wait {wait_s:.0f} s more", True

    def heed(self, past: Past, now: float) -> None:
        """Go on with what the server asked of an earlier launch, by the last reply to one of its tasks."""
        before = self.pace.not_before
        if past.verdict is not None and past.answered_at is not None:
            self.pace.heed(past.verdict, past.answered_at)
        if self.pace.not_before > max(before, now):
            self.troubled = self.limited = True

    def add_look(self, live: Live, purpose: Purpose) -> None:
        """Queue a task whose look is due."""
        key = LookKey(live.task.operation, live.task.scope, purpose)
        self.looks.setdefault(key, deque()).append(live)

    def take_looks(self) -> tuple[LookKey, list[Live]] | None:
        """The next group of looks, as large as its operation takes; None where there is none."""
        for key, queue in self.looks.items():
            size = queue[0].operation.look_max(key.purpose) if queue else 0
            group = [queue.popleft() for _ in range(min(size, len(queue)))]
            if not queue:
                del self.looks[key]
            if group:
                return key, group
        return None

    @property
    def has_due(self) -> bool:
        """Whether anything waits for a slot."""
        return bool(self.writes or self.looks)

    def ready(self, now: float) -> bool:
        """Whether something may leave now, as far as the lane is concerned."""
        return self.has_due and self.in_flight < self.pace.slots and not self.pace.waits(now)

    def drain(self) -> list[Live]:
        """Empty all queues; what was in them will not be sent in this launch."""
        lives = [live for live, _ in self.writes]
        for queue in self.looks.values():
            lives.extend(queue)
        self.writes.clear()
        self.looks.clear()
        return lives

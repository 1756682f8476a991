"""One write at a time on one target: who has hold of it, and who waits for that."""

from collections import deque

from runner.engine.live import Live

_Hold = tuple[str, str | None, str]


class Holds:
    """Targets that are laid hold of, each by the first task that came; the others wait in their order.

    A holder is known by its number: a task that was parked comes back as another value.
    """

    def __init__(self) -> None:
        self._holders: dict[_Hold, int] = {}
        self._waiting: dict[_Hold, deque[Live]] = {}
        self._doubtful: set[_Hold] = set()

    def claim(self, live: Live) -> None:
        """A task that is in doubt already has hold of its target from the beginning."""
        if live.in_doubt and live.hold is not None:
            self._holders.setdefault(live.hold, live.task.number)

    def forbids(self, live: Live) -> bool:
        """Whether another task has left the target of this one in doubt, so that waiting would be in vain."""
        return live.hold in self._doubtful and self._holders.get(live.hold) != live.task.number

    def takes(self, live: Live) -> bool:
        """Whether a task has hold of its target now; if not, it waits."""
        hold = live.hold
        if hold is None or self._holders.setdefault(hold, live.task.number) == live.task.number:
            return True
        self._waiting.setdefault(hold, deque()).append(live)
        return False

    def let_go(self, live: Live) -> list[Live]:
        """A task leaves: the one whose turn it is, or all that waited in vain because it leaves in doubt."""
        hold = live.hold
        if hold is None or self._holders.get(hold) != live.task.number:
            return []
        waiting = self._waiting.get(hold)
        if live.in_doubt:
            self._doubtful.add(hold)
            return list(self._waiting.pop(hold, ()))
        del self._holders[hold]
        if not waiting:
            return []
        # The hold is handed on: however that task leaves, the next one's turn comes.
        self._holders[hold] = waiting[0].task.number
        return [waiting.popleft()]

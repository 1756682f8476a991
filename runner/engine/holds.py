"""One write at a time on one target: who has hold of it, and who waits for that."""

from collections import deque

from runner.engine.live import Live

_Hold = tuple[str, str | None, str]


class Holds:
    """Targets that are laid hold of, each by the first task that came; the others wait in their order."""

    def __init__(self) -> None:
        self._holders: dict[_Hold, Live] = {}
        self._waiting: dict[_Hold, deque[Live]] = {}

    def claim(self, live: Live) -> None:
        """A task that is in doubt already has hold of its target from the beginning."""
        if live.in_doubt and live.hold is not None:
            self._holders.setdefault(live.hold, live)

    def takes(self, live: Live) -> bool:
        """Whether a task has hold of its target now; if not, it waits."""
        hold = live.hold
        if hold is None or self._holders.setdefault(hold, live) is live:
            return True
        self._waiting.setdefault(hold, deque()).append(live)
        return False

    def let_go(self, live: Live) -> list[Live]:
        """A task leaves: the one whose turn it is, or all that waited in vain because it leaves in doubt."""
        hold = live.hold
        if hold is None or self._holders.get(hold) is not live:
            return []
        if live.in_doubt:
            return list(self._waiting.pop(hold, ()))
        del self._holders[hold]
        waiting = self._waiting.get(hold)
        return [waiting.popleft()] if waiting else []

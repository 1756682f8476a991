"""Which idempotency key a task goes on with, by what earlier runs did with its act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from runner.compose.tenancy import Reached
from runner.core.doubt import is_replayed
from runner.core.task import InheritedKey, Task
from runner.core.tenant import KEY_TRUST_S
from runner.edge.checkpoint.acts import Holding


@dataclass(frozen=True, slots=True)
class Heritage:
    """Hands keys on. `now` is the time by our clock, `server_now` by the server's (None: it did not tell)."""

    now: float
    server_now: float | None = None

    @classmethod
    def at(cls, reached: Reached, now: float) -> Self:
        """By the clocks at `now` (seconds since the epoch), when the tenant was reached just before."""
        dated = reached.transport.tokens.dated
        return cls(now, None if dated is None else dated.told)

    def hand_on(self, task: Task, holdings: Sequence[Holding]) -> Task:
        """The task with the key that it goes on with.

        That is the one after all that were used. But a key of which a person alone says that it had no effect
        (`resolve --as failed`) is used again while the server knows it, with the bytes that it was first used
        with: where the person is wrong, the server answers with what it made then.
        """
        used = max((one.generation for one in holdings), default=0)
        last = max(
            (one for one in holdings if one.generation == used and one.past.attempts),
            key=lambda one: one.past.sent_at or 0.0,
            default=None,
        )
        if last is None or last.task is None or not self._is_open(last):
            return replace(task, generation=used + 1, inherited=None)
        first = last.task
        return replace(
            task,
            path=first.path,
            body=first.body,
            target=first.target,
            marker=first.marker,
            generation=used,
            inherited=_key_of(last),
        )

    def _is_open(self, holding: Holding) -> bool:
        """Whether its last key is trusted still, and may tell what no reply or look has said.

        Where the server repeats what it has stored for the key, or refuses it (422), it tells nothing more.
        """
        past = holding.past
        if past.resolved_by is None or not past.doubts or past.key_since is None or past.mismatch:
            return False
        if holding.task is None or not holding.task.keyed or is_replayed(past):
            return False
        now = self.now if self.server_now is None else self.server_now
        now = now if past.key_by_server else min(now, self.now)
        return now - past.key_since < KEY_TRUST_S


def _key_of(holding: Holding) -> InheritedKey:
    task, past = holding.task, holding.past
    before = task.inherited.tracks if task is not None and task.inherited is not None else ()
    tracks = (*before, past.track_id) if past.track_id is not None else before
    return InheritedKey(past.key_since or 0.0, past.key_by_server, past.key_digest, tracks)

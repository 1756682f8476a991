"""A run at a glance, from its checkpoint alone: what `status` and `runs` tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.compose.derive import facts_of, verb_after
from runner.core.jsonvalue import JsonObject
from runner.core.outcome import Status
from runner.core.runsummary import Summary, summarise
from runner.core.summary import RunState, state_of
from runner.edge.checkpoint.lock import is_held
from runner.edge.checkpoint.reader import CheckpointReader


@dataclass(frozen=True, slots=True)
class Glance:
    """How a run stands now. `next_verb` goes on with it, if any does."""

    directory: Path
    summary: Summary
    state: RunState
    next_verb: Literal["resume", "settle"] | None = None

    def to_json(self) -> JsonObject:
        """The summary document, with `state`."""
        return {**self.summary.to_json(), "state": self.state}

    def counted(self) -> Iterator[tuple[Status, int]]:
        """The statuses that any task has, with how many."""
        for status in Status:
            if self.summary.counts.get(status, 0):
                yield status, self.summary.counts[status]


def glance_at(directory: Path) -> Glance:
    """Read how a run stands, also while a program works on it.

    Raises:
        UserFault: its plan was never committed, or it was written by a newer version.
        StorageFault: it cannot be read.
    """
    with CheckpointReader(directory) as reader:
        # In this order: a run that ends meanwhile looks held a moment longer, never finished too early.
        held = is_held(directory)
        facts = facts_of(reader)
        counts = reader.counts()
        state = state_of(counts, held=held, ended=facts.ended)
        return Glance(directory, summarise(facts, counts), state, verb_after(reader, counts))

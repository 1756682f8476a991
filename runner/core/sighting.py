"""What a read-back shows, judged against what the task wants."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

from runner.core.jsonvalue import JsonObject
from runner.core.verdict import keep_short

Purpose: TypeAlias = Literal["preflight", "settle", "follow"]
"""Before anything is sent; for a doubtful or accepted end; to follow what was created."""


class Standing(StrEnum):
    """How the target of a task stands, by evidence."""

    REACHED = "reached"
    """The target state is there. Counts at once."""
    UNDER_WAY = "under_way"
    """The server is working towards it (`CancelInProgress`, a bill run that is being processed)."""
    UNTOUCHED = "untouched"
    """Exactly as before anything was sent, or as it must be for the operation to work: nothing has taken
    effect so far. Proof of "not applied" only past the quiet window, and twice."""
    ABSENT = "absent"
    """No bill run carries the marker. Evidence of the same grade as UNTOUCHED."""
    OPEN = "open"
    """Seen, and proves nothing either way."""
    BUSY = "busy"
    """In a state that will pass and in which the operation is refused (a bill run in `Processing`)."""
    PARTLY = "partly"
    """Part of it took effect and nothing more is under way."""
    IMPOSSIBLE = "impossible"
    """The operation cannot take effect any more (posted, gone, all entries transferred)."""


def _no_facts() -> JsonObject:
    return {}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at a target.

    `state` is Zuora's own word. `result_id` is what was made or changed. `note` is for people. `facts` is
    what was read, as far as it is evidence (the pre-image, charges or entries that are left).
    """

    standing: Standing
    state: str | None = None
    result_id: str | None = None
    note: str = ""
    facts: JsonObject = field(default_factory=_no_facts)

    def __post_init__(self) -> None:
        keep_short(self, "state", "result_id", "note")


@dataclass(frozen=True, slots=True)
class Unread:
    """A read that was not answered in a way that can be understood; no evidence of anything.

    `refused`: the server says that it does not tell (4xx), so that asking again is in vain.
    """

    detail: str
    refused: bool = False

"""A write as judging its reply sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.core.jsonvalue import JsonObject
from runner.core.operation import Success
from runner.core.request import task_of_track


@dataclass(frozen=True, slots=True)
class Exchange:
    """What classifying needs to know of the request: its key, its track id, how its success reads.

    `inherited` are track ids of earlier runs that used the same key.
    """

    keyed: bool
    track_id: str
    success: Callable[[JsonObject], Success | None]
    marker: str | None = None
    inherited: tuple[str, ...] = ()

    def asked_for(self, echoed: str) -> bool:
        """Whether a reply that carries this track id is one to this write.

        One that is replayed under a key carries its first headers: an earlier attempt's track id.
        """
        if echoed == self.track_id:
            return True
        return self.keyed and task_of_track(echoed) in map(task_of_track, (self.track_id, *self.inherited))

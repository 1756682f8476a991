"""Everything that was decided before a launch begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.core.operation import Operation
from runner.core.options import FailureLimit
from runner.core.policy import Policy
from runner.core.tenant import Limits

_NO_LIMITS = Limits()
_HALF_MAY_FAIL = FailureLimit()


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """Times in seconds. `run_token` is the run's own 8 hex digits, for track ids.

    `limit`: so many tasks not begun before are admitted. `canary`: the first, then ten, then the rest.
    `patience_s`: a lane that gets no useful answer for so long stops the run (`PATIENCE_FIRST_S` before the
    first write). `marker_read`: an earlier launch read a marker back whole. `window`: so many tasks stand in
    memory at once. `clock_since`: since then the times in the log are by the clock of this launch (None:
    since it began). `server_ahead_s`: by how much the server's clock is ahead of ours, at least and at most.
    """

    operations: Mapping[str, Operation]
    policy: Policy
    run_token: str
    limits: Limits = _NO_LIMITS
    concurrency: int = 20
    timeout_s: float = 150.0
    read_timeout_s: float = 30.0
    patience_s: float = 600.0
    max_failures: FailureLimit = _HALF_MAY_FAIL
    max_duration_s: float | None = None
    limit: int | None = None
    canary: bool = False
    marker_read: bool = False
    window: int = 2000
    clock_since: float | None = None
    server_ahead_s: tuple[float, float] | None = None


PATIENCE_FIRST_S = 30.0
PAGE = 500
"""So many tasks are read from the checkpoint at a time."""

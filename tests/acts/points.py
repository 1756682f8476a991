"""Named points in the planning of a run, where a test kills a program or holds it; and the tenant's door."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

from runner.edge.checkpoint import planwriter
from runner.edge.checkpoint.acts import ActSession
from runner.edge.checkpoint.planwriter import PlanWriter
from runner.sandbox.http_door import HttpDoor

_PLACES: Final[dict[str, tuple[Any, str]]] = {
    "made": (PlanWriter, "add_row"),  # its directory and lock are there, the registry was asked
    "claiming": (ActSession, "claim"),  # nothing is claimed yet
    "claimed": (PlanWriter, "commit"),  # the claims are on disk, the plan is not
    "committed": (planwriter, "sync_directory"),  # the plan is, what leads to it is not
    "planned": (planwriter, "_write_head"),  # all but its head
}
POINTS: Final = tuple(_PLACES)
REACHED: Final = "reached"
GO_ON: Final = "go-on"
_PAUSE_S: Final = 0.05
_HEADS_BEFORE: Final = 1
"""A plan that is begun has a head already; the one that counts is the second."""


def plant(point: str, hold: Path) -> None:
    """Make this process stop at a point: `NAME` kills it there, `NAME!` holds it until `GO_ON` is made."""
    name = point.removesuffix("!")
    owner, method = _PLACES[name]
    real = getattr(owner, method)
    left = [_HEADS_BEFORE if owner is planwriter else 0]

    def stopping(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == -1:
            _kill() if name == point else _wait(hold)
        return real(*arguments, **named)

    setattr(owner, method, stopping)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _wait(hold: Path) -> None:
    (hold / REACHED).touch()
    while not (hold / GO_ON).exists():
        time.sleep(_PAUSE_S)


def log_requests(path: Path) -> None:
    """Make this process, a tenant, write down every write that reaches it: what is asked, with which ids."""
    real = HttpDoor.handle
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def handle(self: HttpDoor, request: Any) -> Any:
        if request.path.startswith("/v1/") and request.method in {"POST", "PUT"}:
            names = ("Zuora-Track-Id", "Idempotency-Key")
            line = {"method": request.method, "path": request.path}
            line |= {name: request.headers.get(name) for name in names}
            os.write(log, json.dumps(line).encode() + b"\n")
        return await real(self, request)

    HttpDoor.handle = handle

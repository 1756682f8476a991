"""A task's requests as they go over the wire, but for host and token."""

from typing import Final

from runner.core.scope import Scope
from runner.core.task import Task, idempotency_key
from runner.core.wire import Request

_TRACK_PREFIX: Final = "zbr-"


def track_id(run_token: str, task: int, attempt: int) -> str:
    """The `Zuora-Track-Id` of one attempt: unique, at most 64 characters, without `: ; " '`.

    `run_token` is the run's own 8 hex digits.
    """
    return f"{_TRACK_PREFIX}{run_token}-{task}-{attempt}"


def task_of_track(track: str) -> str:
    """What the track ids of all attempts of one task have in common."""
    return track.rpartition("-")[0]


def is_of_another_run(track: str, own: str) -> bool:
    """Whether a track id is one that this program gave in another run than `own` is of."""
    return track.startswith(_TRACK_PREFIX) and track.split("-")[1] != own.split("-")[1]


def write_request(task: Task, track: str, generation: int) -> Request:
    """The write of a task: its frozen bytes, its scope, its track id and, for a POST alone, its key."""
    headers = {**scope_headers(task.scope), "Content-Type": "application/json", "Zuora-Track-Id": track}
    if task.keyed:
        headers["Idempotency-Key"] = idempotency_key(task.act, generation)
    return Request(task.method, task.path, headers, task.body)


def scoped(request: Request, scope: Scope) -> Request:
    """A read in a task's scope."""
    return Request(request.method, request.path, {**request.headers, **scope_headers(scope)}, request.body)


def scope_headers(scope: Scope) -> dict[str, str]:
    """`Zuora-Entity-Ids` takes one id, `Zuora-Org-Ids` a comma list; absent where the scope has none."""
    headers: dict[str, str] = {}
    if scope.entity is not None:
        headers["Zuora-Entity-Ids"] = scope.entity
    if scope.orgs:
        headers["Zuora-Org-Ids"] = ",".join(scope.orgs)
    return headers

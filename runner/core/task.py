"""A task: one row in one scope, compiled to the exact bytes to send, frozen before the first send."""

import hashlib
from dataclasses import dataclass
from typing import Final

from runner.core.jsonvalue import Json, JsonObject, canonical
from runner.core.scope import Scope
from runner.core.wire import Method

MARKER_PREFIX: Final = "zbr-"
MARKER_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class DoneBy:
    """The task of an earlier run that has done an act, and what it made or changed."""

    run: str
    task: int
    result_id: str | None = None


@dataclass(frozen=True, slots=True)
class InheritedKey:
    """A key that earlier runs of the act used; what came of it, only a person's word says.

    `since` is its first use, in seconds since the epoch, by the server's clock where `by_server`. `digest` is
    that of the last reply under it: when it comes again, it is replayed. `tracks` are the track ids of its
    last attempt in each of these runs, of which a replayed reply may carry one.
    """

    since: float
    by_server: bool
    digest: str | None
    tracks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What was frozen; nothing in here changes after the plan is committed.

    `number` counts from 1 in file order. `act` is the digest of what the task means (64 hex digits).
    `fields` is the normal form of the row (what read-back compares with). `target` names the object that
    is acted on (bill run id, journal run number, schedule key) or, for a creation, the name that it gets.
    `generation` is the first key generation this run may use, handed on from earlier runs of the act; where
    that key is `inherited`, the bytes are those that it was first used with.
    `rejected` holds the reason why the row was left out (`--skip-invalid`), `done_by` the run that has done
    its act already (`--skip-done`); such tasks are never sent.
    """

    number: int
    row: int
    line: int
    custom_id: str | None
    operation: str
    scope: Scope
    method: Method
    path: str
    body: bytes
    act: str
    fields: JsonObject
    target: str
    marker: str | None = None
    generation: int = 1
    rejected: str | None = None
    done_by: DoneBy | None = None
    inherited: InheritedKey | None = None

    @property
    def keyed(self) -> bool:
        """Whether its write carries an idempotency key: POST does, PUT must not (reference pages)."""
        return self.method == "POST"


@dataclass(frozen=True, slots=True)
class Act:
    """What a task means outside its run; its digest is the root of the key and of the marker.

    `tenant` is the tenant's id from its token (origin and configured name where the token shows none).
    `fields` are in normal form, before dates and marker are filled in. `place` counts equal acts from 0.
    """

    origin: str
    tenant: str
    operation: str
    scope: Scope
    fields: JsonObject
    run_label: str
    place: int

    def digest(self) -> str:
        """64 hex digits."""
        orgs: list[Json] = list(self.scope.orgs)
        parts: list[Json] = ["act/1", self.origin, self.tenant, self.operation, self.scope.entity, orgs]
        parts += [self.fields, self.run_label, self.place]
        return hashlib.sha256(canonical(parts)).hexdigest()


def marker_of(act: str) -> str:
    """The marker that a bill run created for this act carries at the end of its name."""
    return MARKER_PREFIX + act[:MARKER_DIGITS]


def idempotency_key(act: str, generation: int) -> str:
    """The `Idempotency-Key` of one generation of an act: 64 characters (Zuora allows 255)."""
    return hashlib.sha256(canonical(["key/1", act, generation])).hexdigest()

"""Idempotency keys: what is stored, and what a second use gets (idempotent requests guide)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from runner.sandbox.answers import Answer, RefusedError, message_only
from runner.sandbox.scenario import KeysPart
from runner.sandbox.state import JsonObject

KEY_CHARACTERS_MAX: Final = 255
_GATEWAY: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Stored:
    """The reply to the first use of a key; `use` is its method and URL, `at` the time of the first use.

    `made` is the id of the bill run that it created: its body is that run as it was then, and is not kept.
    """

    use: str
    at: float
    status: int
    headers: Mapping[str, str]
    body: bytes
    made: str | None = None

    def dumps(self) -> JsonObject:
        """As it stands in the journal."""
        told: JsonObject = {
            "use": self.use,
            "at": self.at,
            "status": self.status,
            "headers": dict(self.headers),
        }
        if self.made is not None:
            return {**told, "made": self.made}
        return {**told, "body": base64.b64encode(self.body).decode()}


def stored_from(members: JsonObject) -> Stored:
    """Read what `Stored.dumps` wrote."""
    made = members.get("made")
    return Stored(
        str(members["use"]),
        cast("float", members["at"]),
        cast("int", members["status"]),
        cast("dict[str, str]", members["headers"]),
        base64.b64decode(str(members.get("body", ""))),
        None if made is None else str(made),
    )


class Keys:
    """The keys of a tenant: 24 hours from the first use, success or failure."""

    def __init__(self, part: KeysPart) -> None:
        self._part = part
        self._stored: dict[str, Stored] = {}
        self._in_flight: dict[str, str] = {}

    def check(self, method: str, headers: Mapping[str, str]) -> str | None:
        """The key of a request, None where it has none; refuses one that must not be there.

        A live tenant answered 400 to a key on a PUT (third-party test suite); the reference pages forbid it
        on every method but POST and PATCH.
        """
        key = headers.get("idempotency-key")
        if key is None:
            return None
        if method != "POST":
            raise RefusedError(20, f"{method} not supported with Idempotency-Key header")
        if not key or len(key) > KEY_CHARACTERS_MAX or not key.isascii():
            raise RefusedError(20, f"Idempotency-Key must have 1 to {KEY_CHARACTERS_MAX} US-ASCII characters")
        return key

    def use(self, key: str, use: str, now: float) -> Answer | Stored | None:
        """What a second use gets; None for a first one, which is in flight from now on."""
        stored = self._stored.get(key)
        if stored is not None and now - stored.at >= self._part.hours * 3600:
            del self._stored[key]
            stored = None
        first_use = self._in_flight.get(key) or (stored.use if stored else None)
        if first_use is not None and first_use != use:
            return message_only(422, "The idempotency key was used with a different request.")
        if key in self._in_flight:
            return message_only(409, "A request with this idempotency key is still being processed.")
        if stored is not None:
            return stored
        self._in_flight[key] = use
        return None

    def release(self, key: str) -> None:
        """The request that used the key first is no longer in flight."""
        self._in_flight.pop(key, None)

    def keeps(self, status: int) -> bool:
        """Whether a reply of this status is stored."""
        if status == 429:  # noqa: PLR2004  (HTTP's own number)
            return self._part.store_429
        if status in _GATEWAY:
            return self._part.store_gateway
        return status < 500 or self._part.store_5xx  # noqa: PLR2004

    def put(self, key: str, stored: Stored, now: float) -> None:
        """Store a reply, unless its time is over already (while a journal is read)."""
        if now - stored.at < self._part.hours * 3600:
            self._stored[key] = stored

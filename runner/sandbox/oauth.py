"""Bearer tokens: issued to any client, and checked (create a token; OAuth)."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import parse_qs

from runner.core.wire import Request
from runner.sandbox.answers import Answer, message_only, success
from runner.sandbox.chance import digest, uuid_of
from runner.sandbox.setup import Setup
from runner.sandbox.state import Birth

_HEX_ID: Final = re.compile(r"^[0-9a-f]{32}\Z")
_KNOWN_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows; `entities` empty: a tenant without configured ones."""

    expires_at: float
    entities: tuple[str, ...]


class Tokens:
    """Issues and checks tokens. They are signed, not stored, so that they outlive a restart of the tenant."""

    def __init__(self, birth: Birth, setup: Setup, token_s: int) -> None:
        self._birth = birth
        self._entities = setup.entities
        self._token_s = token_s
        self._known: dict[str, Grant] = {}
        self._count = 0

    def answer(self, request: Request, headers: Mapping[str, str], now: float) -> Answer:
        """Reply to `POST /oauth/token`: form-encoded, any client id and secret."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return message_only(415, "Content-Type must be application/x-www-form-urlencoded")
        form = parse_qs(request.body.decode("utf-8", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return message_only(400, "unsupported_grant_type: use client_credentials")
        if not (form.get("client_id") and form.get("client_secret")):
            return message_only(401, "Bad credentials")
        asked = headers.get("zuora-entity-ids")
        if asked is not None and match_entity(asked, self._entities) is None and self._entities:
            return message_only(401, "The client is not permitted for this entity")
        entities = self._entities if asked is None or not self._entities else (_one(asked, self._entities),)
        return success(
            {
                "access_token": self.issue(now, entities),
                "token_type": "bearer",
                "expires_in": self._token_s,
                "scope": self._scope(entities),
                "jti": digest(self._birth.secret, "jti", self._count),
            }
        )

    def issue(self, now: float, entities: tuple[str, ...] | None = None) -> str:
        """Make a token; without `entities` it covers all of the tenant's."""
        self._count += 1
        covered = self._entities if entities is None else entities
        claims = [self._birth.id, now + self._token_s, list(covered), self._count]
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"{payload}.{self._sign(payload)}"

    def check(self, headers: Mapping[str, str], now: float) -> Grant | str:
        """The grant of a request's token, or why there is none."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            return "Authentication error: no bearer token"
        grant = self._known.get(token) or self._read(token)
        if grant is None:
            return "Authentication error: the token is not known"
        if grant.expires_at <= now:
            return "Authentication error: the token has expired"
        return grant

    def _read(self, token: str) -> Grant | None:
        payload, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(payload).encode()):
            return None
        try:
            raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        except (binascii.Error, ValueError):
            return None
        _, expires_at, entities, _ = cast("tuple[int, float, list[str], int]", json.loads(raw))
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        return self._known.setdefault(token, Grant(expires_at, tuple(entities)))

    def _sign(self, payload: str) -> str:
        key = f"{self._birth.id}:{self._birth.secret}".encode()
        return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()[:32]

    def _scope(self, entities: tuple[str, ...]) -> str:
        shown = [_uuid(entity) for entity in entities] or [uuid_of(self._birth.id, "entity")]
        items = [f"entity.{entity}" for entity in shown]
        items += [
            f"tenant.{self._birth.id}",
            f"user.{digest(self._birth.id, 'user')}",
            "service.billing.write",
        ]
        return " ".join(items)


def match_entity(asked: str, entities: tuple[str, ...]) -> str | None:
    """The configured entity that a header means; hyphens and case do not tell ids apart."""
    plain = asked.strip().replace("-", "").lower()
    return next((entity for entity in entities if entity.replace("-", "").lower() == plain), None)


def _one(asked: str, entities: tuple[str, ...]) -> str:
    return match_entity(asked, entities) or entities[0]


def _uuid(entity: str) -> str:
    if not _HEX_ID.match(entity.lower()):
        return entity
    plain = entity.lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"

"""What the token endpoint says: a token, for how long, and whose it is."""

import math
import re
from dataclasses import dataclass
from typing import Final

from runner.core.jsonvalue import JsonFault, JsonObject, parse_object, text_at
from runner.edge.secret import Secret

LIFE_DEFAULT_S: Final = 600.0
"""For an answer that says nothing readable: how often Zuora's own SDK renews (zuora.md 3)."""
LIFE_MAX_S: Final = 86_400.0


class GrantFault(Exception):
    """The endpoint's answer is no grant; the message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A bearer token, with what its `scope` says of it.

    A scope lists `tenant.<n>`, `entity.<uuid>` and `user.<id>` among others (zuora.md 3).
    `life_s` counts from just before it was asked for. `tenant_id` is the n of `tenant.<n>`; None where the
    scope shows none, or several. `entities` are ids as the scope spells them; `user` is a user's id.
    """

    secret: Secret
    life_s: float
    tenant_id: str | None = None
    entities: tuple[str, ...] = ()
    user: str | None = None


def read_grant(body: bytes) -> Grant:
    """Read the body of a 200 answer.

    Raises:
        GrantFault: it is not JSON, has no usable `access_token`, or is no bearer token.
    """
    try:
        answer = parse_object(body)
    except JsonFault:
        raise GrantFault("the answer is not a JSON object") from None
    token = answer.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise GrantFault("the answer holds no access_token that can be sent")
    if (text_at(answer, "token_type") or "bearer").lower() != "bearer":
        raise GrantFault("the token is not a bearer token")
    scope = (text_at(answer, "scope") or "").split()
    tenants, users = _named(scope, "tenant."), _named(scope, "user.")
    return Grant(
        secret=Secret(token),
        life_s=_life_s(answer),
        tenant_id=tenants[0] if len(tenants) == 1 else None,
        entities=_named(scope, "entity."),
        user=users[0] if len(users) == 1 else None,
    )


def _named(scope: list[str], prefix: str) -> tuple[str, ...]:
    found = dict.fromkeys(item.removeprefix(prefix) for item in scope if item.startswith(prefix))
    return tuple(name for name in found if name)


def _life_s(answer: JsonObject) -> float:
    try:
        life_s = float(text_at(answer, "expires_in") or "")
    except ValueError:
        return LIFE_DEFAULT_S
    return min(life_s, LIFE_MAX_S) if math.isfinite(life_s) and life_s > 0 else LIFE_DEFAULT_S


_TOKEN: Final = re.compile(r"[!-~]{1,8192}")

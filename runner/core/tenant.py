"""A tenant as it is configured, with every value decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

KEY_TRUST_S: Final = 20 * 3600
"""How long an idempotency key is trusted from its first use, by the server's clock (Zuora keeps it 24 h)."""


class TenantKind(StrEnum):
    """What may go wrong there: real money only in production; unknown hosts count as production."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"
    LOOPBACK = "loopback"
    BUILT_IN = "built_in"


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests that this program may make; None is unlimited. Headroom is already taken off."""

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None


def _no_names() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant; `origin` is scheme, host and port (for the built-in one: filled in when it is reached).

    `entities` and `orgs` map configured names to ids, in configured order. Times are in seconds.
    """

    name: str
    kind: TenantKind
    origin: str
    environment: str | None = None
    timezone: str | None = None
    entities: Mapping[str, str] = field(default_factory=_no_names)
    orgs: Mapping[str, str] = field(default_factory=_no_names)
    default_entity: str | None = None
    default_org: str | None = None
    limits: Limits = Limits()
    headroom: float = 0.2
    concurrency: int = 20
    timeout_s: float = 150.0
    read_timeout_s: float = 30.0
    quiet_s: float = 150.0
    settle_s: float = 1800.0
    patience_s: float = 600.0
    read_only: bool = False
    marker: bool = True
    proxy_from_env: bool = False
    scenario: str | None = None

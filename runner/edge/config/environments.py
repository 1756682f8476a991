"""Zuora's own hosts, what they are, and what they allow."""

from dataclasses import dataclass
from math import floor
from typing import Final, Literal, TypeAlias

from runner.core.tenant import Limits, TenantKind

Environment: TypeAlias = Literal[
    "us1",
    "us2",
    "eu",
    "ap",
    "us1-apisandbox",
    "us2-apisandbox",
    "eu-apisandbox",
    "us-developer",
    "eu-developer",
    "ap-developer",
    "us-central",
    "eu-central",
    "ap-central",
    "sandbox",
]
"""The names that `environment` may have; `sandbox` is the built-in simulated tenant."""

# Requests a minute, hour and day of a tenant (zuora.md 4, from Zuora's rate limit page).
_FULL: Final = Limits(50_000, 2_250_000, 27_000_000)  # production and central sandbox
_DEVELOPER: Final = Limits(12_500, 25_000, 50_000)
API_SANDBOX: Final = Limits(2_500, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tenant lives: its origin, what may go wrong there, and the documented limits."""

    origin: str
    kind: TenantKind
    limits: Limits


# Hosts: zuora.md 3. Developer and central sandboxes of one cloud share a host.
PLACES: Final[dict[Environment, Place]] = {
    "us1": Place("https://rest.na.zuora.com", TenantKind.PRODUCTION, _FULL),
    "us2": Place("https://rest.zuora.com", TenantKind.PRODUCTION, _FULL),
    "eu": Place("https://rest.eu.zuora.com", TenantKind.PRODUCTION, _FULL),
    "ap": Place("https://rest.ap.zuora.com", TenantKind.PRODUCTION, _FULL),
    "us1-apisandbox": Place("https://rest.sandbox.na.zuora.com", TenantKind.SANDBOX, API_SANDBOX),
    "us2-apisandbox": Place("https://rest.apisandbox.zuora.com", TenantKind.SANDBOX, API_SANDBOX),
    "eu-apisandbox": Place("https://rest.sandbox.eu.zuora.com", TenantKind.SANDBOX, API_SANDBOX),
    "us-developer": Place("https://rest.test.zuora.com", TenantKind.SANDBOX, _DEVELOPER),
    "eu-developer": Place("https://rest.test.eu.zuora.com", TenantKind.SANDBOX, _DEVELOPER),
    "ap-developer": Place("https://rest.test.ap.zuora.com", TenantKind.SANDBOX, _DEVELOPER),
    "us-central": Place("https://rest.test.zuora.com", TenantKind.SANDBOX, _FULL),
    "eu-central": Place("https://rest.test.eu.zuora.com", TenantKind.SANDBOX, _FULL),
    "ap-central": Place("https://rest.test.ap.zuora.com", TenantKind.SANDBOX, _FULL),
    # Its address is known when it is reached; it has production's limits (contract).
    "sandbox": Place("", TenantKind.BUILT_IN, _FULL),
}


def place_of(origin: str) -> Place | None:
    """The documented place with this origin; of two that share a host, the one that allows less a day."""
    found = [place for place in PLACES.values() if place.origin and place.origin == origin]
    return min(found, key=lambda place: place.limits.per_day or 0, default=None)


def less(documented: int | None, headroom: float) -> int | None:
    """A documented limit less the share that is left to the tenant's other users; at least 1."""
    # Rounded first: 2500 * (1 - 0.9) is 249.99... in binary.
    return None if documented is None else max(1, floor(round(documented * (1 - headroom), 6)))

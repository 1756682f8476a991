"""In which entity and orgs a request acts (common request headers; Multi-entity; Multi-Org)."""

import re
from typing import Final

from runner.sandbox.answers import RefusedError
from runner.sandbox.calls import Call
from runner.sandbox.oauth import Grant, match_entity
from runner.sandbox.scenario_objects import TenantPart
from runner.sandbox.setup import Setup
from runner.sandbox.state import Where

_ID: Final = re.compile(r"^[A-Za-z0-9-]{1,64}\Z")
_AUTHENTICATION: Final = 900000
"""The resource of codes that begin with 9: entity errors are 90000020 (Zuora's own Ruby client)."""


def where_of(call: Call, grant: Grant, setup: Setup, tenant: TenantPart) -> Where:
    """The scope of a request; `RefusedError` where its headers are wrong or missing."""
    return Where(_entity(call, grant, setup, tenant), _orgs(call, setup, tenant))


def _entity(call: Call, grant: Grant, setup: Setup, tenant: TenantPart) -> str | None:
    asked = call.headers.get("zuora-entity-ids", "").strip()
    if not setup.entities:
        if asked and (tenant.strict_scope or not _ID.match(asked)):
            raise _bad_entity(f"the token is not valid for entity {asked[:64]}")
        return asked or None
    covered = grant.entities or setup.entities
    if not asked:
        if len(covered) > 1:
            raise _bad_entity("Zuora-Entity-Ids is needed: the token is valid for several entities")
        return next(iter(covered))
    if "," in asked:
        raise _bad_entity("Zuora-Entity-Ids takes exactly one id")
    entity = match_entity(asked, covered)
    if entity is None:
        raise _bad_entity(f"the token is not valid for entity {asked[:64]}")
    return entity


def _orgs(call: Call, setup: Setup, tenant: TenantPart) -> tuple[str, ...]:
    raw = call.headers.get("zuora-org-ids", "").strip()
    asked = sorted({part.strip() for part in raw.split(",")}) if raw else []
    if not setup.orgs:
        if asked and (tenant.strict_scope or not all(_ID.match(org) for org in asked)):
            raise _bad_org("Zuora-Org-Ids: Multi-Org is not enabled, or an id is malformed")
        return tuple(asked)
    if not asked:
        if tenant.missing_org == "refuse":
            raise _bad_org("Zuora-Org-Ids is missing (this tenant refuses to act on all orgs at once)")
        return tuple(sorted(setup.orgs))
    foreign = [org for org in asked if org not in setup.orgs]
    if foreign:
        raise _bad_org(f"Zuora-Org-Ids: no access to {', '.join(foreign)[:200]}")
    return tuple(asked)


def _bad_entity(why: str) -> RefusedError:
    return RefusedError(20, f"Bad entity: {why}.", resource=_AUTHENTICATION)


def _bad_org(why: str) -> RefusedError:
    return RefusedError(20, why)

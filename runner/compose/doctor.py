"""`doctor`: whether a tenant is set up well, before anything depends on it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import anyio

from runner.compose.console import Console
from runner.compose.tenancy import Reached, reach
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json, JsonObject
from runner.core.options import Site
from runner.core.plaintext import shown
from runner.core.request import scope_headers
from runner.core.retryafter import http_date_s
from runner.core.scope import Scope
from runner.core.summary import EXIT_NOT_ATTEMPTED, EXIT_OK, EXIT_REFUSED
from runner.core.wire import Arrived, Request
from runner.edge.config import Configured, load

_PROBE: Final = "/object-query/billing-runs?pageSize=1"
_SKEW_MAX_S: Final = 30.0
_LIMIT_HEADERS: Final = ("ratelimit-limit", "ratelimit-remaining", "concurrency-limit-limit")


def doctor(site: Site, console: Console) -> int:
    """Show config with the origin of each value, credentials, clock, limits, entities and orgs; reads only.

    Returns 0, or 2 where something has to be put right (also where nobody answers).

    Raises:
        UserFault: the config is wrong, credentials are missing (2) or refused (7).
    """
    config = load(Path(site.config) if site.config else None)
    configured = config.configured(site.tenant)
    console.out(f"config    {config.path or 'none: the built-in tenant alone'}")
    console.out("\n".join(_settings(configured)))
    try:
        found = anyio.run(_examine, configured, site, console)
    except UserFault as fault:
        if fault.exit_code != EXIT_NOT_ATTEMPTED:
            raise
        found = [fault.message]
    problems: list[Json] = list(found)
    for problem in found:
        console.out(f"problem   {problem}")
    if not found:
        console.out("all is well")
    code = EXIT_REFUSED if found else EXIT_OK
    settings: JsonObject = {
        key: {"value": _plain(setting.value), "origin": setting.origin}
        for key, setting in configured.settings.items()
    }
    tenant = configured.tenant.name
    console.json({"tenant": tenant, "settings": settings, "problems": problems, "exit_code": code})
    return code


async def _examine(configured: Configured, site: Site, console: Console) -> list[str]:
    tenant = configured.tenant
    async with reach(tenant, Path(site.runs_dir), os.environ) as reached:
        grant = await reached.transport.tokens.token()
        console.out(f"token     given for tenant {reached.tenant_id}, user {grant.user or 'not shown'}")
        problems = list(_entity_problems(configured, grant.entities))
        entities = list(tenant.entities.items()) or [("", None)]
        for name, entity in entities:
            for org_name, org in list(tenant.orgs.items()) or [("", None)]:
                scope = Scope(entity, () if org is None else (org,))
                problems += await _probe(reached, scope, f"{name} {org_name}".strip(), console)
    return problems


async def _probe(reached: Reached, scope: Scope, name: str, console: Console) -> list[str]:
    request = Request("GET", _PROBE, scope_headers(scope))
    reply = await reached.transport.send(request, timeout_s=reached.tenant.read_timeout_s)
    where = f"scope {name}" if name else "the tenant"
    if not isinstance(reply, Arrived):
        return [f"{where}: a read was not answered: {reply.detail}"]
    if reply.status // 100 != 2:  # noqa: PLR2004 - success
        told = shown(reply.body.decode("utf-8", "replace"), 200)
        return [f"{where}: a read was answered {reply.status}: {told}"]
    limits = ", ".join(f"{key} {reply.headers[key]}" for key in _LIMIT_HEADERS if key in reply.headers)
    console.out(f"scope     {name or 'whole tenant'}: readable{'; ' + limits if limits else ''}")
    server_s = http_date_s(reply.headers.get("date"))
    if server_s is None:
        console.out("clock     the server does not tell its time")
        return []
    skew_s = time.time() - server_s
    console.out(f"clock     {skew_s:+.0f} s off the server's")
    return [] if abs(skew_s) <= _SKEW_MAX_S else [f"this machine's clock is {skew_s:+.0f} s off the server's"]


def _settings(configured: Configured) -> Iterator[str]:
    yield f"tenant    {configured.tenant.name} ({configured.tenant.kind.value})"
    wide = max(map(len, configured.settings), default=0)
    for key, setting in configured.settings.items():
        yield f"  {key.ljust(wide)}  {shown(str(_plain(setting.value)), 120)}  ({setting.origin})"


def _entity_problems(configured: Configured, granted: tuple[str, ...]) -> Iterator[str]:
    """Entities of the config that the token does not show; ids are compared without hyphens and case."""
    known = {_bare(entity) for entity in granted}
    for name, entity in configured.tenant.entities.items():
        if known and _bare(entity) not in known:
            yield f"entities.{name} = {entity}: the token is not valid for it"


def _bare(entity: str) -> str:
    return entity.replace("-", "").lower()


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)

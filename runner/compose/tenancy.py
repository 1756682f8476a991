"""Reaching a tenant: its address, its token, and whose tenant it turns out to be."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio.to_thread

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_NOT_ATTEMPTED, EXIT_TOKEN
from runner.core.tenant import Tenant, TenantKind
from runner.core.wire import NotSentCause
from runner.edge.config import credentials
from runner.edge.http.token import TokenFault, TokenRefused
from runner.edge.http.transport import Transport
from runner.edge.uptime import uptime_s
from runner.engine.setup import PATIENCE_FIRST_S
from runner.sandbox.process import SandboxError, attach
from runner.sandbox.scenario import ScenarioError
from runner.sandbox.setup import Setup

BUILT_IN_ORIGIN = "built-in"
"""The origin of the built-in tenant in acts: its port differs from day to day, its tenant id does not."""
_AGAIN_S = 0.5
"""How often a token is asked for; the source of tokens asks the tenant further and further apart."""
_HOPELESS = {
    NotSentCause.TLS: "certificates are always checked: check base_url and this machine's clock; the file of "
    "your own certificate authority is named by SSL_CERT_FILE. Then type the same command again",
    NotSentCause.REDIRECT: "another host may not be Zuora: check base_url in the config; then type the same "
    "command again",
    NotSentCause.PROXY: "check the proxy in HTTPS_PROXY, then type the same command again",
}
"""What waiting does not make better, with what to do."""
_HINT = "check the network, and base_url in the config; then type the same command again"


class UnreachedFault(UserFault):
    """No token can be had, so nothing was sent: nobody answers there (4), or it is refused (7)."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A tenant that answers. `act_origin` and `tenant_id` say in acts whose tenant it is."""

    tenant: Tenant
    transport: Transport
    act_origin: str
    tenant_id: str


def tenant_directory(runs_dir: Path, name: str) -> Path:
    """Where the built-in tenant keeps its state."""
    return runs_dir / ".tenant" / name


def setup_of(tenant: Tenant) -> Setup:
    """How the simulated tenant is set up for a configured one."""
    return Setup(
        name=tenant.name,
        entities=tuple(tenant.entities.values()),
        orgs=tuple(tenant.orgs.values()),
        scenario=tenant.scenario,
        timezone=tenant.timezone or "UTC",
    )


@asynccontextmanager
async def reach(tenant: Tenant, runs_dir: Path, environ: Mapping[str, str]) -> AsyncGenerator[Reached]:
    """Start or join the built-in tenant, or connect to a real one, and get the token.

    Raises:
        UserFault: credentials are missing (2), the scenario of the built-in tenant is wrong (2).
        UnreachedFault: no token can be had.
        StorageFault: the built-in tenant cannot keep its state.
    """
    kept = credentials(tenant, environ)
    if tenant.kind is TenantKind.BUILT_IN:
        origin = await anyio.to_thread.run_sync(_attached, tenant, runs_dir, abandon_on_cancel=True)
        tenant = replace(tenant, origin=origin)
    async with Transport.to(tenant, kept) as transport:
        tenant_id = await _tenant_id(tenant, transport)
        act_origin = BUILT_IN_ORIGIN if tenant.kind is TenantKind.BUILT_IN else tenant.origin
        yield Reached(tenant, transport, act_origin, tenant_id or f"unnamed/{tenant.name}")


def _attached(tenant: Tenant, runs_dir: Path) -> str:
    """The address of the built-in tenant, started where it does not run yet."""
    directory = tenant_directory(runs_dir, tenant.name)
    try:
        return attach(directory, setup_of(tenant))
    except (SandboxError, ScenarioError) as fault:
        raise UserFault(f"{tenant.name}: {fault}; nothing was sent") from None
    except OSError as fault:
        raise StorageFault(f"{directory}: {fault.strerror or fault}") from None


async def _tenant_id(tenant: Tenant, transport: Transport) -> str | None:
    until = uptime_s() + min(PATIENCE_FIRST_S, tenant.patience_s)
    where = f"{tenant.name} ({tenant.origin})"
    while True:
        try:
            return (await transport.tokens.token()).tenant_id
        except TokenRefused as fault:
            raise UnreachedFault(
                f"{where}: {fault.detail}; nothing was sent",
                hint="credentials of one environment do not work on another host: check both",
                exit_code=EXIT_TOKEN,
            ) from None
        except TokenFault as fault:
            if fault.cause in _HOPELESS or uptime_s() >= until:
                raise UnreachedFault(
                    f"{where} cannot be reached: {fault.detail}; nothing was sent",
                    hint=_HOPELESS.get(fault.cause, _HINT),
                    exit_code=EXIT_NOT_ATTEMPTED,
                ) from None
        await anyio.sleep(_AGAIN_S)

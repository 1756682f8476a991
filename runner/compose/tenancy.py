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
from runner.edge.config import credentials
from runner.edge.http.token import TokenFault, TokenRefused
from runner.edge.http.transport import Transport
from runner.sandbox.process import SandboxError, attach
from runner.sandbox.scenario import ScenarioError
from runner.sandbox.setup import Setup

BUILT_IN_ORIGIN = "built-in"
"""The origin of the built-in tenant in acts: its port differs from day to day, its tenant id does not."""
_TRIES_S = (0.5, 1.0, 2.0, 4.0, 8.0)


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
        UserFault: credentials are missing (2) or refused (7), the scenario of the built-in tenant is wrong
            (2), or nobody answers there (4).
        StorageFault: the built-in tenant cannot keep its state.
    """
    kept = credentials(tenant, environ)
    if tenant.kind is TenantKind.BUILT_IN:
        origin = await anyio.to_thread.run_sync(_attached, tenant, runs_dir)
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
    for wait_s in (*_TRIES_S, None):
        try:
            return (await transport.tokens.token()).tenant_id
        except TokenRefused as fault:
            raise UserFault(
                f"{tenant.name} ({tenant.origin}): {fault.detail}",
                hint="credentials of one environment do not work on another host: check both",
                exit_code=EXIT_TOKEN,
            ) from None
        except TokenFault as fault:
            if wait_s is None:
                raise UserFault(
                    f"{tenant.name} ({tenant.origin}) cannot be reached: {fault.detail}; nothing was sent",
                    exit_code=EXIT_NOT_ATTEMPTED,
                ) from None
        await anyio.sleep(wait_s)
    return None

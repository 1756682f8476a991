"""`sandbox`: the simulated tenant, served until stopped."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.compose.console import Console
from runner.compose.tenancy import setup_of, tenant_directory
from runner.core.fault import UserFault
from runner.core.options import Site
from runner.core.tenant import Tenant, TenantKind
from runner.edge.config import Config, load
from runner.sandbox.private import make_private
from runner.sandbox.process import SandboxError, reset, serve
from runner.sandbox.scenario import ScenarioError, load_scenario

_ANY_PORT: Final = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """How the tenant is put up. `port` None: any free one. `reset`: as a new, empty tenant."""

    port: int | None = None
    scenario: str | None = None
    reset: bool = False


def rehearse(site: Site, stage: Stage, console: Console) -> int:
    """Serve the built-in tenant until SIGINT or SIGTERM; with `reset` and no port, make a new one and return.

    The first line on standard output is the address. Returns 0.

    Raises:
        UserFault: the tenant is not a built-in one, its scenario is wrong, or the port is taken.
    """
    tenant = _built_in(load(Path(site.config) if site.config else None), site.tenant)
    if stage.scenario is not None:
        tenant = replace(tenant, scenario=stage.scenario)
    directory = tenant_directory(Path(site.runs_dir), tenant.name)
    try:
        load_scenario(tenant.scenario)
        if stage.reset:
            make_private(directory)
            reset(directory)
            console.note(f"{directory}: a new, empty tenant; runs on the former one cannot go on")
            if stage.port is None:
                console.json({"tenant": tenant.name, "address": None})
                return 0

        def announce(origin: str) -> None:
            console.out(origin)
            console.json({"tenant": tenant.name, "address": origin})

        serve(directory, setup_of(tenant), stage.port or _ANY_PORT, announce=announce)
    except (SandboxError, ScenarioError) as fault:
        raise UserFault(str(fault)) from None
    except OSError as fault:
        raise UserFault(
            f"{directory}: {fault.strerror}", hint="choose another place: --runs-dir DIR"
        ) from None
    return 0


def _built_in(config: Config, name: str | None) -> Tenant:
    """The tenant that is meant: the named one, else the default one, else the only built-in one."""
    built_in = [each.tenant for each in config.tenants if each.tenant.kind is TenantKind.BUILT_IN]
    known = ", ".join(tenant.name for tenant in built_in)
    wanted = name if name is not None else config.default_tenant
    found = next((tenant for tenant in built_in if tenant.name == wanted), None)
    if found is None and name is None and len(built_in) == 1:
        return built_in[0]
    if found is None and name is not None:
        tenant = config.tenant(name)
        raise UserFault(
            f"{tenant.name} is a tenant at {tenant.origin}, not a simulated one",
            hint=f"give --tenant with one of: {known}"
            if known
            else 'a simulated one has environment = "sandbox"',
        )
    if found is None:
        raise UserFault(
            f"which simulated tenant? {known}" if known else "no simulated tenant is configured",
            hint='give --tenant NAME; a simulated one has environment = "sandbox" in the config',
        )
    return found

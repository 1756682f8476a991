"""Which tenant a command is about, by its config."""

from pathlib import Path

from runner.compose.console import Console
from runner.core.options import Site
from runner.core.tenant import Tenant
from runner.edge.config import load


def chosen_tenant(site: Site, console: Console) -> Tenant:
    """The tenant that `--tenant` names, or the config's default; with `-v`, where that was decided is noted.

    Raises:
        UserFault: the config is wrong, or there is no such tenant.
    """
    config = load(Path(site.config) if site.config else None)
    tenant = config.tenant(site.tenant)
    if console.is_verbose:
        origin = config.path if config.path is not None else "none, the built-in tenant alone"
        console.note(f"config    {origin}")
        console.note(
            f"tenant    {tenant.name} ({tenant.kind.value}, timezone {tenant.timezone or 'not configured'})"
        )
    return tenant

"""Whether a command may write to a tenant: what has to be asked, and what has to be given."""

from dataclasses import dataclass
from typing import TypeAlias

from runner.core.fault import UserFault
from runner.core.options import Consent
from runner.core.tenant import Tenant, TenantKind


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say yes."""

    question: str


@dataclass(frozen=True, slots=True)
class Given:
    """It may write."""


Permission: TypeAlias = Ask | Given


def permission(tenant: Tenant, consent: Consent, *, tasks: int, terminal: bool) -> Permission:
    """What it takes to write `tasks` tasks to a tenant.

    Production (every unknown host counts as such) always needs `--confirm` with the tenant's name; any other
    but the built-in one a yes: asked for on a terminal, `--yes` elsewhere.

    Raises:
        UserFault: consent is missing and cannot be asked for, or the tenant is read-only.
    """
    if tenant.read_only:
        raise UserFault(
            f"tenants.{tenant.name}.read_only is true: nothing is written to this tenant",
            hint="set it to false in the config file, or choose another tenant with --tenant",
        )
    if tenant.kind is TenantKind.PRODUCTION and consent.confirm != tenant.name:
        given = "" if consent.confirm is None else f', not "{consent.confirm}"'
        raise UserFault(
            f'"{tenant.name}" ({tenant.origin}) counts as production{given}: nothing was sent',
            hint=f"to write to it, add: --confirm {tenant.name}",
        )
    if tenant.kind is TenantKind.BUILT_IN or consent.yes or consent.confirm == tenant.name:
        return Given()
    if not terminal:
        raise UserFault(
            f'writing to "{tenant.name}" ({tenant.origin}) needs consent, and there is no terminal to ask on',
            hint="add: --yes",
        )
    return Ask(f'Send {tasks} tasks to "{tenant.name}" ({tenant.origin})?')

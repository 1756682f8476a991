"""What one launch is to do, decided from the tenant, the options and what the run remembers."""

from dataclasses import asdict, fields, replace
from typing import cast

from runner.core.jsonvalue import Json, JsonObject
from runner.core.options import LaunchOptions
from runner.core.policy import Policy
from runner.core.tenant import Limits, Tenant, TenantKind
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG

_SPACING_S = 10.0
_KEPT = ("until", "rate_per_minute", "concurrency", "preflight")
"""What a resume keeps unless told otherwise (contract); a limit never is."""


def engine_setup(
    tenant: Tenant, options: LaunchOptions, run_token: str, *, sends: bool = True
) -> EngineSetup:
    """The engine's numbers. Production runs begin with the canary unless told otherwise."""
    policy = Policy(
        sends=sends,
        preflight=options.preflight,
        until=options.until,
        quiet_s=tenant.quiet_s,
        spacing_s=min(_SPACING_S, tenant.quiet_s),
        settle_s=tenant.settle_s,
    )
    limits = tenant.limits
    if options.rate_per_minute is not None:
        limits = Limits(options.rate_per_minute, limits.per_hour, limits.per_day)
    canary = options.canary if options.canary is not None else tenant.kind is TenantKind.PRODUCTION
    return EngineSetup(
        operations=CATALOG,
        policy=policy,
        run_token=run_token,
        limits=limits,
        concurrency=options.concurrency or tenant.concurrency,
        timeout_s=tenant.timeout_s,
        read_timeout_s=tenant.read_timeout_s,
        patience_s=tenant.patience_s,
        max_failures=options.max_failures,
        max_duration_s=options.max_duration_s,
        limit=options.limit,
        canary=canary,
    )


def kept_options(options: LaunchOptions) -> JsonObject:
    """The options of a launch that a later one of the same run keeps."""
    members = cast("dict[str, Json]", asdict(options))
    return {name: members[name] for name in _KEPT}


def resumed_options(kept: JsonObject, given: LaunchOptions, told: frozenset[str]) -> LaunchOptions:
    """What a resume goes by: what it is told, else what the run was told, else the defaults."""
    known = {each.name for each in fields(LaunchOptions)}
    remembered = {name: value for name, value in kept.items() if name in known and name not in told}
    return replace(given, **remembered)

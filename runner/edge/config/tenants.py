"""From a tenant's table to a `Tenant`: what values mean together, and where each of them came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from runner.core.tenant import Limits, Tenant, TenantKind
from runner.edge.config.complaints import mismatch, nearest
from runner.edge.config.environments import API_SANDBOX, PLACES, Place, less, place_of
from runner.edge.config.origin import OriginFault, is_loopback, origin_of
from runner.edge.config.tables import TenantTable

BUILT_IN_QUIET_S: Final = 2.0
QUIET_S_MIN: Final = 150.0
"""Zuora gives up after 120 s, and may finish after its answer (failure model, finding 5)."""

Origin: TypeAlias = Literal["file", "default", "documented"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value as it is used (None: unlimited, or not set), and where it came from.

    `documented` values are Zuora's published ones, less headroom.
    """

    value: object
    origin: Origin


@dataclass(frozen=True, slots=True)
class Configured:
    """A tenant with the origin of each value, by the key under which it stands in the file."""

    tenant: Tenant
    settings: Mapping[str, Setting]


def configure(name: str, table: TenantTable, folder: Path) -> Configured | list[str]:
    """Decide every value of a tenant; or say all that is wrong. `folder` is where relative paths begin."""
    complain = _Complaints(("tenants", name))
    place = _place(table, complain)
    _check_names(table, complain)
    _check_timezone(table, complain)
    if place is not None:
        _check_against(place, table, complain)
    if place is None or complain.lines:
        return complain.lines
    return _decided(name, table, place, folder)


class _Complaints:
    def __init__(self, tenant: tuple[str, str]) -> None:
        self.lines: list[str] = []
        self._tenant = tenant

    def mismatch(self, key: str, found: object, expected: str | None = None) -> None:
        self.lines.append(mismatch((*self._tenant, key), found, expected=expected))

    def say(self, key: str, words: str) -> None:
        self.lines.append(f"{'.'.join(self._tenant)}.{key}: {words}".replace(".:", ":"))


def _place(table: TenantTable, complain: _Complaints) -> Place | None:
    if (table.environment is None) == (table.base_url is None):
        found = "neither" if table.environment is None else "both"
        complain.say(
            "", f'expected environment or base_url, found {found}; type for example: environment = "us2"'
        )
        return None
    if table.environment is not None:
        return PLACES[table.environment]
    try:
        origin = origin_of(table.base_url or "")
    except OriginFault as fault:
        complain.say("base_url", f'{fault}; type for example: base_url = "https://rest.zuora.com"')
        return None
    if is_loopback(origin):
        return Place(origin, TenantKind.LOOPBACK, Limits())
    # Elsewhere: an API sandbox's limits, and as dangerous as production (contract).
    return place_of(origin) or Place(origin, TenantKind.PRODUCTION, API_SANDBOX)


def _check_names(table: TenantTable, complain: _Complaints) -> None:
    pairs = (("entities", table.entities, table.default_entity), ("orgs", table.orgs, table.default_org))
    for key, names, default in pairs:
        seen: dict[str, str] = {}
        for name, each in names.items():
            # 2c92-... and 2C92... are one entity: its rows would be two tasks.
            same = each.replace("-", "").lower()
            if same in seen:
                complain.say(f"{key}.{name}", f"has the same id as {seen[same]}; each id stands once")
            if name in names.values() and name != each:
                complain.say(f"{key}.{name}", "the name is another one's id; choose another name")
            seen.setdefault(same, name)
        if default is not None and default not in names and default not in names.values():
            alternatives = ", ".join(names) or f"there is none under {key}"
            which = "default_entity" if key == "entities" else "default_org"
            complain.mismatch(which, default, f"one of the names or ids under {key} ({alternatives})")


def _check_timezone(table: TenantTable, complain: _Complaints) -> None:
    if table.timezone is None:
        return
    try:
        ZoneInfo(table.timezone)
    except (ValueError, OSError, LookupError):  # unknown names, odd paths, directories
        known = sorted(available_timezones())
        words = nearest(table.timezone, known) if known else "; this machine knows none: pip install tzdata"
        complain.say("timezone", f"there is no time zone {table.timezone[:60]!a}{words[:80]}")


def _check_against(place: Place, table: TenantTable, complain: _Complaints) -> None:
    near = place.kind in (TenantKind.LOOPBACK, TenantKind.BUILT_IN)
    quiet_given = "quiet_seconds" in table.model_fields_set
    if quiet_given and not near and table.quiet_seconds < QUIET_S_MIN:
        expected = f"a number of seconds from {QUIET_S_MIN:g} on (less only on loopback)"
        complain.mismatch("quiet_seconds", table.quiet_seconds, expected)
    if table.scenario is not None and place.kind is not TenantKind.BUILT_IN:
        complain.say("scenario", 'is for the built-in tenant alone (environment = "sandbox"); take it out')
    if table.proxy is not None and near:
        complain.say("proxy", "this machine is not reached through a proxy; take it out")


def _decided(name: str, table: TenantTable, place: Place, folder: Path) -> Configured:
    built_in = place.kind is TenantKind.BUILT_IN
    given = table.model_fields_set
    limits, settings = _limits(table, place)
    values: dict[str, object] = {
        key: getattr(table, key) for key in TenantTable.model_fields if key not in settings
    }
    quiet_s = BUILT_IN_QUIET_S if built_in and "quiet_seconds" not in given else table.quiet_seconds
    timezone = table.timezone or ("UTC" if built_in else None)
    scenario = None if table.scenario is None else str((folder / table.scenario).absolute())
    values |= {"quiet_seconds": quiet_s, "timezone": timezone, "scenario": scenario}
    settings |= {key: Setting(value, "file" if key in given else "default") for key, value in values.items()}
    settings["base_url"] = Setting(place.origin, "documented" if table.base_url is None else "file")
    tenant = Tenant(
        name=name,
        kind=place.kind,
        origin=place.origin,
        environment=table.environment,
        timezone=timezone,
        entities=table.entities,
        orgs=table.orgs,
        default_entity=table.default_entity,
        default_org=table.default_org,
        limits=limits,
        headroom=table.headroom,
        concurrency=table.concurrency,
        timeout_s=table.timeout_seconds,
        read_timeout_s=table.read_timeout_seconds,
        quiet_s=quiet_s,
        settle_s=table.settle_seconds,
        patience_s=table.patience_seconds,
        read_only=table.read_only,
        marker=table.marker,
        proxy_from_env=table.proxy == "env",
        scenario=scenario,
    )
    return Configured(tenant, settings)


def _limits(table: TenantTable, place: Place) -> tuple[Limits, dict[str, Setting]]:
    settings: dict[str, Setting] = {}

    def limit(key: str, given: int | None, documented: int | None) -> int | None:
        value = less(documented, table.headroom) if given is None else given
        origin: Origin = "file" if given is not None else "default" if documented is None else "documented"
        settings[key] = Setting(value, origin)
        return value

    limits = Limits(
        limit("requests_per_minute", table.requests_per_minute, place.limits.per_minute),
        limit("requests_per_hour", table.requests_per_hour, place.limits.per_hour),
        limit("requests_per_day", table.requests_per_day, place.limits.per_day),
    )
    return limits, settings

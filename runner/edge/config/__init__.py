"""The config file and the secrets: read once, checked whole, every value with its origin."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from runner.core.fault import UserFault
from runner.core.tenant import Tenant
from runner.edge.config.complaints import complaints, mismatch, nearest, variable
from runner.edge.config.credentials import credentials
from runner.edge.config.reading import read_toml
from runner.edge.config.tables import ConfigTable, TenantTable, config_schema
from runner.edge.config.tenants import Configured, Origin, Setting, configure

DEFAULT_PATH: Final = Path("config.toml")
BUILT_IN: Final = "sandbox"
"""The name of the built-in tenant where there is no config file."""

__all__ = [
    "BUILT_IN",
    "DEFAULT_PATH",
    "Config",
    "Configured",
    "Origin",
    "Setting",
    "config_schema",
    "credentials",
    "load",
]


@dataclass(frozen=True, slots=True)
class Config:
    """What is configured; `path` is the file it was read from, None where there was none.

    `tenants` stand in the order of the file. `default_tenant` is None where the file names none and has
    several tenants.
    """

    path: Path | None
    tenants: tuple[Configured, ...]
    default_tenant: str | None

    def tenant(self, name: str | None = None) -> Tenant:
        """The tenant of this name, or the default one.

        Raises:
            UserFault: there is no such tenant, or no default.
        """
        return self.configured(name).tenant

    def configured(self, name: str | None = None) -> Configured:
        """The same, with the origin of each value."""
        wanted = name if name is not None else self.default_tenant
        names = [each.tenant.name for each in self.tenants]
        if wanted is None:
            known = ", ".join(names)
            raise UserFault(
                f"which tenant? {known}", hint="say --tenant NAME, or set default_tenant in the config"
            )
        for each in self.tenants:
            if each.tenant.name == wanted:
                return each
        raise UserFault(f"there is no tenant {wanted[:80]!a} in the config{nearest(wanted, names)}")


def load(path: Path | None = None) -> Config:
    """Read the config: `path`, or `./config.toml` where there is one, or the built-in tenant alone.

    Raises:
        UserFault: the file that was asked for is missing, or something in it is wrong; the message has a
            line for each thing, beginning with the file's name.
    """
    file = path or DEFAULT_PATH
    try:
        tables = read_toml(file)
    except FileNotFoundError:
        if path is not None:
            raise UserFault(f"{path}: there is no such file", hint="zuora-batch init writes one") from None
        return _decide(ConfigTable(), None)
    try:
        table = ConfigTable.model_validate(tables)
    except ValidationError as error:
        raise _faults(file, complaints(error)) from None
    return _decide(table, file)


def _decide(table: ConfigTable, file: Path | None) -> Config:
    tables = table.tenants or {BUILT_IN: TenantTable(environment="sandbox")}
    found = {name: configure(name, each, (file or DEFAULT_PATH).parent) for name, each in tables.items()}
    lines = _same_variables(list(tables))
    lines += [line for each in found.values() if isinstance(each, list) for line in each]
    default = table.default_tenant
    if default is not None and default not in tables:
        lines.append(mismatch(("default_tenant",), default) + nearest(default, list(tables)))
    if lines:
        raise _faults(file or DEFAULT_PATH, lines)
    configured = tuple(each for each in found.values() if isinstance(each, Configured))
    return Config(file, configured, default or (next(iter(tables)) if len(tables) == 1 else None))


def _same_variables(names: list[str]) -> list[str]:
    """Two tenants whose names differ only in case or in `-` and `_` would read each other's secrets."""
    seen: dict[str, str] = {}
    lines: list[str] = []
    for name in names:
        other = seen.setdefault(variable(name, "CLIENT_ID"), name)
        if other != name:
            lines.append(f"tenants.{name}: reads the same variables as tenants.{other}; choose another name")
    return lines


def _faults(file: Path, lines: list[str]) -> UserFault:
    return UserFault("\n".join(f"{file}: {line}" for line in lines))

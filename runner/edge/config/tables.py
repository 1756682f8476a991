"""What may stand in `config.toml`: names, types and ranges. What depends on other values is in `tenants`."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from runner.core.jsonvalue import JsonObject
from runner.edge.config.environments import Environment

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$", strict=True)]
TenantName: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", strict=True)
]
Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$", strict=True)]
Text: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,1024}$", strict=True)]
Requests: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000_000)]

_CLOSED: Final = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class TenantTable(BaseModel):
    """One tenant: a Zuora tenant, or the built-in simulated one."""

    model_config = _CLOSED

    environment: Environment | None = Field(
        default=None, description="Zuora's environment by name; `sandbox` is the built-in simulated tenant."
    )
    base_url: Text | None = Field(default=None, description="The address instead of an environment's name.")
    timezone: Text | None = Field(default=None, description="The tenant's own, from its billing settings.")
    entities: dict[Name, Id] = Field(default={}, description="Multi-entity: names for entity ids.")
    orgs: dict[Name, Id] = Field(default={}, description="Multi-org: names for org ids.")
    default_entity: Name | None = Field(default=None, description="For rows that name no entity.")
    default_org: Name | None = Field(default=None, description="For rows that name no org.")
    requests_per_minute: Requests | None = Field(default=None, description="Used as it is, without headroom.")
    requests_per_hour: Requests | None = Field(default=None, description="Used as it is, without headroom.")
    requests_per_day: Requests | None = Field(default=None, description="Used as it is, without headroom.")
    headroom: float = Field(
        default=0.2,
        ge=0,
        le=0.9,
        description="The share of the documented limits left to the tenant's other users.",
    )
    concurrency: int = Field(default=20, ge=1, le=400, description="Requests in flight, for each entity.")
    timeout_seconds: float = Field(default=150.0, gt=0, le=3600, description="One write, whole.")
    read_timeout_seconds: float = Field(default=30.0, gt=0, le=3600, description="One read, whole.")
    quiet_seconds: float = Field(
        default=150.0,
        ge=0,
        le=86_400,
        description='After a lost reply, for how long "not there" proves nothing.',
    )
    settle_seconds: float = Field(
        default=1800.0, ge=0, le=604_800, description="For how long what is accepted or unknown is followed."
    )
    patience_seconds: float = Field(
        default=600.0,
        ge=1,
        le=86_400,
        description="A lane without a useful answer for so long stops the run.",
    )
    read_only: bool = Field(default=False, description="No write, whatever is asked.")
    marker: bool = Field(default=True, description="Created bill runs carry a marker in their name.")
    proxy: Literal["env"] | None = Field(default=None, description="Use the proxy of the environment.")
    scenario: Text | None = Field(default=None, description="The built-in tenant's scenario file.")


class ConfigTable(BaseModel):
    """`config.toml` of zuora-batch."""

    model_config = _CLOSED

    default_tenant: TenantName | None = Field(
        default=None, description="The tenant that is meant where none is named."
    )
    tenants: dict[TenantName, TenantTable] = Field(default={}, description="The tenants, by name.")


def config_schema() -> JsonObject:
    """The JSON Schema of `config.toml`, with which editors complete and check it."""
    schema = ConfigTable.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


_ENTITY: Final = "one of the names or ids under entities"
_REQUESTS: Final = "a whole number from 1"
EXPECTED: Final[dict[str, tuple[str, str]]] = {
    "default_tenant": ("the name of one of the tenants", '"sandbox"'),
    "tenants": ("tables of the form [tenants.NAME]", "[tenants.sandbox]"),
    "environment": ("one of Zuora's environments", '"us2-apisandbox"'),
    "base_url": ("an address of the form https://HOST", '"https://rest.zuora.com"'),
    "timezone": ("a time zone's name", '"America/New_York"'),
    "entities": ("names with their ids (letters, digits, -; at most 64)", '{ us = "2c92..." }'),
    "orgs": ("names with their ids (letters, digits, -; at most 64)", '{ north = "8a90..." }'),
    "default_entity": (_ENTITY, '"us"'),
    "default_org": ("one of the names or ids under orgs", '"north"'),
    "requests_per_minute": (_REQUESTS, "2000"),
    "requests_per_hour": (_REQUESTS, "4000"),
    "requests_per_day": (_REQUESTS, "8000"),
    "headroom": ("a number from 0 to 0.9", "0.2"),
    "concurrency": ("a whole number from 1 to 400", "20"),
    "timeout_seconds": ("a number of seconds above 0, at most 3600", "150"),
    "read_timeout_seconds": ("a number of seconds above 0, at most 3600", "30"),
    "quiet_seconds": ("a number of seconds from 0 to 86400", "150"),
    "settle_seconds": ("a number of seconds from 0 to 604800", "1800"),
    "patience_seconds": ("a number of seconds from 1 to 86400", "600"),
    "read_only": ("true or false", "true"),
    "marker": ("true or false", "false"),
    "proxy": ('"env", or nothing', '"env"'),
    "scenario": ("the path of a file", '"scenario.toml"'),
}
"""For each key: what is expected, and what to type, as messages say it."""

"""Entities and orgs a second time: which scopes do the cells `entity` and `org` of a row mean?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.fuzz.secondgrammar import is_id
from tests.fuzz.secondjson import Value

Scope: TypeAlias = "tuple[str | None, frozenset[str]]"
_OF_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class World:
    """What a tenant's config says, and what the options do; `dated`: it has a timezone."""

    entities: Mapping[str, str] = field(default_factory=dict[str, str])
    orgs: Mapping[str, str] = field(default_factory=dict[str, str])
    default_entity: str | None = None
    default_org: str | None = None
    operation: str | None = None
    entity: str | None = None
    org: str | None = None
    dated: bool = True


def scopes(cells: Mapping[str, Value], world: World) -> tuple[list[Scope], set[str]]:
    """The scopes of a row, and which of the two columns are wrong."""
    entity = _first(cells.get("entity"), world.entity, world.default_entity)
    org = _first(cells.get("org"), world.org, world.default_org)
    entities = _sets(entity, world.entities, joined=False)
    orgs = _sets(org, world.orgs, joined=True)
    wrong = {name for name, found in (("entity", entities), ("org", orgs)) if found is None}
    if entities is None or orgs is None:
        return [], wrong
    return [(next(iter(one), None), many) for one in entities for many in orgs], wrong


def _first(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _sets(value: Value, names: Mapping[str, str], *, joined: bool) -> list[frozenset[str]] | None:
    """What a cell means; None: it is wrong, or names nothing where something has to be named."""
    if value is None:
        return None if names else [_OF_NONE]
    if not isinstance(value, str):
        return None
    if value == "*":
        return [frozenset({each}) for each in names.values()] or None
    found: list[frozenset[str]] = []
    for part in value.split("|"):
        ids = [names.get(one, one) for one in (part.split(",") if joined else [part])]
        one = frozenset(ids)
        if not all(map(is_id, ids)) or len(one) < len(ids) or one in found:
            return None
        found.append(one)
    return found

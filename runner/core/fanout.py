"""From the cells `entity` and `org` of one row to the scopes in which it acts.

`|` fans out, `*` is each configured one, and in `org` a comma joins several orgs into one call.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json, kind_of
from runner.core.nearest import did_you_mean
from runner.core.options import JobOptions
from runner.core.plaintext import quoted
from runner.core.scope import Scope
from runner.core.tenant import Tenant

Kind: TypeAlias = Literal["entity", "org"]

SCOPE_ID_MAX: Final = 64
"""Characters of an entity or org id."""

SCOPES_MAX: Final = 10_000
"""Tasks that one row may fan out to: two long lists in one row must not fill the memory."""

ORGS_JOINED_MAX: Final = 100
"""Orgs in one call: they go into one header, and servers refuse one of more than about 8 KiB."""

_ID: Final = re.compile(rf"[A-Za-z0-9-]{{1,{SCOPE_ID_MAX}}}")
_NAMES_SHOWN_MAX: Final = 5
_PLURAL: Final[Mapping[Kind, str]] = {"entity": "entities", "org": "orgs"}


class _Refused(Exception):
    """Why a cell is refused."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which of a tenant's entities (or orgs) may be named, and who names them where the row does not."""

    kind: Kind
    tenant: str
    ids: Mapping[str, str]
    given: tuple[str, ...]
    default: str | None

    @property
    def option(self) -> str:
        return f"--{self.kind}"


class FanOut:
    """Turns the scope cells of each row of one job on one tenant into scopes."""

    def __init__(self, options: JobOptions, tenant: Tenant) -> None:
        self._entity = _Choice(
            "entity", tenant.name, tenant.entities, options.entities, tenant.default_entity
        )
        self._org = _Choice("org", tenant.name, tenant.orgs, options.orgs, tenant.default_org)

    def option_problems(self) -> list[FieldProblem]:
        """What is wrong with `--entity` and `--org` themselves, whether or not any row needs them.

        The column of such a problem is the option's name.
        """
        found: list[FieldProblem] = []
        for choice in (self._entity, self._org):
            try:
                if choice.given:
                    _sets("|".join(choice.given), choice)
            except _Refused as refusal:
                found.append(FieldProblem(choice.option, str(refusal)))
        return found

    def scopes(self, cells: Mapping[str, Json]) -> tuple[Scope, ...] | list[FieldProblem]:
        """The scopes of a row: 1 to 10,000, by entity, then by org set, each as written (`*`: as configured).

        Ids are accepted when they are well-formed, configured or not; a configured name wins over an id.
        """
        entities = _named(cells.get("entity"), self._entity)
        orgs = _named(cells.get("org"), self._org)
        if isinstance(entities, FieldProblem) or isinstance(orgs, FieldProblem):
            return [found for found in (entities, orgs) if isinstance(found, FieldProblem)]
        if len(entities) * len(orgs) > SCOPES_MAX:
            many = f"{len(entities)} entities x {len(orgs)} org sets"
            return [FieldProblem("", f"fans out to {many}, at most {SCOPES_MAX} tasks a row; split the row")]
        return tuple(
            Scope(entity=one[0] if one else None, orgs=joined) for one in entities for joined in orgs
        )


def _named(cell: Json, choice: _Choice) -> list[tuple[str, ...]] | FieldProblem:
    """The id sets that a row means; one empty set where it means none and may."""
    origin = ""
    try:
        if cell is not None:
            return _sets(_text(cell, choice), choice)
        if choice.given:
            origin = f"{choice.option}: "
            return _sets("|".join(choice.given), choice)
        if choice.default is not None:
            origin = f"default_{choice.kind} in config.toml: "
            return _sets(choice.default, choice)
    except _Refused as refusal:
        return FieldProblem(choice.kind, f"{origin}{refusal}")
    return FieldProblem(choice.kind, _nothing_applies(choice)) if choice.ids else [()]


def _text(cell: Json, choice: _Choice) -> str:
    if not isinstance(cell, str):
        raise _Refused(f"expected a string of names or ids with | between several, found {kind_of(cell)}")
    if not cell:
        raise _Refused(f"an empty string; name {_article(choice.kind)}, or leave the member out")
    return cell


def _sets(text: str, choice: _Choice) -> list[tuple[str, ...]]:
    """Read one cell; raises `_Refused`."""
    if text == "*":
        if not choice.ids:
            raise _Refused(
                f"* means each configured {choice.kind}, and tenant {quoted(choice.tenant)} has none; "
                f"write ids, or add {_PLURAL[choice.kind]} to config.toml"
            )
        return [(one,) for one in dict.fromkeys(choice.ids.values())]
    parts = text.split("|")
    if len(parts) > SCOPES_MAX:
        raise _Refused(f"fans out to {len(parts)} parts, at most {SCOPES_MAX} tasks a row; split the row")
    sets = [tuple(_ids(part, text, choice)) for part in parts]
    _check_repeats(sets, text, "fans out to")
    return [tuple(sorted(one)) for one in sets]


def _ids(part: str, text: str, choice: _Choice) -> Iterator[str]:
    names = part.split(",") if choice.kind == "org" else [part]
    if len(names) > ORGS_JOINED_MAX:
        raise _Refused(f"joins {len(names)} orgs, at most {ORGS_JOINED_MAX} in one call; fan out with |")
    ids = [_id(name, text, choice) for name in names]
    _check_repeats([(one,) for one in ids], text, "joins")
    yield from ids


def _id(name: str, text: str, choice: _Choice) -> str:
    if name in choice.ids:
        return choice.ids[name]
    if _ID.fullmatch(name):
        return name
    raise _Refused(_why_not(name, text, choice))


def _why_not(name: str, text: str, choice: _Choice) -> str:
    several = '"|" and ","' if choice.kind == "org" else '"|"'
    if not name:
        return f"{quoted(text)} has an empty part; delete the {several} that stands at an end or twice"
    if name == "*":
        return (
            f"{quoted(text)}: * stands alone; write * for each configured {choice.kind}, or a list without it"
        )
    if name != name.strip():
        return f"{quoted(name)} has a blank at one end; delete the blanks around {several}"
    if choice.kind == "entity" and "," in name:
        return f'{quoted(name)}: a comma joins orgs only; to fan out over entities write "|" between them'
    grammar = f'an id (letters, digits, "-", at most {SCOPE_ID_MAX})'
    if not choice.ids:
        return f"{quoted(name)} is not {grammar}, and tenant {quoted(choice.tenant)} has no names configured"
    return (
        f"{quoted(name)} is neither {grammar} nor a name in config.toml ({_listed(choice.ids)})"
        f"{did_you_mean(name, choice.ids)}"
    )


def _check_repeats(sets: Sequence[tuple[str, ...]], text: str, verb: str) -> None:
    seen: set[frozenset[str]] = set()
    for one in map(frozenset, sets):
        if one in seen:
            raise _Refused(f"{quoted(text)} {verb} {quoted(','.join(sorted(one)))} twice; name it once")
        seen.add(one)


def _nothing_applies(choice: _Choice) -> str:
    first = next(iter(choice.ids))
    configured = f"{_PLURAL[choice.kind]} ({_listed(choice.ids)})"
    return (
        f"no {choice.kind}: tenant {quoted(choice.tenant)} has {configured}; "
        f"name one in this column, give {choice.option} {first}, or set default_{choice.kind} in config.toml"
    )


def _listed(names: Mapping[str, str]) -> str:
    some = list(names)[:_NAMES_SHOWN_MAX]
    more = len(names) - len(some)
    return ", ".join(some) + (f" and {more} more" if more else "")


def _article(kind: Kind) -> str:
    return "an entity" if kind == "entity" else "an org"

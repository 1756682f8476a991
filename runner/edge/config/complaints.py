"""What is wrong with a value, where it stands, what was expected, what to type: one line each."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from typing import Final, get_args

from pydantic import ValidationError

from runner.edge.config.environments import Environment
from runner.edge.config.tables import EXPECTED, ConfigTable, TenantTable


def variable(tenant: str, what: str) -> str:
    """The environment variable that holds a tenant's `CLIENT_ID` or `CLIENT_SECRET` (contract)."""
    return f"ZUORA_{tenant.upper().replace('-', '_')}_{what}"


def key_path(place: Sequence[str | int]) -> str:
    """A key's path as TOML writes it: `tenants.acme.concurrency`; odd keys in quotes."""
    return ".".join(key if _BARE.fullmatch(key) else ascii(key) for key in map(str, place))


def mismatch(place: Sequence[str | int], found: object, *, expected: str | None = None) -> str:
    """Say that a value is not what its key wants."""
    key = next((key for key in reversed([str(part) for part in place]) if key in EXPECTED), "tenants")
    wanted, example = EXPECTED[key]
    typed = example if key == "tenants" else f"{key} = {example}"
    return f"{key_path(place)}: expected {expected or wanted}, found {said(found)}; type for example: {typed}"


def nearest(wrong: str, right: Sequence[str]) -> str:
    """`; did you mean X?` where something is close, else what there is."""
    close = get_close_matches(wrong, right, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(right) or 'none'}"


def said(value: object) -> str:
    """A value of the file in words, short and in plain ASCII."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if "@" in value:
            return "a text with @ in it (not shown: it may hold a password)"
        case str():
            return f'the text "{ascii(value[:60])[1:-1]}"'
        case int() | float():
            return f"the number {value}"[:60]
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case date() | time():
            return "a date or time"
        case _:
            return "something else"


def complaints(error: ValidationError) -> list[str]:
    """One line for each thing that is wrong, in the order of the tables."""
    return [_line(list(each["loc"]), each["type"], each["input"]) for each in error.errors(include_url=False)]


def _line(place: list[str | int], kind: str, found: object) -> str:
    if kind == "extra_forbidden":
        return _unknown([str(part) for part in place])
    if place[-1] == "[key]":
        return f"{key_path(place[:-1])}: the name may hold letters, digits, - and _, at most 64"
    if place[-1] == "environment" and isinstance(found, str) and "@" not in found:
        return f"{key_path(place)}: there is no environment {found[:60]!a}" + nearest(
            found, get_args(Environment)
        )
    if place[-1] == "base_url":
        return mismatch(place, "...")  # not quoted: it may hold a password
    return mismatch(place, found)


def _unknown(place: list[str]) -> str:
    table = TenantTable if place[0] == "tenants" else ConfigTable
    if _SECRET.search(place[-1]):
        tenant = place[1] if table is TenantTable else ""
        names = [
            variable(tenant, what) if tenant else f"ZUORA_{what}" for what in ("CLIENT_ID", "CLIENT_SECRET")
        ]
        return (
            f"{key_path(place)}: secrets never stand in the file; "
            f"take it out (and have it changed at Zuora), and set {names[0]} and {names[1]}"
        )
    return f"{key_path(place)}: unknown key{nearest(place[-1], list(table.model_fields))}"


_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SECRET: Final = re.compile(r"secret|password|passwd|token|client_?id|credential|api_?key", re.IGNORECASE)

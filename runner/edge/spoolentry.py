"""What goes into the spool and comes out of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from runner.core.operation import Claim
from runner.core.scope import Scope
from runner.edge.checkpoint.database import Columns, Database, Value
from runner.edge.spoolqueries import CLAIMS


@dataclass(frozen=True, slots=True)
class Entry:
    """One compiled row in one scope.

    `digest` is of the normal form (any text that is equal where the fields are). `payload` is JSON text for
    the caller alone. `parent` is (`#run`, `#task`) where the row has them. `place` counts equal entries;
    None where nobody gave it one.
    """

    row: int
    line: int
    source: str
    operation: str
    scope: Scope
    digest: str
    payload: str
    custom_id: str | None = None
    claims: Sequence[Claim] = ()
    parent: tuple[str, int] | None = None
    place: int | None = None
    number: int = 0
    """Counts entries from 1, as they were added; given by the spool."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is left out, as one task however it would fan out. `payload` is as the caller gave it."""

    row: int
    line: int
    source: str
    reason: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that do not go together, the earlier first; of a custom id or a claim, `what` names it."""

    rows: tuple[int, int]
    lines: tuple[int, int]
    what: str = ""


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How many entries an operation has in a scope; rejected rows are not counted."""

    operation: str
    scope: Scope
    count: int


def contradictions_of(database: Database, scope: str, key: str) -> Iterator[Pair]:
    """Pair each entry that claims `key` with the earliest that contradicts it, each pair once."""
    first = _claim(database, (scope, key), "1")
    if first is None:
        return
    other = _claim(database, (scope, key, first[0]), "c.entry <> ?")
    differing = _claim(database, (scope, key, first[1]), "c.value <> ?")
    for entry, value, row, line in database.stream(CLAIMS.format(more="1"), (scope, key)):
        if value == "*":
            partner = other if entry == first[0] else first
        else:
            partner = differing if value == first[1] else first
        # The first one is the partner of another in any case.
        if entry != first[0] and partner is not None and partner[0] != entry:
            early, late = sorted([(entry, row, line), (partner[0], partner[2], partner[3])])
            yield Pair((early[1], late[1]), (early[2], late[2]), key)


def pair_of(columns: Columns) -> Pair:
    """Read a pair."""
    return Pair((columns[0], columns[2]), (columns[1], columns[3]), columns[4] or "")


def entry_of(columns: Columns) -> Entry:
    """Read an entry, after its row."""
    row, line, source, number, operation, scope, digest, payload, custom_id, run, task, place = columns
    return Entry(
        row, line, source, operation, scope_of(scope), digest, payload, custom_id,
        parent=None if run is None else (run, task), place=place, number=number,
    )  # fmt: skip


def spelled(scope: Scope) -> str:
    """A scope as one text, equal where the scope is."""
    return json.dumps([scope.entity, scope.orgs])


def scope_of(text: str) -> Scope:
    """The scope that was spelled so."""
    entity, orgs = cast("tuple[str | None, list[str]]", json.loads(text))
    return Scope(entity, tuple(orgs))


def _claim(database: Database, values: tuple[Value, ...], more: str) -> Columns | None:
    return database.one(CLAIMS.format(more=more) + " LIMIT 1", values)

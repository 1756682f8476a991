"""Edits by somebody who knows SQL and drops the triggers, but does not compute the chain again."""

import random
from pathlib import Path
from typing import Any, Final

import apsw

from tests.edge.checkpoint.triggers import without_triggers

_COLUMNS: Final = {
    "meta": ("value",),
    "row": ("line", "source", "sum"),
    "task": (
        "row", "line", "custom_id", "operation", "entity", "orgs", "method", "path", "body", "act", "fields",
        "target", "marker", "generation", "rejected", "done_by", "inherited", "sum", "final", "begun",
    ),
    "event": ("task", "kind", "at", "body", "hash"),
}  # fmt: skip
_KEYS: Final = {"meta": "key", "row": "row", "task": "number", "event": "seq"}
_KINDS: Final = ("sent", "answered", "observed", "settled", "resolved", "rested", "closed")


def random_edit(database: Path, chance: random.Random) -> str | None:
    """Change a checkpoint in one place; what was done, or None where it changes nothing of what counts."""
    connection = apsw.Connection(str(database))
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        with without_triggers(connection):
            edit = chance.choice((_update, _update, _update, _update, _delete, _insert, _swap))
            return edit(connection, chance)
    finally:
        connection.close()


def _some_key(connection: apsw.Connection, table: str, chance: random.Random) -> Any:
    keys = connection.execute(f"SELECT {_KEYS[table]} FROM {table}").fetchall()  # noqa: S608 - our own names
    return chance.choice(keys)[0]


def _update(connection: apsw.Connection, chance: random.Random) -> str | None:
    table = chance.choice(("meta", "row", "task", "task", "event", "event", "event"))
    column = chance.choice(_COLUMNS[table])
    key = _some_key(connection, table, chance)
    where = f"WHERE {_KEYS[table]} = ?"
    ((before,),) = connection.execute(f"SELECT {column} FROM {table} {where}", (key,)).fetchall()  # noqa: S608
    after = _another(before, column, chance)
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? {where}", (after, key))  # noqa: S608
    except apsw.Error:
        return None  # STRICT tables and NOT NULL keep it out
    return f"{table}.{column} of {key}: {before!r} -> {after!r}"


def _another(before: Any, column: str, chance: random.Random) -> Any:
    match before:
        case None:
            return 1 if column in {"task", "row"} else "x"
        case int():
            return before + chance.choice((-1, 1, 7))
        case float():
            return before + chance.choice((-3600.0, 1.0))
        case bytes():
            place = chance.randrange(len(before)) if before else 0
            return before[:place] + bytes([(before[place] if before else 0) ^ 1]) + before[place + 1 :]
        case _:
            return _other_text(str(before), column, chance)


def _other_text(before: str, column: str, chance: random.Random) -> str | None:
    if column == "kind":
        return chance.choice([kind for kind in _KINDS if kind != before])
    if column == "final":
        return None if chance.random() < 0.5 else ("failed" if before != "failed" else "succeeded")
    digits = [place for place, letter in enumerate(before) if letter.isalnum()]
    if not digits:
        return before + "x"
    place = chance.choice(digits)
    return before[:place] + ("7" if before[place] != "7" else "8") + before[place + 1 :]


def _delete(connection: apsw.Connection, chance: random.Random) -> str | None:
    table = chance.choice(("meta", "row", "task", "event", "event"))
    key = _some_key(connection, table, chance)
    connection.execute(f"DELETE FROM {table} WHERE {_KEYS[table]} = ?", (key,))  # noqa: S608 - our own names
    return f"{table} {key} deleted"


def _insert(connection: apsw.Connection, chance: random.Random) -> str | None:
    if chance.random() < 0.3:
        connection.execute("INSERT INTO meta VALUES ('added', '1')")
        return "meta added"
    key = _some_key(connection, "event", chance)
    connection.execute(
        "INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), task, kind, at, body, hash "
        "FROM event WHERE seq = ?",
        (key,),
    )
    return f"event {key} repeated at the end"


def _swap(connection: apsw.Connection, chance: random.Random) -> str | None:
    one, other = _some_key(connection, "event", chance), _some_key(connection, "event", chance)
    if one == other:
        return None
    for before, after in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (after, before))
    return f"events {one} and {other} swapped"

"""Editing a checkpoint as somebody would who knows SQLite: the triggers are taken out and put back."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw


@contextmanager
def without_triggers(connection: apsw.Connection) -> Iterator[None]:
    """Nothing keeps an edit out meanwhile, and the schema is as it was afterwards."""
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in found:
        connection.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in found:
        connection.execute(str(sql))

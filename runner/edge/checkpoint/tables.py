"""Whether a checkpoint has our tables, indexes and triggers, and no others."""

from functools import cache

from runner.core.ports import StorageFault
from runner.edge.checkpoint.database import Columns, Database
from runner.edge.checkpoint.schema import SCHEMA


def check_schema(database: Database) -> None:
    """A trigger that somebody adds could swallow what is written; without ours all could be changed.

    Raises `StorageFault`.
    """
    if _schema_of(database) != _our_schema():
        raise StorageFault(f"{database.path}: damaged (its tables, indexes or triggers are not ours)")


@cache
def _our_schema() -> frozenset[Columns]:
    database = Database.in_memory()
    try:
        database.run(SCHEMA)
        return _schema_of(database)
    finally:
        database.close()


def _schema_of(database: Database) -> frozenset[Columns]:
    return frozenset(database.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema"))

"""The file `acts.db`: which run has a task of which act. An index; it can be made again."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

from runner.core.ports import StorageFault
from runner.edge.checkpoint.database import READ_WRITE, Database
from runner.edge.checkpoint.directory import create_file, sync_directory
from runner.edge.checkpoint.faults import NewerFault, translated

_T = TypeVar("_T")

ACTS_NAME: Final = "acts.db"
PAGE: Final = 1000
"""How many acts are looked up or written together."""

_APPLICATION_ID: Final = 0x5A425241
_VERSION: Final = 1
_SCHEMA: Final = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
CREATE TABLE run (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,      -- the digest of its plan; "" while it has only claimed its acts
  glance TEXT NOT NULL     -- how its files looked when they were last read
) STRICT;
CREATE TABLE act (
  act BLOB NOT NULL, run INTEGER NOT NULL REFERENCES run (number), task INTEGER NOT NULL,
  PRIMARY KEY (act, run, task)
) STRICT, WITHOUT ROWID;
"""
_FIND: Final = (
    "SELECT lower(hex(a.act)), r.id, r.plan, a.task FROM act a JOIN run r ON r.number = a.run "
    "WHERE a.act IN (SELECT unhex(value) FROM json_each(?)) ORDER BY a.act, r.number, a.task"
)


class KnownRun(NamedTuple):
    """A run as the index knows it."""

    number: int
    plan: str
    glance: str


class Found(NamedTuple):
    """A task of an act; `plan` is "" where its run has only claimed it."""

    act: str
    run_id: str
    plan: str
    task: int


class ActIndex:
    """The open index; every method raises `StorageFault`. `is_new`: it was made (again) just now, empty."""

    def __init__(self, database: Database, *, is_new: bool) -> None:
        self._database = database
        self.is_new = is_new

    @classmethod
    def open(cls, runs_dir: Path, *, distrusted: bool = False) -> Self:
        """Open it, or make it (again) if it is missing, damaged or `distrusted`; `NewerFault` if newer."""
        path = runs_dir / ACTS_NAME
        try:
            if path.exists() and not (distrusted and _is_ours(path)):
                return cls(_opened(path), is_new=False)
        except StorageFault:
            pass  # an index: what it said stands in the checkpoints too
        with translated(path):
            for name in (ACTS_NAME, f"{ACTS_NAME}-wal", f"{ACTS_NAME}-shm"):
                (runs_dir / name).unlink(missing_ok=True)
            os.close(create_file(path))
            sync_directory(runs_dir)
        return cls(_connected(path), is_new=True)

    def begin(self) -> None:
        """Begin a transaction that keeps every other writer out.

        A new index comes to be with the first one that is committed: until the run directories were compared
        with it, the next program finds it missing still, and knows that claims were lost with it.
        """
        self._database.run("BEGIN IMMEDIATE")
        if self.is_new and self._database.is_empty():
            self._database.run(_SCHEMA)

    def commit(self) -> None:
        """Commit it, to the disk."""
        self._database.run("COMMIT")

    def rollback(self) -> None:
        """Give it up."""
        if self._database.in_transaction:
            self._database.run("ROLLBACK")

    def runs(self) -> dict[str, KnownRun]:
        """All runs that are known, by id."""
        rows = self._database.rows("SELECT id, number, plan, glance FROM run")
        return {run_id: KnownRun(number, plan, glance) for run_id, number, plan, glance in rows}

    def forget(self, run_id: str) -> None:
        """Forget a run and its acts."""
        self._database.run("DELETE FROM act WHERE run = (SELECT number FROM run WHERE id = ?)", (run_id,))
        self._database.run("DELETE FROM run WHERE id = ?", (run_id,))

    def see(self, run_id: str, glance: str) -> None:
        """Note how a known run looks now."""
        self._database.run("UPDATE run SET glance = ? WHERE id = ?", (glance, run_id))

    def learn(self, run_id: str, plan: str, glance: str, acts: Iterable[tuple[str, int]]) -> None:
        """Take in a run with its acts and their tasks, in place of what was known of it."""
        self.forget(run_id)
        self._database.run("INSERT INTO run (id, plan, glance) VALUES (?, ?, ?)", (run_id, plan, glance))
        found = self._database.one("SELECT number FROM run WHERE id = ?", (run_id,))
        number = found[0] if found else 0
        for page in pages(acts):
            rows = sorted((bytes.fromhex(act), number, task) for act, task in page)
            self._database.run_many("INSERT INTO act (act, run, task) VALUES (?, ?, ?)", rows)

    def find(self, acts: Sequence[str]) -> list[Found]:
        """The tasks of some acts (at most `PAGE`, 64 hex digits each), by act, the older run first."""
        return [Found(*columns) for columns in self._database.rows(_FIND, (json.dumps(list(acts)),))]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def pages(things: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut into lists of at most `PAGE`."""
    rest = iter(things)
    while page := list(islice(rest, PAGE)):
        yield page


def _connected(path: Path) -> Database:
    database = Database(path, READ_WRITE)
    try:
        database.set_pragmas(("journal_mode = wal", "synchronous = FULL", "fullfsync = ON"))
    except BaseException:
        database.abandon()
        raise
    return database


def _opened(path: Path) -> Database:
    database = _connected(path)
    try:
        _check(database)
    except BaseException:
        database.abandon()
        raise
    return database


def _is_ours(path: Path) -> bool:
    """Whether this version may make it again: it is no newer one's."""
    with contextlib.suppress(StorageFault):
        _opened(path).close()
    return True


def _check(database: Database) -> None:
    if database.number("application_id") != _APPLICATION_ID:
        raise StorageFault(f"{database.path}: not a registry of acts")
    if database.number("user_version") > _VERSION:
        raise NewerFault(database.path, database.number("user_version"), _VERSION)
    if database.one("PRAGMA quick_check(1)") != ("ok",):
        raise StorageFault(f"{database.path}: damaged")

"""Opening `checkpoint.db`, and what is checked each time."""

import os
import stat
from pathlib import Path
from typing import Any, Final, cast

from runner.core.event import Planned
from runner.core.jsonvalue import Json
from runner.core.ports import StorageFault
from runner.edge.checkpoint.chain import epoch_in, first_broken, frozen_digest
from runner.edge.checkpoint.codec import event_of, loads
from runner.edge.checkpoint.database import IMMUTABLE, READ_ONLY, READ_WRITE, Database
from runner.edge.checkpoint.faults import (
    UNREADABLE,
    NewerFault,
    StrayFault,
    UnplannedFault,
    told_with,
    translated,
)
from runner.edge.checkpoint.head import Head, read_head
from runner.edge.checkpoint.schema import (
    APPLICATION_ID,
    CHECKPOINT_NAME,
    HEAD_NAME,
    SCHEMA_VERSION,
    WAL_NAME,
)
from runner.edge.checkpoint.tables import check_schema

TAIL_EVENTS: Final = 100
"""How many of the last events are checked at every opening."""

_JOURNAL_BYTES_MAX: Final = 64 * 2**20
_DURABLE: Final = (
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    f"journal_size_limit = {_JOURNAL_BYTES_MAX}",
)


def open_for_writing(path: Path, vfs: str | None = None) -> Database:
    """Open a file that exists in WAL mode and with every commit synced.

    `vfs` names another SQLite VFS (tests). Raises `StorageFault`.
    """
    database = Database(path, READ_WRITE, vfs=vfs)
    try:
        _set_durable(database)
    except BaseException:
        database.abandon()
        raise
    return database


def open_for_reading(path: Path) -> Database:
    """Open a file beside a writer, or on a medium that cannot be written; raises `StorageFault`."""
    # WAL needs a file for its index, which it may be impossible to make; no log needs no index.
    fixed = not os.access(path.parent, os.W_OK) and not _has_content(path.with_name(WAL_NAME))
    database = Database(path, IMMUTABLE if fixed else READ_ONLY)
    database.set_pragmas(("query_only = ON",))
    return database


def find_file(directory: Path) -> tuple[Path, Head]:
    """The checkpoint of a run directory, and its head as it was read before.

    Raises `UnplannedFault` where there is none yet, `StorageFault` where there was one, or it is no file.
    """
    path = directory / CHECKPOINT_NAME
    head = read_head(directory)
    with translated(path):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            if head is None or head.seq == 0:
                raise UnplannedFault(directory) from None
            raise StorageFault(f"{path}: the file is missing, and there was one") from None
    if not stat.S_ISREG(mode):
        raise StorageFault(f"{path}: not a regular file (a symbolic link is not followed)")
    # The head is made before the file: where there was none, both may have come just now.
    head = head or read_head(directory)
    if head is None:
        raise StorageFault(
            f"{directory / HEAD_NAME}: the file is missing or empty; move a run with all of its files"
        )
    return path, head


def check_opened(database: Database, head: Head) -> None:
    """Check what can be checked quickly; `head` was read before the database was.

    That it is ours (its tables and triggers too) and planned, that its plan's digest fits, that no task is
    gone, that it reaches to the head, and the last 100 events. Raises `StorageFault`, `NewerFault` (exit 2)
    or `UnplannedFault` (exit 2).
    """
    path = database.path
    with told_with(path):
        if not _is_planned(database):
            if head.seq > 0:
                raise StorageFault(_lost(path, head))
            raise UnplannedFault(path.parent)
        check_schema(database)
        _check_head(database, head)
        _check_plan(database)
        _check_tasks(database)
        _check_tail(database)


def check_home(database: Database) -> None:
    """Check that a run that is to go on is in its own directory; raises `StrayFault` (exit 2).

    A copy beside the run that it was made of would send everything a second time. Reading it harms nobody.
    """
    run_id, home = read_meta(database).get("run_id"), database.path.parent
    if run_id is not None and run_id != home.name:
        raise StrayFault(home, str(run_id))


def open_checked(directory: Path) -> Database:
    """Open the checkpoint of a run directory for reading, and check it; raises as its parts."""
    path, head = find_file(directory)
    database = open_for_reading(path)
    try:
        check_opened(database, head)
    except BaseException:
        database.abandon()
        raise
    return database


def read_meta(database: Database) -> dict[str, Json]:
    """All of `meta`; raises `StorageFault`."""
    rows = database.rows("SELECT key, value FROM meta ORDER BY key")
    try:
        return {key: loads(value) for key, value in rows}
    except UNREADABLE as fault:
        raise StorageFault(f"{database.path}: meta cannot be read: {fault}") from fault


def epoch_of(path: Path, meta: dict[str, Json]) -> int:
    """How often the run of this checkpoint was opened for writing; raises `StorageFault`."""
    epoch = epoch_in(meta)
    if epoch is None:
        told = "meta does not say how often the run was opened for writing, or not as we do"
        raise StorageFault(f"{path}: damaged ({told})")
    return epoch


def chain_start(database: Database) -> bytes:
    """The hash before the first event: the digest of the plan; raises `StorageFault`."""
    frozen = read_meta(database).get("frozen")
    try:
        return bytes.fromhex(str(frozen))
    except ValueError:
        raise StorageFault(f"{database.path}: meta cannot be read: the digest of the plan is none") from None


def _is_planned(database: Database) -> bool:
    # Asked in this order: a plan that another program commits meanwhile brings content and id together.
    is_empty = database.is_empty()
    application_id = database.number("application_id")
    if application_id != APPLICATION_ID:
        if application_id == 0 and is_empty:
            return False
        raise StorageFault(f"{database.path}: not a checkpoint of zuora-batch")
    version = database.number("user_version")
    if version > SCHEMA_VERSION:
        raise NewerFault(database.path, version, SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        told = "written by an older version of zuora-batch; finish it with that one" if version else "damaged"
        raise StorageFault(f"{database.path}: {told} (schema {version}, this one knows {SCHEMA_VERSION})")
    return database.one("SELECT 1 FROM event LIMIT 1") is not None


def _check_head(database: Database, head: Head) -> None:
    if head.seq == 0:
        return
    found = database.one("SELECT hash FROM event WHERE seq = ?", (head.seq,))
    if found is None:
        raise StorageFault(_lost(database.path, head))
    if found[0].hex() != head.hash:
        told = f"event {head.seq} is not the one that the file `head` names: damaged, or mixed up"
        raise StorageFault(f"{database.path}: {told}")


def _check_plan(database: Database) -> None:
    meta = read_meta(database)
    if meta.get("frozen") != frozen_digest(meta).hex():
        raise StorageFault(f"{database.path}: damaged (the digest of its plan does not fit)")
    epoch_of(database.path, meta)


def _check_tasks(database: Database) -> None:
    """A task that is gone would simply not be sent, and nobody would miss it."""
    first = database.one("SELECT task, kind, body FROM event WHERE seq = 1")
    planned = event_of(1, *first) if first else None
    found = database.one("SELECT (SELECT count(*) FROM task), (SELECT max(number) FROM task)")
    if not isinstance(planned, Planned) or found != (planned.tasks, planned.tasks or None):
        told = f"{found[0] if found else 0} tasks, and another number was planned"
        raise StorageFault(f"{database.path}: damaged ({told})")


def _check_tail(database: Database) -> None:
    query = "SELECT seq, task, kind, body, hash FROM event ORDER BY seq DESC LIMIT ?"
    lines = cast("list[Any]", database.rows(query, (TAIL_EVENTS + 1,)))[::-1]
    before = lines.pop(0)[4] if len(lines) > TAIL_EVENTS else chain_start(database)
    broken = first_broken(before, lines)
    if broken is not None:
        raise StorageFault(f"{database.path}: damaged (event {broken} does not follow from the one before)")


def _lost(path: Path, head: Head) -> str:
    return (
        f"{path}: its last events are missing (it must reach to event {head.seq}); the file {WAL_NAME} was "
        "lost, or an older copy was put in its place. Move a run with all of its files"
    )


def _set_durable(database: Database) -> None:
    if database.one("PRAGMA journal_mode = wal") != ("wal",):
        raise StorageFault(f"{database.path}: the file system does not bear a write-ahead log")
    database.set_pragmas(_DURABLE)
    database.keep_log()


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False

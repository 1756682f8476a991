"""Checking all of a checkpoint: everything that can be computed again is."""

from collections.abc import Iterator
from typing import Any, Final, cast

from runner.core.event import Launched, Planned
from runner.core.ports import StorageFault
from runner.edge.checkpoint.chain import RunningDigest, first_broken, frozen_digest
from runner.edge.checkpoint.codec import event_of, source_of
from runner.edge.checkpoint.database import Database
from runner.edge.checkpoint.faults import UNREADABLE
from runner.edge.checkpoint.opening import chain_start, epoch_of, read_meta
from runner.edge.checkpoint.pages import SELECT_TASK, with_past

PROBLEMS_MAX: Final = 100
"""More problems than these are not listed: the file is lost, not edited."""

_SAME_TIME_S: Final = 1e-5
_EVENTS: Final = "SELECT seq, task, kind, body, hash FROM event ORDER BY seq"
_ROWS: Final = "SELECT row, line, source, sum FROM row ORDER BY row"
_TASKS: Final = f"{SELECT_TASK} FROM task t ORDER BY t.number"


def problems_of(database: Database) -> Iterator[str]:
    """Yield each problem of a checkpoint as a sentence; none: all of it is as it was written.

    Never raises for what is wrong with the file: an error that ends a check is a problem itself.
    """
    left = PROBLEMS_MAX
    for check in (_database, _plan, _chain, _events, _rows, _tasks):
        try:
            for problem in check(database):
                yield problem
                left -= 1
                if not left:
                    yield f"and more; only the first {PROBLEMS_MAX} are listed"
                    return
        except StorageFault as fault:
            yield str(fault)
        except UNREADABLE as fault:
            yield f"the database is damaged: it cannot be read ({fault!r})"


def damage_of_log(database: Database) -> Iterator[str]:
    """Yield what is wrong with the log and the rows, which no launch reads before it sends.

    Raises `StorageFault`, or what reading a damaged file raises.
    """
    yield from _chain(database)
    yield from _rows(database)


def _database(database: Database) -> Iterator[str]:
    # Not quick_check: that does not compare the indexes, by which events are found, with the tables.
    for (line,) in database.stream(f"PRAGMA integrity_check({PROBLEMS_MAX})"):
        if line != "ok":
            yield f"the database is damaged: {line}"
    for table, row, *_ in database.stream("PRAGMA foreign_key_check"):
        yield f"the database is damaged: {table} {row} refers to something that is not there"


def _plan(database: Database) -> Iterator[str]:
    """Check the digests of the frozen rows and tasks, and of the whole plan."""
    meta = read_meta(database)
    for name, query in (
        ("rows", "SELECT sum FROM row ORDER BY row"),
        ("tasks", "SELECT sum FROM task ORDER BY number"),
    ):
        running = RunningDigest()
        for (found,) in database.stream(query):
            running.add(found)
        if running.hex() != meta.get(f"{name}_digest"):
            yield f"the {name} are not those that were planned: their digest does not fit"
    if frozen_digest(meta).hex() != meta.get("frozen"):
        yield "meta is not as it was planned: its digest does not fit"
    yield from _counts(database)
    yield from _epoch(database, epoch_of(database.path, meta))


def _epoch(database: Database, epoch: int) -> Iterator[str]:
    last = database.one("SELECT seq, kind, body FROM event WHERE kind = 'launched' ORDER BY seq DESC LIMIT 1")
    launched = event_of(last[0], None, *last[1:]) if last else None
    if isinstance(launched, Launched) and launched.epoch > epoch:
        yield f"the run was opened {epoch} times for writing by meta, {launched.epoch} times by the log"


def _counts(database: Database) -> Iterator[str]:
    first = database.one("SELECT kind, body FROM event WHERE seq = 1 AND task IS NULL")
    planned = event_of(1, None, *first) if first else None
    if not isinstance(planned, Planned):
        yield "the first event is not the plan"
        return
    found = database.one("SELECT (SELECT count(*) FROM task), (SELECT count(*) FROM row)")
    if found != (planned.tasks, planned.rows):
        yield f"(tasks, rows) are {found}, and {(planned.tasks, planned.rows)} were planned"


def _chain(database: Database) -> Iterator[str]:
    first = database.one("SELECT min(seq) FROM event")
    if first != (1,):
        yield f"the log does not begin with event 1 but with {first[0] if first else None}"
    broken = first_broken(chain_start(database), cast("Any", database.stream(_EVENTS)))
    if broken is not None:
        yield f"event {broken} does not follow from the one before: the log was damaged or edited there"


def _events(database: Database) -> Iterator[str]:
    for seq, task, kind, body, at in database.stream(
        "SELECT seq, task, kind, body, at FROM event ORDER BY seq"
    ):
        try:
            if abs(event_of(seq, task, kind, body).at - at) > _SAME_TIME_S:
                yield f"event {seq}: the column `at` is not the event's time"
        except StorageFault as fault:
            yield str(fault)


def _rows(database: Database) -> Iterator[str]:
    for columns in database.stream(_ROWS):
        try:
            source_of(columns)
        except StorageFault as fault:
            yield str(fault)


def _tasks(database: Database) -> Iterator[str]:
    for columns in database.stream(_TASKS):
        try:
            with_past(database, columns)
        except StorageFault as fault:
            yield str(fault)

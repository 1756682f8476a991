"""Adding events to a checkpoint, one transaction for each group; after the first fault, nothing more."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self, TypeVar

from runner.core.history import Past
from runner.core.jsonvalue import dumps
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.chain import Column, epoch_value, next_hash
from runner.edge.checkpoint.codec import SpelledEvent, loads
from runner.edge.checkpoint.database import Database
from runner.edge.checkpoint.directory import real_directory, sync_directory
from runner.edge.checkpoint.faults import told_with, translated
from runner.edge.checkpoint.head import Head, HeadFile
from runner.edge.checkpoint.opening import (
    check_home,
    check_opened,
    epoch_of,
    find_file,
    open_for_writing,
    read_meta,
)
from runner.edge.checkpoint.pages import check_events, open_page
from runner.edge.checkpoint.schema import CHECKPOINT_NAME, WAL_NAME

_T = TypeVar("_T")
LOG_PAGES_MAX: Final = 1000
"""From so many pages on the write-ahead log is moved into the database after a commit."""

_INSERT: Final = "INSERT INTO event (seq, task, kind, at, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
_EPOCH: Final = "SELECT value FROM meta WHERE key = 'epoch'"


class CommitLog:
    """The writing end of a checkpoint, for one thread at a time.

    The first storage error of any kind ends it: what was to be written then may or may not be on disk, so
    nothing goes on in memory; every later call raises `StorageFault` again.
    """

    def __init__(self, directory: Path, database: Database, head: Head) -> None:
        self._path = directory / CHECKPOINT_NAME
        self._database = database
        self._head_file = HeadFile.open(directory)
        self._head = head
        self._fault: StorageFault | None = None
        self._watched: dict[Path, tuple[int, int]] = {}
        self.epoch = 0
        self._epoch_text = ""

    @classmethod
    def open(cls, directory: Path, vfs: str | None = None) -> Self:
        """Open the checkpoint of a run whose lock is held, check it, and begin a new epoch.

        Raises `StorageFault`, `NewerFault`, `UnplannedFault` or `StrayFault`.
        """
        home = real_directory(directory)
        path, head = find_file(home)
        database = open_for_writing(path, vfs)
        try:
            check_opened(database, head)
            check_home(database)
            with told_with(path):
                last = _head_of(database)
                check_events(database)
            log = cls(home, database, last)
        except BaseException:
            database.abandon()
            raise
        try:
            log._guarded(log._begin_epoch)
        except BaseException:
            log.close()
            raise
        return log

    def _begin_epoch(self) -> None:
        """Take the run over: a program that wrote before can commit nothing any more."""
        self._database.run("BEGIN IMMEDIATE")
        self.epoch = epoch_of(self._path, read_meta(self._database)) + 1
        self._epoch_text = dumps(epoch_value(self._head.plan, self.epoch))
        self._database.run("UPDATE meta SET value = ? WHERE key = 'epoch'", (self._epoch_text,))
        self._database.run("COMMIT")
        # From here on these very files are ours; others under their names would lose what we write.
        with translated(self._path):
            sync_directory(self._path.parent)  # the log was made just now, and SQLite ignores such errors
            for path in (self._path, self._path.with_name(WAL_NAME)):
                self._watched[path] = _identity(path)
        self._head_file.write(self._head)
        self._head_file.sync()

    def commit(self, events: Sequence[SpelledEvent]) -> None:
        """Write events and return once they are on disk; raises `StorageFault`."""
        if events:
            self._guarded(lambda: self._commit(events))

    def open_tasks(self, *, begun: bool, after: int, limit: int) -> list[tuple[Task, Past]]:
        """Tasks without a final status and with a number above `after`, at most `limit`, in order."""
        return self._guarded(lambda: open_page(self._database, begun=begun, after=after, limit=limit))

    def check_sound(self) -> None:
        """Raise `StorageFault` where an earlier call did."""
        if self._fault is not None:
            raise StorageFault(str(self._fault))

    def close(self) -> None:
        """Close the files; after a fault nothing is moved from the log into the database."""
        try:
            if self._fault is None:
                self._guarded(self._database.move_log)  # closing would pass over an error of it
                self._database.close()
                self._head_file.sync()
        finally:
            self._head_file.close()
            self._fault = self._fault or StorageFault(f"{self._path}: the checkpoint was closed")

    def _guarded(self, act: Callable[[], _T]) -> _T:
        self.check_sound()
        try:
            with translated(self._path), told_with(self._path):
                return act()
        except BaseException as fault:
            # Whatever it was: this connection gets no other event, and must not keep a lock.
            known = isinstance(fault, StorageFault)
            self._fault = fault if known else StorageFault(f"{self._path}: {fault!r}")
            self._database.abandon()
            if known or not isinstance(fault, Exception):
                raise
            raise self._fault from fault

    def _commit(self, events: Sequence[SpelledEvent]) -> None:
        self._check_files()
        lines, head = self._chained(events)
        self._database.run("BEGIN IMMEDIATE")
        if self._database.one(_EPOCH) != (self._epoch_text,):
            raise StorageFault(f"{self._path}: a second program took this run over")
        self._database.run_many(_INSERT, lines)
        self._update_caches(events)
        self._database.run("COMMIT")
        self._check_files()
        self._head = head
        self._head_file.write(head)
        if self._database.log_pages >= LOG_PAGES_MAX:
            self._database.move_log()

    def _chained(self, events: Sequence[SpelledEvent]) -> tuple[list[tuple[Column | float, ...]], Head]:
        seq, fingerprint = self._head.seq, bytes.fromhex(self._head.hash)
        lines: list[tuple[Column | float, ...]] = []
        for event in events:
            seq += 1
            fingerprint = next_hash(fingerprint, seq, event.task, event.kind, event.body)
            lines.append((seq, event.task, event.kind, event.at, event.body, fingerprint))
        return lines, Head(seq, fingerprint.hex(), self._head.plan, self._head.at)

    def _update_caches(self, events: Sequence[SpelledEvent]) -> None:
        begun = {event.task for event in events if event.begins}
        final = {event.task: event.final for event in events if event.decides}
        many = self._database.run_many
        many("UPDATE task SET begun = 1 WHERE number = ? AND begun = 0", [(task,) for task in begun])
        many("UPDATE task SET final = ? WHERE number = ?", [(to, task) for task, to in final.items()])

    def _check_files(self) -> None:
        for path, identity in self._watched.items():
            try:
                found = _identity(path)
            except FileNotFoundError:
                raise StorageFault(f"{path}: the file was deleted while the run went on") from None
            if found != identity:
                raise StorageFault(f"{path}: the file was replaced while the run went on")


def _head_of(database: Database) -> Head:
    last = database.one("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
    first = database.one("SELECT value, at FROM meta, event WHERE key = 'frozen' AND seq = 1")
    if last is None or first is None:
        raise StorageFault(f"{database.path}: damaged (there is no first event)")
    return Head(last[0], last[1].hex(), loads(first[0]), first[1])


def _identity(path: Path) -> tuple[int, int]:
    found = os.lstat(path)  # never open(): closing any descriptor of the file would drop SQLite's locks on it
    return found.st_dev, found.st_ino

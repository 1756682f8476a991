"""Making a checkpoint: everything that is planned goes into one transaction, or nothing counts."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from runner.core.event import Planned
from runner.core.fault import UserFault
from runner.core.jsonvalue import Json, dumps
from runner.core.ledgerline import planned_outcome
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.chain import Column, RunningDigest, epoch_value, frozen_digest, next_hash
from runner.edge.checkpoint.codec import row_columns, spell, task_columns
from runner.edge.checkpoint.database import Database
from runner.edge.checkpoint.directory import create_file, real_directory, sync_directory
from runner.edge.checkpoint.faults import UnplannedFault, translated
from runner.edge.checkpoint.head import Head, HeadFile
from runner.edge.checkpoint.opening import open_checked, open_for_writing
from runner.edge.checkpoint.schema import (
    CHECKPOINT_NAME,
    FRESH_NAME,
    FRESH_NAMES,
    SCHEMA,
    SHM_NAME,
    TASK_COLUMNS,
    WAL_NAME,
)

_GROUP: Final = 1000
_INSERT_ROW: Final = "INSERT INTO row (row, line, source, sum) VALUES (?, ?, ?, ?)"
_INSERT_TASK: Final = (
    f"INSERT INTO task ({', '.join(TASK_COLUMNS)}, sum, final) "  # noqa: S608 - our own column names
    f"VALUES ({', '.join('?' * (len(TASK_COLUMNS) + 2))})"
)
_INSERT_EVENT: Final = "INSERT INTO event (seq, task, kind, at, body, hash) VALUES (1, NULL, ?, ?, ?, ?)"


def is_planned(directory: Path) -> bool:
    """Whether the plan of a run directory was committed; raises `StorageFault` or `NewerFault`."""
    try:
        open_checked(real_directory(directory)).close()
    except UnplannedFault:
        return False
    return True


class PlanWriter:
    """Takes rows and tasks in ascending order; a context manager that gives up what was not committed.

    Every method raises `StorageFault` where storage fails.
    """

    def __init__(self, directory: Path, database: Database, meta: Mapping[str, Json]) -> None:
        self._directory = directory
        self._database = database
        self._meta = dict(meta)
        self._rows: list[tuple[Column, ...]] = []
        self._tasks: list[tuple[Column, ...]] = []
        self._last_row = self._last_task = 0
        self._row_digest, self._task_digest = RunningDigest(), RunningDigest()

    def add_row(self, row: int, line: int, source: str) -> None:
        """Add a data row, before its tasks; rows ascend."""
        if row <= self._last_row:
            raise ValueError(f"row {row} after row {self._last_row}")
        self._last_row = row
        columns = row_columns(row, line, source)
        self._row_digest.add(_sum(columns))
        self._rows.append(columns)
        self._flush_over(_GROUP)

    def add_task(self, task: Task) -> None:
        """Add a task; numbers count from 1 without gaps; one that the plan decides is final at once."""
        if task.number != self._last_task + 1:
            raise ValueError(f"task {task.number} after task {self._last_task}")
        self._last_task = task.number
        columns = task_columns(task)
        planned = planned_outcome(task)
        self._task_digest.add(_sum(columns))
        self._tasks.append((*columns, None if planned is None else planned.status.value))
        self._flush_over(_GROUP)

    def commit(self, planned: Planned) -> None:
        """Commit the plan and bring it to the disk; from now on it counts."""
        meta = self._meta
        meta["rows_digest"], meta["tasks_digest"] = self._row_digest.hex(), self._task_digest.hex()
        frozen = frozen_digest(meta)
        meta |= {"frozen": frozen.hex(), "epoch": epoch_value(frozen.hex(), 0)}
        first = spell(planned)
        fingerprint = next_hash(frozen, 1, None, first.kind, first.body)
        self._flush_over(0)
        pairs = [(key, dumps(value)) for key, value in meta.items()]
        self._database.run_many("INSERT INTO meta (key, value) VALUES (?, ?)", pairs)
        self._database.run(_INSERT_EVENT, (first.kind, first.at, first.body, fingerprint))
        self._database.run("COMMIT")
        self._database.truncate_log()
        with translated(self._directory):
            sync_directory(self._directory)
        _write_head(self._directory, Head(1, fingerprint.hex(), frozen.hex(), planned.at))

    def close(self) -> None:
        """Give up what is not committed."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_fault: object) -> None:
        if kind is None:
            self.close()
            return
        with contextlib.suppress(StorageFault):  # the first fault is the one to tell
            self.close()

    def _flush_over(self, count: int) -> None:
        if len(self._rows) + len(self._tasks) <= count:
            return
        self._database.run_many(_INSERT_ROW, self._rows)
        self._database.run_many(_INSERT_TASK, self._tasks)
        self._rows.clear()
        self._tasks.clear()


class Checkpoint:
    """The making of checkpoints."""

    @staticmethod
    def create(
        directory: Path, meta: Mapping[str, Json], *, created_at: float, vfs: str | None = None
    ) -> PlanWriter:
        """Begin a checkpoint in a directory that was prepared and whose lock is held.

        `meta` is what is frozen with the plan (job, tenant, options); the keys `epoch`, `frozen`,
        `rows_digest` and `tasks_digest` are ours. `created_at` is in seconds since the epoch. What an
        earlier run left there without having committed its plan is deleted. Raises `UserFault` where a plan
        is there, `StorageFault` where storage fails.
        """
        home = real_directory(directory)
        if is_planned(home):
            raise UserFault(f"{home}: there is a run in this directory already")
        path = home / CHECKPOINT_NAME
        with translated(path):
            for name in (CHECKPOINT_NAME, WAL_NAME, SHM_NAME):
                (home / name).unlink(missing_ok=True)
        _write_head(home, Head(at=created_at))  # first, so that nobody ever sees the file without it
        _put_empty_database(home, vfs)
        database = open_for_writing(path, vfs)
        try:
            database.run("BEGIN IMMEDIATE")
            database.run(SCHEMA)
        except BaseException:
            database.abandon()
            raise
        return PlanWriter(home, database, meta)


def _put_empty_database(home: Path, vfs: str | None) -> None:
    """Put a database that has its mode already in its place, in one step.

    A program that dies while SQLite changes the mode leaves a rollback journal, and whoever may only read
    cannot roll back: beside the checkpoint it would make of a run that sent nothing one that is damaged.
    """
    fresh = home / FRESH_NAME
    with translated(home / CHECKPOINT_NAME):
        try:
            os.close(create_file(fresh))
            open_for_writing(fresh, vfs).close()
            fresh.replace(home / CHECKPOINT_NAME)
        finally:
            for name in FRESH_NAMES:
                (home / name).unlink(missing_ok=True)
        sync_directory(home)


def _write_head(directory: Path, head: Head) -> None:
    head_file = HeadFile.open(directory)
    try:
        head_file.write(head)
        head_file.sync()
    finally:
        head_file.close()


def _sum(columns: tuple[Column, ...]) -> bytes:
    found = columns[-1]
    assert isinstance(found, bytes)  # noqa: S101 - for the type checker: the sum stands last
    return found

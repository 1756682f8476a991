"""Reading a checkpoint, also while a program writes it."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, Self, cast

from runner.core.event import Closed, Planned, RunEvent, TaskEvent
from runner.core.fault import UserFault
from runner.core.history import Past
from runner.core.jsonvalue import Json
from runner.core.ledgerline import outcome_of
from runner.core.outcome import Status
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.chain import next_hash
from runner.edge.checkpoint.codec import event_of, proved, source_of, task_of
from runner.edge.checkpoint.database import Columns
from runner.edge.checkpoint.directory import real_directory
from runner.edge.checkpoint.faults import told_with
from runner.edge.checkpoint.opening import chain_start, open_checked, read_meta
from runner.edge.checkpoint.pages import (
    PAGE_TASKS,
    SELECT_TASK,
    SELECTED_WIDTH,
    TASK_WIDTH,
    Census,
    events_between,
    events_of,
    events_of_run,
    folded,
    marker_was_read,
    open_page,
    with_past,
)
from runner.edge.checkpoint.schema import TASK_COLUMNS
from runner.edge.checkpoint.verify import damage_of_log, problems_of

_PAGE: Final = (
    f"{SELECT_TASK}, r.row, r.line, r.source, r.sum FROM task t LEFT JOIN row r ON r.row = t.row "
    "WHERE t.number > ? ORDER BY t.number LIMIT ?"
)
_ONE: Final = f"{SELECT_TASK} FROM task t WHERE t.number = ?"
_FROZEN: Final = (
    f"SELECT {', '.join(TASK_COLUMNS)}, sum FROM task "  # noqa: S608 - our own column names
    "WHERE number > ? ORDER BY number LIMIT ?"
)
_ACT: Final = TASK_COLUMNS.index("act")
_REJECTED: Final = TASK_COLUMNS.index("rejected")
# Not by the index, which is quicker and may be damaged while the tasks are whole.
_COUNTS: Final = "SELECT final, begun, count(*) FROM task NOT INDEXED GROUP BY final, begun"
_PLANNED: Final = "SELECT kind, body, hash FROM event WHERE seq = 1 AND task IS NULL"


class TaskLine(NamedTuple):
    """A task, its past, and its row as it stood in the job."""

    task: Task
    past: Past
    source: str


class CheckpointReader:
    """Reads a run's checkpoint; a context manager.

    Opening checks the head and the last 100 events, and every task, row and event of a task is proved by its
    sum when it is read; `verify` checks everything. Raises `StorageFault` (exit 5) wherever storage fails or
    is damaged; opening also `NewerFault` and `UnplannedFault` (exit 2).
    """

    def __init__(self, directory: Path) -> None:
        self.directory = real_directory(directory)
        self._database = open_checked(self.directory)

    def meta(self) -> dict[str, Json]:
        """What was frozen with the plan, with `epoch` (how often it was opened for writing)."""
        return read_meta(self._database)

    def tasks(self, *, after: int = 0, limit: int | None = None) -> Iterator[tuple[Task, Past]]:
        """Tasks with a number above `after`, in order, at most `limit`; streamed in pages of 1,000.

        A page is one moment's view; while a program writes, a later page may know more.
        """
        for task, past, _ in self.lines(after=after, limit=limit):
            yield task, past

    def lines(self, *, after: int = 0, limit: int | None = None) -> Iterator[TaskLine]:
        """As `tasks`, each with its row's source.

        Who reads all of them is told in the end (`StorageFault`) where an event was found by no task.
        """
        census = Census(self._database) if after == 0 and limit is None else None
        left = limit
        while left is None or left > 0:
            page = self._page(after, PAGE_TASKS if left is None else min(left, PAGE_TASKS), census)
            if not page:
                break
            yield from page
            after = page[-1].task.number
            left = None if left is None else left - len(page)
        if census is not None:
            with self._view():
                census.check()

    def some(self, numbers: Sequence[int]) -> list[tuple[Task, Past]]:
        """The tasks with these numbers, in the order asked for; those that do not exist are left out."""
        with self._view():
            rows = [self._database.one(_ONE, (number,)) for number in numbers]
            return [with_past(self._database, columns) for columns in rows if columns is not None]

    def task(self, number: int) -> tuple[Task, list[TaskEvent]]:
        """One task and all its events; `UserFault` where the run has no such task."""
        with self._view():
            columns = self._database.one(_ONE, (number,))
            if columns is None:
                raise UserFault(f"{self.directory.name}: there is no task {number}; {self._range()}")
            return task_of(columns[:TASK_WIDTH]), events_of(self._database, number)

    def source_of(self, row: int) -> str:
        """A row as it stood in the job; `UserFault` where there is no such row."""
        with self._view():
            columns = self._database.one("SELECT row, line, source, sum FROM row WHERE row = ?", (row,))
            if columns is None:
                raise UserFault(f"{self.directory.name}: there is no row {row}")
            return source_of(columns)

    def run_events(self) -> list[RunEvent]:
        """The events of the whole run, in order."""
        with self._view():
            return [self._planned(), *events_of_run(self._database)]

    def is_ended(self) -> bool:
        """Whether the run was ended for good."""
        return any(isinstance(event, Closed) for event in self.run_events())

    def marker_read(self) -> bool:
        """Whether a marker was ever read back whole in this run, so that not finding one means something."""
        with self._view():
            return marker_was_read(self._database)

    def counts(self) -> dict[Status, int]:
        """How many tasks have each of the eight statuses; only the begun and undecided ones are folded."""
        found: Counter[Status] = Counter(dict.fromkeys(Status, 0))
        with self._view():
            for final, begun, count in self._database.rows(_COUNTS):
                if final is not None:
                    found[_status(final)] += count
                elif not begun:
                    found[Status.NOT_ATTEMPTED] += count
            after = 0
            while page := open_page(self._database, begun=True, after=after, limit=PAGE_TASKS):
                found.update(outcome_of(task, past).status for task, past in page)
                after = page[-1][0].number
        return dict(found)

    def acts(self, *, after: int = 0) -> Iterator[tuple[str, int]]:
        """The act and number of each task that is not rejected, in order; streamed."""
        while True:
            with self._view():
                page = [proved(columns) for columns in self._database.rows(_FROZEN, (after, PAGE_TASKS))]
                self._check_numbers(page, after, PAGE_TASKS)
            if not page:
                return
            yield from ((columns[_ACT], columns[0]) for columns in page if columns[_REJECTED] is None)
            after = page[-1][0]

    def check_log(self) -> None:
        """Check each event and each row, as `acts` does each task; raises `StorageFault`."""
        with self._view():
            for problem in damage_of_log(self._database):
                raise StorageFault(problem)

    def verify(self) -> Iterator[str]:
        """Check everything, and yield each problem as a sentence."""
        return problems_of(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()

    def _page(self, after: int, limit: int, census: Census | None) -> list[TaskLine]:
        with self._view():
            rows = self._database.rows(_PAGE, (after, limit))
            self._check_numbers(rows, after, limit)
            events = events_between(self._database, rows[0][0], rows[-1][0]) if rows else {}
            if census is not None and rows:
                census.count(rows[0][0], rows[-1][0])
            return [_line(columns, events.get(columns[0], ())) for columns in rows]

    def _check_numbers(self, page: Sequence[Columns], after: int, limit: int) -> None:
        """Tasks are numbered from 1 without a gap: one that is not found is not simply passed over."""
        expected = range(after + 1, min(after + limit, self._planned().tasks) + 1)
        found = [columns[0] for columns in page]
        if found != list(expected):
            missing = next((number for number in expected if number not in found), found[-1] if found else 0)
            raise StorageFault(f"task {missing} of the checkpoint is not where it belongs")

    def _planned(self) -> Planned:
        kind, body, fingerprint = self._database.one(_PLANNED) or ("", "", b"")
        if next_hash(chain_start(self._database), 1, None, kind, body) != fingerprint:
            raise StorageFault("event 1 of the checkpoint is damaged: its hash does not fit")
        return cast("Planned", event_of(1, None, kind, body))

    @contextmanager
    def _view(self) -> Generator[None]:
        """One moment's view of the checkpoint, for as short a time as can be."""
        self._database.run("BEGIN")
        try:
            with told_with(self._database.path):
                yield
        finally:
            if self._database.in_transaction:
                self._database.run("ROLLBACK")

    def _range(self) -> str:
        last = self._database.one("SELECT max(number) FROM task")
        return f"they are numbered from 1 to {last[0] if last else 0}"


def _status(final: str) -> Status:
    try:
        return Status(final)
    except ValueError:
        raise StorageFault(
            f"a task of the checkpoint is damaged: its status is cached as {final!r}"
        ) from None


def _line(columns: Columns, events: Sequence[TaskEvent]) -> TaskLine:
    task, past = folded(columns[:SELECTED_WIDTH], events)
    row = columns[SELECTED_WIDTH:]
    if row[0] is None:
        raise StorageFault(f"task {task.number} of the checkpoint is damaged: its row {task.row} is missing")
    return TaskLine(task, past, source_of(row))

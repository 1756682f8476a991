"""Tasks with their folded past, read in pages: short transactions, bounded memory."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, cast

from runner.core.event import RunEvent, TaskEvent
from runner.core.history import Past, beginning, fold
from runner.core.ledgerline import planned_outcome
from runner.core.outcome import FINAL_STATUSES
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.chain import next_hash
from runner.edge.checkpoint.codec import event_of, task_event_of, task_of
from runner.edge.checkpoint.database import Columns, Database
from runner.edge.checkpoint.schema import TASK_COLUMNS

PAGE_TASKS: Final = 1000
MANY: Final = 2**62
TASK_WIDTH: Final = len(TASK_COLUMNS) + 1
"""How many columns `task_of` reads."""
SELECT_TASK: Final = f"SELECT {', '.join(f't.{name}' for name in TASK_COLUMNS)}, t.sum, t.final, t.begun"
"""The columns that `folded` reads, of a table called `t`."""
SELECTED_WIDTH: Final = TASK_WIDTH + 2

_SELECT_EVENT: Final = (
    "SELECT e.seq, e.task, e.kind, e.body, e.hash, b.hash FROM event e LEFT JOIN event b ON b.seq = e.seq - 1"
)
_EVENTS: Final = f"{_SELECT_EVENT} WHERE e.task BETWEEN ? AND ? ORDER BY e.task, e.seq"
_RUN_EVENTS: Final = f"{_SELECT_EVENT} WHERE e.task IS NULL AND e.seq > 1 ORDER BY e.seq"
_MARKER_READ: Final = f"""{_SELECT_EVENT} JOIN task t ON t.number = e.task AND t.method = 'POST'
WHERE (e.kind = 'answered' AND e.body LIKE '%"marker_read":true%')
OR (e.kind = 'observed' AND e.body LIKE '%"standing":"reached"%' AND e.body NOT LIKE '%"purpose":"follow"%')
LIMIT 1"""
_LAST: Final = "SELECT max(seq) FROM event"
_OF_TASKS: Final = "SELECT count(*) FROM event WHERE task BETWEEN ? AND ? AND seq <= ?"
_OF_RUN: Final = "SELECT count(*) FROM event WHERE task IS NULL AND seq <= ?"
_OPEN: Final = (
    f"{SELECT_TASK} FROM task t WHERE t.final IS NULL AND t.begun = ? AND t.number > ? "
    "ORDER BY t.number LIMIT ?"
)


def events_of(database: Database, task: int) -> list[TaskEvent]:
    """The events of one task in their order, each proved by its hash; raises `StorageFault`."""
    return events_between(database, task, task).get(task, [])


def events_between(database: Database, first: int, last: int) -> dict[int, list[TaskEvent]]:
    """As `events_of`, for the tasks from `first` to `last`, by number."""
    found: defaultdict[int, list[TaskEvent]] = defaultdict(list)
    before = (0, 0)
    for columns in database.rows(_EVENTS, (first, last)):
        seq, task, kind, body = _chained(columns)
        if (task, seq) <= before:
            raise StorageFault(f"event {seq} of the checkpoint is found out of its order")
        before = (task, seq)
        found[task].append(task_event_of(seq, task, kind, body))
    return found


def events_of_run(database: Database) -> list[RunEvent]:
    """The events of the run itself but its plan, in order, each proved; raises `StorageFault`."""
    lines = [_chained(columns) for columns in database.rows(_RUN_EVENTS)]
    return [cast("RunEvent", event_of(seq, None, kind, body)) for seq, _, kind, body in lines]


class Census:
    """Whether the events that are found by their tasks are all that there were when it began.

    Events are found by an index. Where that is damaged, or an event was given to no task, it is not found,
    and the caches need not tell.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until = self._number(_LAST)
        self._seen = 0

    def count(self, first: int, last: int) -> None:
        """Count those of the tasks from `first` to `last`."""
        self._seen += self._number(_OF_TASKS, first, last, self._until)

    def check(self) -> None:
        """All tasks were counted: raise `StorageFault` where events are left over, or there are too many."""
        found = self._seen + self._number(_OF_RUN, self._until)
        if found != self._until:
            raise StorageFault(f"of {self._until} events of the checkpoint {found} are found by their tasks")

    def _number(self, query: str, *values: int) -> int:
        found = self._database.one(query, values)
        return int(found[0] or 0) if found else 0


def check_events(database: Database) -> None:
    """Check that each event is found by a task, or is the run's own; raises `StorageFault`."""
    census = Census(database)
    census.count(1, MANY)
    census.check()


def marker_was_read(database: Database) -> bool:
    """Whether a reply or a look, proved by its hash, shows a marker whole; raises `StorageFault`."""
    found = database.one(_MARKER_READ)
    if found is None:
        return False
    _chained(found)
    return True


def _chained(columns: Columns) -> Columns:
    """Seq, task, kind and body of an event that follows from the one before."""
    seq, task, kind, body, fingerprint, before = columns
    if before is None or next_hash(before, seq, task, kind, body) != fingerprint:
        raise StorageFault(f"event {seq} of the checkpoint is damaged: its hash does not fit")
    return columns[:4]


def with_past(database: Database, columns: Columns) -> tuple[Task, Past]:
    """Read a task and fold its events; raises `StorageFault`."""
    return folded(columns, events_of(database, columns[0]))


def folded(columns: Columns, events: Iterable[TaskEvent]) -> tuple[Task, Past]:
    """Read a task from the columns of `SELECT_TASK` and fold its events; raises `StorageFault`.

    The caches prove nothing, but they stand elsewhere than the index by which events are found: where one of
    the two is damaged, they differ, and an event that is hidden so is not simply missing.
    """
    task = task_of(columns[:TASK_WIDTH])
    past = fold(events, beginning(task))
    final, begun = columns[TASK_WIDTH:]
    expected = _final_of(task, past)
    if final != expected:
        told = f"its status is cached as {final}, its events say {expected}"
        raise StorageFault(f"task {task.number} of the checkpoint is damaged: {told}")
    if begun != (past.attempts > 0 or past.under_way_at is not None):
        raise StorageFault(f"task {task.number} of the checkpoint is damaged: begun is cached wrongly")
    return task, past


def _final_of(task: Task, past: Past) -> str | None:
    outcome = past.outcome or planned_outcome(task)
    return outcome.status.value if outcome is not None and outcome.status in FINAL_STATUSES else None


def open_page(database: Database, *, begun: bool, after: int, limit: int) -> list[tuple[Task, Past]]:
    """Tasks without a final status and with a number above `after`, in order; raises `StorageFault`."""
    rows = database.rows(_OPEN, (int(begun), after, limit))
    return [with_past(database, columns) for columns in rows]

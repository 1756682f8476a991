"""Tasks and events as columns, and back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from runner.core.event import (
    Event,
    Observed,
    Resolved,
    Sent,
    Settled,
    TaskEvent,
    event_from_json,
    event_to_json,
    kind_of_event,
    task_of_event,
)
from runner.core.jsonvalue import JsonObject, dumps
from runner.core.outcome import FINAL_STATUSES
from runner.core.ports import StorageFault
from runner.core.scope import Scope
from runner.core.sighting import Standing
from runner.core.task import DoneBy, InheritedKey, Task
from runner.core.wire import Method
from runner.edge.checkpoint.chain import Column, sum_of
from runner.edge.checkpoint.database import Columns
from runner.edge.checkpoint.faults import UNREADABLE

# We wrote it, and the sums and the chain prove it: no need for the strict (and slow) reading of foreign JSON.
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)
_ORGS_JOIN: Final = ","


def loads(text: str) -> Any:  # noqa: ANN401 - JSON is whatever it is
    """Read JSON that this program wrote; ValueError where it is none."""
    value, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError(f"more than one JSON value: {text[:40]!r}")
    return value


@dataclass(frozen=True, slots=True)
class SpelledEvent:
    """An event, ready to be chained. `at` is in seconds since the epoch.

    `decides`: it changes the cache `final` to `final`; `begins`: it sets the cache `begun`.
    """

    task: int | None
    kind: str
    at: float
    body: str
    begins: bool
    decides: bool
    final: str | None


def spell(event: Event) -> SpelledEvent:
    """Spell an event for the log. Half characters that a server sent become question marks."""
    outcome = event.outcome if isinstance(event, Settled | Resolved) else None
    body = dumps(event_to_json(event), sort_keys=True)
    return SpelledEvent(
        task=task_of_event(event),
        kind=kind_of_event(event),
        at=event.at,
        body=body if body.isascii() else body.encode("utf-8", "replace").decode("utf-8"),
        begins=isinstance(event, Sent) or _is_under_way(event),
        decides=outcome is not None,
        final=outcome.status.value if outcome is not None and outcome.status in FINAL_STATUSES else None,
    )


def _is_under_way(event: Event) -> bool:
    """Somebody's cancel is seen in progress: its end is followed, though nothing of ours was sent."""
    return isinstance(event, Observed) and event.sighting.standing is Standing.UNDER_WAY


def event_of(seq: int, task: int | None, kind: str, body: str) -> Event:
    """Read an event; `StorageFault` naming its seq where it is none of ours."""
    try:
        return event_from_json(kind, task, cast("JsonObject", loads(body)))
    except UNREADABLE as fault:
        raise StorageFault(f"event {seq} of the checkpoint cannot be read: {fault!r}") from fault


def task_event_of(seq: int, task: int, kind: str, body: str) -> TaskEvent:
    """Read an event of a task; raises as `event_of`."""
    # The kinds of events without a task take no argument `task`, so that these cannot come through here.
    return cast("TaskEvent", event_of(seq, task, kind, body))


def row_columns(row: int, line: int, source: str) -> tuple[Column, ...]:
    """The columns of a row, its sum last."""
    columns = (row, line, source)
    return (*columns, sum_of(columns))


def task_columns(task: Task) -> tuple[Column, ...]:
    """The frozen columns of a task, its sum last."""
    scope = task.scope
    columns: tuple[Column, ...] = (
        task.number, task.row, task.line, task.custom_id, task.operation, scope.entity,
        _ORGS_JOIN.join(scope.orgs), task.method, task.path, task.body, task.act,
        dumps(task.fields), task.target, task.marker, task.generation, task.rejected,
        _spelled_done(task.done_by), _spelled_key(task.inherited),
    )  # fmt: skip
    return (*columns, sum_of(columns))


def _spelled_done(done: DoneBy | None) -> str | None:
    return None if done is None else json.dumps([done.run, done.task, done.result_id])


def _done(text: str | None) -> DoneBy | None:
    return None if text is None else DoneBy(*loads(text))


def _spelled_key(key: InheritedKey | None) -> str | None:
    return None if key is None else json.dumps([key.since, key.by_server, key.digest, *key.tracks])


def _key(text: str | None) -> InheritedKey | None:
    if text is None:
        return None
    since, by_server, digest, *tracks = loads(text)
    return InheritedKey(float(since), bool(by_server), digest, tuple(tracks))


def proved(columns: Columns) -> Columns:
    """`TASK_COLUMNS` and their sum as they are; `StorageFault` naming the task where they do not fit."""
    *frozen, found = columns
    if sum_of(cast("Sequence[Column]", frozen)) != found:
        raise StorageFault(f"task {columns[0]} of the checkpoint is damaged: its sum does not fit")
    return columns


def task_of(columns: Columns) -> Task:
    """Read a task from `TASK_COLUMNS` and its sum; `StorageFault` naming it where they do not fit."""
    number = proved(columns)[0]
    try:
        return Task(
            number=columns[0], row=columns[1], line=columns[2], custom_id=columns[3], operation=columns[4],
            scope=_scope(columns[5], columns[6]), method=cast("Method", columns[7]),
            path=columns[8], body=columns[9], act=columns[10], fields=loads(columns[11]), target=columns[12],
            marker=columns[13], generation=columns[14], rejected=columns[15],
            done_by=_done(columns[16]), inherited=_key(columns[17]),
        )  # fmt: skip
    except UNREADABLE as fault:
        raise StorageFault(f"task {number} of the checkpoint cannot be read: {fault!r}") from fault


def _scope(entity: str | None, orgs: str) -> Scope:
    return Scope(entity, tuple(orgs.split(_ORGS_JOIN)) if orgs else ())


def source_of(columns: Columns) -> str:
    """Read the source from (row, line, source, sum); `StorageFault` where they do not fit."""
    row, line, source, found = columns
    if sum_of((row, line, source)) != found:
        raise StorageFault(f"row {row} of the checkpoint is damaged: its sum does not fit")
    return cast("str", source)

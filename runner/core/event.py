"""The lines of the checkpoint's log, and their one spelling on disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from runner.core.jsonvalue import Json, JsonObject
from runner.core.outcome import Outcome, Status
from runner.core.sighting import Purpose, Sighting, Standing
from runner.core.verdict import Verdict, VerdictKind


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is committed: all tasks are frozen."""

    at: float
    tasks: int
    rows: int


@dataclass(frozen=True, slots=True)
class Launched:
    """A program began to work on the run. `facts`: who, where, version, options, consent."""

    at: float
    epoch: int
    facts: JsonObject


@dataclass(frozen=True, slots=True)
class Rested:
    """A launch ended, in a way that it could still write down."""

    at: float
    epoch: int
    exit_code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """`stop --for-good`: nothing more is sent in this run."""

    at: float
    who: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A write is about to leave; on disk before its first byte. `server_at`: the server's clock, if known."""

    task: int
    at: float
    attempt: int
    generation: int
    track_id: str
    server_at: float | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """How a write ended. `body` is the head of the reply (at most 4 KiB of text)."""

    task: int
    at: float
    attempt: int
    verdict: Verdict
    body: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a read showed of a task's target."""

    task: int
    at: float
    purpose: Purpose
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Settled:
    """A task's final status was decided."""

    task: int
    at: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Resolved:
    """A person decided."""

    task: int
    at: float
    outcome: Outcome
    who: str
    reason: str


TaskEvent: TypeAlias = Sent | Answered | Observed | Settled | Resolved
RunEvent: TypeAlias = Planned | Launched | Rested | Closed
Event: TypeAlias = TaskEvent | RunEvent

_KINDS: Final[Mapping[str, type[Event]]] = MappingProxyType({
    "planned": Planned, "launched": Launched, "rested": Rested, "closed": Closed,
    "sent": Sent, "answered": Answered, "observed": Observed, "settled": Settled, "resolved": Resolved,
})  # fmt: skip
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def kind_of_event(event: Event) -> str:
    """The event's name in the log."""
    return _NAMES[type(event)]


def task_of_event(event: Event) -> int | None:
    """The number of the task that the event is about; None for events of the whole run."""
    return event.task if isinstance(event, Sent | Answered | Observed | Settled | Resolved) else None


def event_to_json(event: Event) -> JsonObject:
    """The event's members without its kind and task; absent ones are left out."""
    return {name: value for name, value in _members(event).items() if name != "task"}


def event_from_json(kind: str, task: int | None, members: JsonObject) -> Event:
    """The inverse of `event_to_json`; KeyError, TypeError or ValueError where it is not one of ours."""
    made = _KINDS[kind]
    values: dict[str, object] = {**members}
    if task is not None:
        values["task"] = task
    for name, build in _NESTED.items():
        if name in values:
            values[name] = build(cast("JsonObject", values[name]))
    for name in ("at", "server_at"):
        if name in values:
            values[name] = _seconds(values[name])
    return cast("Callable[..., Event]", made)(**values)


def _members(record: object) -> JsonObject:
    members: JsonObject = {}
    for name, default in _layout(type(record)):
        value: object = getattr(record, name)
        if value is not None and value != default:
            members[name] = _plain(value)
    return members


@cache
def _layout(kind: type) -> tuple[tuple[str, object], ...]:
    """The members of a record with their defaults; asking a dataclass each time is slow."""
    return tuple((each.name, cast("object", each.default)) for each in fields(kind))


def _plain(value: object) -> Json:
    if isinstance(value, Verdict | Outcome | Sighting):
        return _members(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return cast("Json", round(value, _TIME_DIGITS))
    return cast("Json", value)


_TIME_DIGITS: Final = 6
"""Times are kept to the microsecond."""


def _seconds(value: object) -> float:
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"not a time: {value!r}")
    return float(value)


def _verdict(members: JsonObject) -> Verdict:
    values: dict[str, object] = {**members, "kind": VerdictKind(str(members["kind"]))}
    if "wait_s" in values:
        values["wait_s"] = _seconds(values["wait_s"])
    return cast("Callable[..., Verdict]", Verdict)(**values)


def _sighting(members: JsonObject) -> Sighting:
    values: dict[str, object] = {**members, "standing": Standing(str(members["standing"]))}
    return cast("Callable[..., Sighting]", Sighting)(**values)


def _outcome(members: JsonObject) -> Outcome:
    values: dict[str, object] = {**members, "status": Status(str(members["status"]))}
    return cast("Callable[..., Outcome]", Outcome)(**values)


_NESTED: Final[Mapping[str, Callable[[JsonObject], object]]] = MappingProxyType({
    "verdict": _verdict, "sighting": _sighting, "outcome": _outcome,
})  # fmt: skip

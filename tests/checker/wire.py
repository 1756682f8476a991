"""Each write request on the wire, against the events that allow it and the task that it is for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from tests.checker.order import is_unclear
from tests.checker.record import Finding, Members, OnWire, Planned, Record

KEY_LIFE_S: Final = 24 * 3600.0
"""So long after its first use the server forgets a key (Zuora's guide); then it protects nothing."""
_CLOCK_SLACK_S: Final = 1.0
_TRACK_PARTS: Final = 4
_Made: TypeAlias = Mapping[tuple[str, str | None], list[float]]


def judge_wire(record: Record) -> Iterator[Finding]:
    """One committed `sent` allows one request, with the frozen bytes and the right key."""
    if record.wire is None:
        return
    sents = {event["track_id"]: event for event in record.events if event["kind"] == "sent"}
    tasks = {task.number: task for task in record.tasks}
    yield from _sent_twice(record.wire)
    keys = _Keys(tasks, _made(record), _doubtful(record))
    for each in record.wire:
        number = task_in(each.track_id)
        if each.after_fault:
            yield Finding("after_fault", number, f"{each.track_id}: a write after storage had failed")
        if not each.committed or each.track_id not in sents:
            yield Finding("unsent", number, f"{each.track_id}: a write without a `sent` on disk")
            continue
        if not _is_frozen(each, tasks[number]):
            yield Finding("not_frozen", number, f"{each.track_id}: not the request that was frozen")
        if each.key is not None:
            yield from keys.use(each, each.key, sents[each.track_id])


def _sent_twice(wire: Sequence[OnWire]) -> Iterator[Finding]:
    for track, count in Counter(each.track_id for each in wire).items():
        if count > 1:
            yield Finding("sent_twice", task_in(track), f"{track}: {count} requests for one `sent`")


def task_in(track_id: str) -> int:
    """The task's number stands in the track id: `zbr-<run>-<task>-<attempt>`."""
    parts = track_id.split("-")
    return int(parts[2]) if len(parts) == _TRACK_PARTS and parts[2].isdigit() else 0


def _is_frozen(each: OnWire, task: Planned) -> bool:
    frozen = (task.method, task.path, task.body, task.entity, task.orgs)
    keyed = each.key is not None
    on_wire = (each.method, each.path, each.body, each.entity, each.orgs)
    return frozen == on_wire and keyed == (task.method == "POST")


def _made(record: Record) -> _Made:
    """When bill runs of each name were made in each entity."""
    made: defaultdict[tuple[str, str | None], list[float]] = defaultdict(list)
    for effect in record.effects:
        if effect["effect"] == "bill_run_created":
            made[effect["name"], effect["entity"]].append(datetime.fromisoformat(effect["at"]).timestamp())
    return made


def _doubtful(record: Record) -> set[str]:
    """The track ids of the writes that may have taken effect, by their own replies alone."""
    answers = {(each["task"], each["attempt"]): each for each in record.events if each["kind"] == "answered"}
    return {
        sent["track_id"]
        for sent in record.events
        if sent["kind"] == "sent"
        and ((answer := answers.get((sent["task"], sent["attempt"]))) is None or is_unclear(answer))
    }


class _Keys:
    """The idempotency keys of a run, in the order of their use."""

    def __init__(self, tasks: Mapping[int, Planned], made: _Made, doubtful: set[str]) -> None:
        self._tasks = tasks
        self._made = made
        self._doubtful = doubtful
        self._in_doubt: set[str] = set()
        self._first_use: dict[str, OnWire] = {}
        self._of_generation: dict[tuple[int, int], str] = {}

    def use(self, each: OnWire, key: str, sent: Members) -> Iterator[Finding]:
        """One key for each generation of a task, for its bytes alone, not too old, and none too many."""
        number, first = sent["task"], self._first_use.setdefault(key, each)
        if (first.path, first.body) != (each.path, each.body) or task_in(first.track_id) != number:
            yield Finding("key_reused", number, f"{each.track_id}: other bytes or another task, the same key")
        age_s = each.at - first.at
        if age_s >= KEY_LIFE_S and key in self._in_doubt:
            yield Finding("key_expired", number, f"{each.track_id}: sent {age_s:.0f} s after its first use")
        if self._of_generation.setdefault((number, sent["generation"]), key) != key:
            yield Finding("key_changed", number, f"{each.track_id}: a second key in its generation")
        task = self._tasks[number]
        times = self._made.get((task.target, task.entity), [])
        if each is first and any(at < each.at - _CLOCK_SLACK_S for at in times):
            yield Finding("key_new", number, f"{each.track_id}: a new key after one that took effect")
        if each.track_id in self._doubtful:
            self._in_doubt.add(key)

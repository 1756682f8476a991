"""Sound run directories to damage, as bytes, with what they looked like earlier, and what they say."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from runner.core.event import Event, Launched
from runner.core.task import Task
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import AT, act_of, observed, plan_run, sent, story, task_of

DB: Final = "checkpoint.db"
WAL: Final = "checkpoint.db-wal"
HEAD: Final = "head"
FILES: Final = (DB, WAL, HEAD)
Files: TypeAlias = dict[str, bytes]
_LIMIT: Final = 1_000_000


@dataclass(slots=True)
class Base:
    """A run: its files now and at earlier moments, and all that is read from them."""

    files: Files
    earlier: list[Files] = field(default_factory=list[Files])
    shown: list[str] = field(default_factory=list[str])
    to_do: list[str] = field(default_factory=list[str])


def read_files(run: Path) -> Files:
    """The files that make a checkpoint, as they stand."""
    return {name: (run / name).read_bytes() for name in FILES if (run / name).exists()}


def put_files(files: Files, place: Path) -> Path:
    """Make a run directory of them."""
    place.mkdir(mode=0o700)
    for name, content in files.items():
        (place / name).write_bytes(content)
    return place


def all_shown(run: Path) -> list[str]:
    """Everything that people can be shown of a run; raises what reading raises."""
    with CheckpointReader(run) as reader:
        lines = [repr(line) for line in reader.lines()]
        others: list[Any] = [reader.run_events(), reader.counts(), reader.marker_read(), list(reader.acts())]
        meta = {key: value for key, value in reader.meta().items() if key != "epoch"}
        return [*lines, *map(repr, others), repr(meta)]


def all_to_do(run: Path) -> list[str]:
    """Every task that a launch would go on with, with its past; raises what a launch would end with."""
    log = CommitLog.open(run)
    try:
        pages = [log.open_tasks(begun=begun, after=0, limit=_LIMIT) for begun in (True, False)]
        return [repr(one) for page in pages for one in page]
    finally:
        log.close()


def make_base(run: Path, tasks: int, *, closed: bool) -> Base:
    """A run in which most is done, one task is in doubt and two are not sent; killed, or `closed` well."""
    plan_run(run, [_task(run, number) for number in range(1, tasks + 1)], meta={"run_id": run.name})
    base = Base({}, [read_files(run)])
    log = CommitLog.open(run)
    log.commit([spell(Launched(AT, log.epoch, {}))])
    done: Sequence[Event] = [
        event for number in range(1, tasks - 2) for event in (observed(number), *story(number))
    ]
    for place in range(0, len(done), 7):
        log.commit([spell(event) for event in done[place : place + 7]])
        base.earlier.append(read_files(run))
    log.commit([spell(sent(tasks - 2))])
    if closed:
        log.close()
    base.files = read_files(run)
    if not closed:
        log.close()
    shutil.rmtree(run)
    put_files(base.files, run)
    base.shown, base.to_do = all_shown(run), all_to_do(run)
    shutil.rmtree(run)
    return base


def _task(run: Path, number: int) -> Task:
    return task_of(number, act=act_of(1000 * len(run.name) + number), keyed=number % 2 == 0)

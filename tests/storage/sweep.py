"""Each act of storage of a whole launch fails: once or for ever, with EIO or ENOSPC."""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runner.core.outcome import Status
from runner.core.task import Task
from runner.engine.launch import LaunchEnd
from tests.simulation.jobs import mixed_tasks
from tests.simulation.virtualtime import run_virtual
from tests.storage.disk import Disk, Fault, failing_disk
from tests.storage.homes import home
from tests.storage.launching import DiskWorld, plan_tasks

KINDS: Final = ("io", "full")
_OPEN: Final = frozenset({Status.NOT_ATTEMPTED, Status.ACCEPTED, Status.UNKNOWN})
_STORAGE: Final = 5
_GAPS_S: Final = (1.0, 80_000.0)
_TASKS: Final = 4


@dataclass(slots=True)
class Swept:
    """What a sweep came to. `words` say what was wrong, each with its fault."""

    figures: Counter[str] = field(default_factory=Counter[str])
    words: list[str] = field(default_factory=list[str])

    def note(self, wrong: Sequence[tuple[str, str]], where: object) -> None:
        """Take in what was wrong in one case: what it counts as, and the words."""
        for name, told in wrong:
            self.figures[f"violations: {name}"] += 1
            self.words.append(f"{where}: {told}")
        self.figures["violations"] += len(wrong)


class Sweep:
    """One job, planned once; each case works on a copy."""

    def __init__(self, home: Path, disk: Disk, *, reads: bool = False) -> None:
        self._home, self._disk, self._reads = home, disk, reads
        self._tasks: list[Task] = mixed_tasks(_TASKS)
        self._planned = plan_tasks(home / "planned", self._tasks)
        self.acts = self._count()

    def faults(self) -> Iterator[Fault]:
        """Every fault there is."""
        for at in range(1, self.acts + 1):
            for kind in KINDS:
                yield Fault(at, kind)
                yield Fault(at, kind, for_ever=True)

    def case(self, fault: Fault, swept: Swept) -> None:
        """One launch on a disk that fails, and the next on a sound one."""
        place = self._home / "case"
        try:
            swept.note(run_virtual(self._case(place, fault, swept.figures)), fault)
        finally:
            self._disk.disarm()
            shutil.rmtree(place, ignore_errors=True)
        swept.figures["cases"] += 1

    def _count(self) -> int:
        """How many acts a launch has on which nothing fails."""
        place = self._home / "count"
        world = run_virtual(self._launched(place, None))[0]
        assert not _OPEN & set(world.statuses())
        shutil.rmtree(place)
        return self._disk.seen

    async def _launched(self, place: Path, fault: Fault | None) -> tuple[DiskWorld, LaunchEnd | None]:
        world = DiskWorld.on_copy(self._planned, place, self._tasks, self._disk)
        self._disk.arm(place, fault, reads=self._reads)
        return world, await world.whole_launch()

    async def _case(self, place: Path, fault: Fault, figures: Counter[str]) -> list[tuple[str, str]]:
        world, end = await self._launched(place, fault)
        self._disk.disarm()
        wrong = [*_judge_launch(world, end, failed=self._disk.failed), *_judge_promises(world)]
        figures["faults struck"] += self._disk.failed
        figures["events promised"] += len(world.disk_log.promised)
        figures["requests before the first error"] += world.wire.requests - world.late.total()
        figures["requests after the first error"] += world.late.total()
        self._disk.arm(place, None)
        for gap_s in _GAPS_S:
            await asyncio.sleep(gap_s)
            await world.whole_launch()
            if not _OPEN & set(world.statuses()):
                break
        return wrong + _judge_end(world)


def _judge_launch(world: DiskWorld, end: LaunchEnd | None, *, failed: bool) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if failed and end is not None and (end.stop is None or end.stop.exit_code != _STORAGE):
        wrong.append(("not told", f"the launch ended as {end}"))
    if not failed and (end is None or end.stop is not None):
        wrong.append(("told falsely", f"nothing failed, and the launch ended as {end}"))
    if world.late.total():
        wrong.append(("requests after the first error", f"{dict(world.late)}"))
    if world.in_flight:
        wrong.append(("not awaited", f"{world.in_flight} requests are still in flight"))
    return wrong


def _judge_promises(world: DiskWorld) -> list[tuple[str, str]]:
    promised = [(event.kind, event.body) for event in world.disk_log.promised]
    found = world.disk_log.read()
    lost = sum(1 for one, other in zip(promised, found, strict=False) if one != other)
    lost += max(0, len(promised) - len(found))
    return [("events lost", f"{lost} of {len(promised)} promised events")] if lost else []


def _judge_end(world: DiskWorld) -> list[tuple[str, str]]:
    world.disk_log.read()
    left = _OPEN & set(world.statuses())
    wrong = [(f"checker: {kind}", f"tasks {tasks}") for kind, tasks in world.judge().items()]
    return [*wrong, *(("left open", f"{status.value} on a sound disk") for status in left)]


def chosen(faults: Iterator[Fault], cases: int | None, seed: int, first: int) -> list[Fault]:
    """So many faults by chance, from the `first`-th on; None: all of them."""
    found = list(faults)
    if cases is None:
        return found
    random.Random(seed).shuffle(found)  # noqa: S311 - a choice of cases, no secret
    return found[first : first + cases]


def sweep(cases: int | None, seed: int = 0, *, first: int = 0, reads: bool = False) -> Swept:
    """Go through so many cases by chance (None: all); `reads`: failing reads of SQLite's files too."""
    swept = Swept()
    with home("sweep") as place, failing_disk() as disk:
        made = Sweep(place, disk, reads=reads)
        for fault in chosen(made.faults(), cases, seed, first):
            made.case(fault, swept)
    return swept

"""Loss of power at any moment of a run's life: what was promised is there, and every image can be read."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest.mock import patch

from runner.core.event import TaskEvent
from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint import commitlog
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.faults import UnplannedFault
from runner.edge.checkpoint.opening import open_checked
from runner.edge.checkpoint.planwriter import is_planned
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import observed, plan_run, story
from tests.storage.homes import home
from tests.storage.images import Image, PowerCuts
from tests.storage.launching import SPELLED
from tests.storage.sweep import Swept
from tests.storage.tape import Tape, recording

_TASKS: Final = 16
_LAUNCHES: Final = 3
_LOG_PAGES: Final = (6, 1000)
"""In some lives the log is moved after few pages, so that it begins anew again and again."""
IMAGES_A_LIFE: Final = 200


class Life:
    """A run that is planned, launched some times, and finished; recorded to the last byte."""

    def __init__(self, home: Path, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a simulation, no secret
        self._run = home / "run"
        self._run.mkdir(mode=0o700)
        self.spelled: list[tuple[str, str]] = []
        pages = self._chance.choice(_LOG_PAGES)
        with patch.object(commitlog, "LOG_PAGES_MAX", pages), recording(self._run) as tape:
            self._live(tape)
        self.acts = tape.acts

    def images(self, count: int) -> Iterator[Image]:
        """What losses of power leave of it."""
        yield from PowerCuts(self.acts, self._chance).images(count)

    def _live(self, tape: Tape) -> None:
        events = [event for number in range(1, _TASKS + 1) for event in (*story(number), observed(number))]
        plan_run(self._run, _TASKS)
        tape.promise(0)
        for launch in range(_LAUNCHES):
            self._launch(tape, events[launch::_LAUNCHES] if launch else events[: len(events) // 2])

    def _launch(self, tape: Tape, events: list[TaskEvent]) -> None:
        log = CommitLog.open(self._run)
        while events:
            group = [spell(event) for event in events[: self._chance.randint(1, 9)]]
            del events[: len(group)]
            log.commit(group)
            self.spelled += [(event.kind, event.body) for event in group]
            tape.promise(len(self.spelled))
            if self._chance.random() < 0.02:
                break
        if self._chance.random() < 0.5:
            log.close()
        else:
            log._database.abandon()  # as a kill leaves it


def judge(image: Image, life: Life, place: Path, *, whole: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with an image: the code that ships reads it, and finds all that was promised."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    for name, content in image.files.items():
        (place / name).write_bytes(content)
    try:
        if image.promised is None:
            plan_run(place) if not is_planned(place) else None
            return
        found = _read(place)
        if whole:
            _go_on(place)
    except UnplannedFault as fault:
        yield "promised events lost", f"the plan: {fault}"
        return
    except (StorageFault, UserFault) as fault:
        yield "unreadable images", str(fault)
        return
    promised = life.spelled[: image.promised]
    lost = sum(one != other for one, other in zip(promised, found, strict=False))
    lost += max(0, len(promised) - len(found))
    if lost:
        yield "promised events lost", f"{lost} of {len(promised)}"


def _read(place: Path) -> list[tuple[str, str]]:
    database = open_checked(place)
    try:
        return [(kind, body) for _, _, kind, body in database.rows(SPELLED)[1:]]
    finally:
        database.close()


def _go_on(place: Path) -> None:
    """A later launch writes to it, and it stays whole."""
    log = CommitLog.open(place)
    log.commit([spell(observed(1))])
    log.close()
    with CheckpointReader(place) as reader:
        for problem in reader.verify():
            raise StorageFault(problem)


def power_cuts(images: int, seed: int = 0, *, lives: int | None = None) -> Swept:
    """So many images of as many lives as it takes."""
    swept = Swept()
    lives = lives or -(-images // IMAGES_A_LIFE)
    for number in range(lives):
        with home("power") as place:
            life = Life(place, seed * 100_000 + number)
            swept.figures["acts recorded"] += len(life.acts)
            share = images // lives + (number < images % lives)
            for count, image in enumerate(life.images(share)):
                wrong = list(judge(image, life, place / "image", whole=count % 4 == 0))
                swept.figures["images"] += 1
                swept.figures["images in which something was lost or torn"] += image.how != "kept"
                swept.note(wrong, f"life {seed * 100_000 + number}, act {image.at}, {image.how}")
    return swept

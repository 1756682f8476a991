"""Damage of every kind to a run's files, and what the code that ships makes of it."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint.reader import CheckpointReader
from tests.storage.bases import DB, all_shown, all_to_do, make_base, put_files
from tests.storage.edits import random_edit
from tests.storage.homes import home
from tests.storage.kinds import KINDS, OFTEN, Bench
from tests.storage.sweep import Swept

NAME: Final = "damaged"
_REFUSED: Final = 2
_STORAGE: Final = 5


def judge(bench: Bench) -> tuple[str, list[tuple[str, str]]]:
    """`refused` or `harmless`, and what is wrong with that.

    What people are shown may be the whole other run, under its own name. What a launch goes on with may be
    less than there is, where people are told of the damage when the files are derived; nothing else.
    """
    base, wrong = bench.base, list[tuple[str, str]]()
    shown = _tried(all_shown, bench.run, wrong)
    to_do = _tried(all_to_do, bench.run, wrong)
    if shown is not None and shown not in (base.shown, bench.other.shown):
        wrong.append(("shown as truth", _first_not_in(base.shown, shown)))
    if to_do is not None and not set(to_do) <= set(base.to_do):
        wrong.append(("sent wrongly", _first_not_in(base.to_do, to_do)))
    if to_do is not None and to_do != base.to_do and shown is not None:
        wrong.append(("passed over", _first_not_in(to_do, base.to_do)))
    return "harmless" if shown == base.shown and to_do == base.to_do else "refused", wrong


def _tried(read: Callable[[Path], list[str]], run: Path, wrong: list[tuple[str, str]]) -> list[str] | None:
    try:
        return read(run)
    except (StorageFault, UserFault) as fault:
        wrong += _judge_refusal(run, fault)
        return None


def _first_not_in(some: list[str], others: list[str]) -> str:
    return next((one for one in others if one not in some), "something is missing")[:300]


def _judge_refusal(run: Path, fault: StorageFault | UserFault) -> Iterator[tuple[str, str]]:
    code = fault.exit_code if isinstance(fault, UserFault) else _STORAGE
    if code not in {_REFUSED, _STORAGE}:
        yield "exit code", f"{code}: {fault}"
    if str(run) not in str(fault):
        yield "message", f"it names no file: {fault}"


class Bases:
    """The runs that are damaged: killed and closed well, short and longer than what opening checks."""

    def __init__(self, place: Path) -> None:
        sorts = ((6, False), (6, True), (40, False), (40, True))
        self._ours = [make_base(place / NAME, tasks, closed=closed) for tasks, closed in sorts]
        self._others = [make_base(place / "other", tasks, closed=closed) for tasks, closed in sorts]

    def bench(self, place: Path, chance: random.Random) -> Bench:
        """A fresh copy of one of them."""
        run = place / NAME
        shutil.rmtree(run, ignore_errors=True)
        base = chance.choice(self._ours)
        return Bench(put_files(base.files, run), base, chance.choice(self._others), chance)


def damages(count: int, seed: int = 0) -> Swept:
    """So many damages of all kinds; each is refused, or harmless."""
    swept = Swept()
    with home("damage") as place:
        bases = Bases(place)
        for number in range(count):
            chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a choice of damage, no secret
            bench = bases.bench(place, chance)
            kind = chance.choice((*KINDS, *OFTEN, *OFTEN))
            how = KINDS[kind](bench)
            outcome, wrong = judge(bench)
            swept.figures["damages"] += 1
            swept.figures[outcome] += 1
            swept.figures[f"{outcome}: {kind}"] += 1
            swept.note(wrong, f"damage {seed}/{number}, {kind} ({how})")
    return swept


def edits(count: int, seed: int = 0) -> Swept:
    """So many edits by SQL that do not compute the chain again; `verify` finds each of them."""
    swept = Swept()
    with home("edits") as place:
        bases = Bases(place)
        number = 0
        while swept.figures["edits"] < count:
            number += 1
            chance = random.Random(f"edit {seed}/{number}")  # noqa: S311 - a choice of edits, no secret
            bench = bases.bench(place, chance)
            how = random_edit(bench.run / DB, chance)
            if how is None:
                continue
            swept.figures["edits"] += 1
            if not list(_problems(bench.run)):
                swept.note([("edits not found", how)], f"edit {seed}/{number}")
    return swept


def _problems(run: Path) -> Iterator[str]:
    try:
        with CheckpointReader(run) as reader:
            yield from reader.verify()
    except (StorageFault, UserFault) as fault:
        yield str(fault)

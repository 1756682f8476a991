"""Plays a cell, and says what came otherwise than it must."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from runner.core.ledgerline import ledger_line
from runner.core.summary import exit_code_of
from runner.core.wire import Request
from runner.engine.launch import LaunchEnd
from runner.sandbox.in_process import InProcess
from tests.matrix.door import Door, Written
from tests.matrix.play import STRUCK, Act, Play, Sends
from tests.simulation.virtualtime import run_virtual
from tests.simulation.world import World

_SLACK_S = 0.01
_OWN_CODES_FROM = 5
"""The exit codes that a stop decides, whatever the tasks' statuses are (contract, "Exit codes")."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing in one cell that is not as it must be."""

    cell: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.cell}: {self.kind}: {self.what}"


class Stage(World):
    """One tenant, one job, with a door that strikes."""

    def __init__(self, play: Play) -> None:
        super().__init__(play.tasks, play.scenario, policy=play.policy)
        self.door = Door(play.tasks, play.strikes, self.clock.now, asyncio.sleep, play.scenario)
        self.tenant = self.door
        self.wire._tenant = self.door

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        super().calm()
        self.door.strikes.clear()


def perform(play: Play) -> list[Wrong]:
    """Play a cell on virtual time; what is wrong with it."""
    return [Wrong(play.name, kind, what) for kind, what in run_virtual(_perform(play))]


async def _perform(play: Play) -> list[tuple[str, str]]:
    stage = Stage(play)
    asides = [asyncio.ensure_future(_aside(stage, at, request)) for at, request in play.asides]
    wrong: list[tuple[str, str]] = []
    for place, act in enumerate(play.acts, start=1):
        await asyncio.sleep(act.gap_s)
        if act.calm:
            stage.calm()
        policy = replace(act.policy or stage.policy, sends=act.sends)
        begun = stage.clock.now()
        end = await stage.launch(stage.setup(policy=policy, **play.setup), stop_after_s=act.stop_after_s)
        assert end is not None
        lasted_s = stage.clock.now() - begun
        wrong += [(kind, f"launch {place}: {what}") for kind, what in _judged(stage, act, end, lasted_s)]
    await asyncio.gather(*asides)
    for task, sends in zip(play.tasks, play.sends, strict=True):
        wrong += [
            (kind, f"task {task.number}: {what}") for kind, what in _on_the_wire(stage, task.number, sends)
        ]
    return wrong + list(_as_checked(stage, play))


def _as_checked(stage: Stage, play: Play) -> Iterator[tuple[str, str]]:
    """What the checker of simulations finds in the whole of it; waits are judged here, by the table."""
    for kind, found in stage.judge().items():
        kept = [each for each in found if "before Retry-After" not in str(each)]
        if kept and not (play.open_end and kind == "unsettled"):
            yield "checker", f"{kind}: {kept}"


async def _aside(stage: Stage, at: float, request: Request) -> None:
    """Somebody else's request: it goes past the door, so that it is neither struck nor counted as ours."""
    await asyncio.sleep(at)
    await InProcess.send(stage.door, request)


def _judged(stage: Stage, act: Act, end: LaunchEnd, lasted_s: float) -> Iterator[tuple[str, str]]:
    pasts = stage.log.pasts()
    lines = [ledger_line(task, pasts[task.number], "acme") for task in stage.tasks]
    statuses = tuple(line.status.value for line in lines)
    if statuses != act.statuses:
        yield "status", f"{statuses}, not {act.statuses}"
    code = exit_code_of(stage.statuses())
    if end.stop is not None and end.stop.exit_code >= _OWN_CODES_FROM:
        code = end.stop.exit_code
    if code != act.code:
        yield "exit code", f"{code}, not {act.code}"
    why = end.stop.reason if end.stop is not None else ""
    if act.why is not None and (bool(why) is not bool(act.why) or act.why not in why):
        yield "stop", f"it stopped for {why!r}, not for {act.why!r}"
    if lasted_s > act.lasts_s:
        yield "time", f"it took {lasted_s:.0f} s, more than {act.lasts_s:.0f}"
    for line, wanted in zip(lines, act.reason_codes, strict=False):
        if wanted is not None and line.reason_code != wanted:
            yield "reason", f"task {line.task}: reason_code {line.reason_code}, not {wanted}"


def _on_the_wire(stage: Stage, number: int, sends: Sends) -> Iterator[tuple[str, str]]:
    door = stage.door
    writes = door.writes_of(number)
    least, most = sends.writes
    if not least <= len(writes) <= most:
        yield "writes", f"{len(writes)}, not {least} to {most}"
    if len({write.track for write in writes}) < len(writes):
        yield "writes", "two of them for one `sent` event"
    if door.effects_of(number) != sends.effects:
        yield "effects", f"{door.effects_of(number)}, not {sends.effects}"
    task, past = stage.tasks[number - 1], stage.log.pasts()[number]
    attempts = ledger_line(task, past, "acme").attempts
    if attempts != door.left(number):
        yield "attempts", f"{attempts} in the ledger, {door.left(number)} of {len(writes)} writes left"
    keys = [write.key for write in writes]
    if not task.keyed and any(keys):
        yield "keys", "a key on a PUT"
    if task.keyed and not _as_pattern(keys, sends.keys):
        yield "keys", f"{_pattern(keys)}, not {sends.keys}"
    yield from _pauses(door, number, writes, sends)
    yield from _held_back(door, writes, sends)


def _pauses(door: Door, number: int, writes: list[Written], sends: Sends) -> Iterator[tuple[str, str]]:
    for (earlier, later), (least, most) in zip(pairwise(writes), sends.apart_s, strict=False):
        paused_s = later.at - (earlier.answered_at or earlier.at)
        if paused_s < least - _SLACK_S:
            yield "early", f"a write {paused_s:.2f} s after a reply, not before {least:g} s"
        if paused_s > most:
            yield "late", f"a write {paused_s:.2f} s after a reply, later than {most:g} s"
    if len(writes) > 1 and sends.reads:
        first, second = writes[:2]
        reads = door.reads_between(number, first.answered_at or first.at, second.at)
        if reads < sends.reads:
            yield "read-back", f"{reads} reads of the target before the second write, not {sends.reads}"


def _held_back(door: Door, writes: list[Written], sends: Sends) -> Iterator[tuple[str, str]]:
    struck = next(
        (write.answered_at for write in door.writes_of(STRUCK) if write.answered_at is not None), None
    )
    if not sends.held_back_s or struck is None or not writes:
        return
    if writes[0].at - struck < sends.held_back_s - _SLACK_S:
        yield (
            "early",
            f"begun {writes[0].at - struck:.2f} s after the lane was asked to wait {sends.held_back_s:g} s",
        )


def _pattern(keys: list[str | None]) -> str:
    order = list(dict.fromkeys(keys))
    return "".join(str(order.index(key) + 1) for key in keys)


def _as_pattern(keys: list[str | None], wanted: str) -> bool:
    match wanted:
        case "same":
            return len(set(keys)) <= 1
        case "new":
            return len(set(keys)) == len(keys)
        case _:
            return _pattern(keys) == wanted

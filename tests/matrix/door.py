"""The tenant's door in a cell: it strikes some writes, and keeps count of what reaches it."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

from runner.core.task import Task
from runner.core.wire import Arrived, Lost, NotSent, Reply, Request
from runner.edge.http.body import BODY_BYTES_MAX, ReplyFault, decoded
from runner.sandbox.faults import FaultBook
from runner.sandbox.in_process import InProcess
from runner.sandbox.scenario_faults import FaultPart
from tests.matrix.play import Strike

_DATE: Final = re.compile(r"\{\+(-?\d+)\}")


@dataclass(slots=True)
class Written:
    """One write as it was seen at the door. `answered_at` None: nobody waited for its reply."""

    task: int
    track: str
    key: str | None
    at: float
    answered_at: float | None = None
    reply: Reply | None = None


class Door(InProcess):
    """A tenant in memory, in front of which some writes are struck."""

    def __init__(
        self,
        tasks: Sequence[Task],
        strikes: Sequence[tuple[int, Strike]],
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        scenario: str,
    ) -> None:
        super().__init__(now, sleep, scenario=scenario)
        self._numbers = {(task.path, task.body): task.number for task in tasks}
        self._targets = {task.number: task.target for task in tasks}
        self.strikes = list(strikes)
        self.written: list[Written] = []
        self.reads: list[tuple[float, str]] = []
        self._replies = 0

    async def send(self, request: Request) -> Reply:
        """Let a request through, or strike it."""
        number = self._numbers.get((request.path, request.body))
        if number is None or request.method == "GET":
            self.reads.append((self._now(), request.path))
            return await super().send(request)
        headers = request.headers
        written = Written(number, headers["Zuora-Track-Id"], headers.get("Idempotency-Key"), self._now())
        self.written.append(written)
        strike = self._strike(number)
        reply = await (super().send(request) if strike is None else self._struck(strike, request))
        written.answered_at, written.reply = self._now(), reply
        return reply

    def writes_of(self, number: int) -> list[Written]:
        """The writes of one task, in their order."""
        return [written for written in self.written if written.task == number]

    def left(self, number: int) -> int:
        """How many writes of a task really left."""
        return sum(not isinstance(written.reply, NotSent) for written in self.writes_of(number))

    def effects_of(self, number: int) -> int:
        """How many effects the tenant notes for the writes of one task."""
        return sum(str(effect["track_id"]).split("-")[2:3] == [str(number)] for effect in self.effects)

    def reads_between(self, number: int, begin: float, end: float) -> int:
        """How many reads that name the target of a task (or of all creations) came in a span of time."""
        target = self._targets[number]
        return sum(
            begin <= at <= end and (target in path or path.startswith("/object-query/billing-runs"))
            for at, path in self.reads
        )

    def _strike(self, number: int) -> Strike | None:
        nth = len(self.writes_of(number))
        meant = (strike for task, strike in self.strikes if task == number)
        return next((strike for strike in meant if not strike.nth or nth in strike.nth), None)

    async def _struck(self, strike: Strike, request: Request) -> Reply:
        real: Reply | None = None
        if strike.effect == "applied":
            real = await super().send(request)
        elif strike.effect == "late":
            self._take_effect_later(request, strike.after_s)
        await self._sleep(strike.held_s)
        reply = strike.reply
        if reply is None:
            assert isinstance(real, Arrived), real
            reply = _changed(real, strike)
        return _as_read(self._filled(reply, request)) if isinstance(reply, Arrived) else reply

    def _take_effect_later(self, request: Request, after_s: float) -> None:
        """As the simulated tenant's own `late_effect`: until then its key is in flight."""
        simulator, book = self._simulator, self._simulator._faults
        simulator._faults = FaultBook([FaultPart(fault="late_effect", after_s=after_s)], 0)
        try:
            simulator.end(simulator.begin(self._with_token(request), self._now()).ticket)
        finally:
            simulator._faults = book
        self._remember()

    def _filled(self, reply: Arrived, request: Request) -> Arrived:
        now = self._now()
        self._replies += 1
        headers = {"date": "{+0}", "zuora-request-id": f"struck-{self._replies}", **reply.headers}
        filled = {
            name: _DATE.sub(lambda found: formatdate(int(now) + int(found[1]), usegmt=True), value).replace(
                "{track}", request.headers["Zuora-Track-Id"]
            )
            for name, value in headers.items()
            if value
        }
        return Arrived(reply.status, filled, reply.body)


def _changed(real: Arrived, strike: Strike) -> Arrived:
    body = {**json.loads(real.body), **dict(strike.members)}
    headers = {**real.headers, **dict(strike.headers)}
    return Arrived(
        strike.status or real.status,
        {name: value for name, value in headers.items() if value is not None},
        json.dumps({name: value for name, value in body.items() if value is not None}).encode(),
    )


def _as_read(reply: Arrived) -> Reply:
    """What the real transport makes of a body: inflated, within its bound, or lost."""
    if len(reply.body) > BODY_BYTES_MAX:
        return Lost(f"the reply is larger than {BODY_BYTES_MAX} bytes")
    try:
        body = decoded(reply.body, [reply.headers.get("content-encoding", "")])
    except ReplyFault as fault:
        return Lost(str(fault))
    return Arrived(reply.status, reply.headers, body)

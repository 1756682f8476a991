"""Reads: looks at targets, the gate, and the probe of a half-open breaker."""

import math
from collections.abc import Generator, Sequence
from typing import Final, TypeVar

from runner.core.classify import classify_read
from runner.core.event import Observed
from runner.core.history import NEGATIVE_STANDINGS, Past
from runner.core.operation import Gate, Question
from runner.core.ports import Transport
from runner.core.request import scoped
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.verdict import Verdict, VerdictKind
from runner.core.wire import Lost, Reply, Request
from runner.engine.board import Board
from runner.engine.lane import Lane, LookKey
from runner.engine.live import Live
from runner.engine.tokens import Tokens

_Found = TypeVar("_Found")
_PROBE: Final = Request("GET", "/object-query/billing-runs?pageSize=1")
_PROVING: Final = 2
"""So many looks past the quiet window prove that something is not there."""
_PACED_TICK_S: Final = 1.0
"""How often a read that waits for its turn looks whether the launch stops."""
_GATE_FRESH_S: Final = 5.0
"""For so long one count of pending bill runs serves all refusals of a lane."""
_TROUBLE: Final = frozenset(
    {VerdictKind.UNCLEAR, VerdictKind.NOT_SENT, VerdictKind.LIMITED, VerdictKind.TOKEN}
)


class Reads:
    """Carries out reads for a lane's slot. A read may be repeated at will; it proves only what it shows."""

    def __init__(self, board: Board, transport: Transport, tokens: Tokens) -> None:
        self._board = board
        self._transport = transport
        self._tokens = tokens
        self._gates: dict[str | None, tuple[float, bool]] = {}
        self._refused: dict[str | None, tuple[Live, Verdict]] = {}

    async def look(self, lane: Lane, key: LookKey, lives: Sequence[Live]) -> None:
        """Look at some targets together, and write down what is new."""
        questions = [_question(live, key) for live in lives]
        found = await self._ask(lane, key.scope, lives[0].operation.look(questions))
        now = self._board.clock.now()
        for live in lives:
            self._seen(live, key, found.get(live.task.number, Unread("the read says nothing of it")), now)

    async def gate_shut(self, lane: Lane, live: Live, verdict: Verdict) -> bool:
        """Whether a refusal is a gate of the tenant, by counting.

        Where the count is not answered just now nobody knows, and a gate alone never makes a task failed:
        then it is one for now. A count that is answered otherwise (it is not allowed, say) says no.
        """
        gate = live.operation.gate(verdict.code)
        if gate is None:
            return False
        counted_at, shut = self._gates.get(lane.entity, (float("-inf"), False))
        now = self._board.clock.now()
        if now - counted_at > _GATE_FRESH_S:
            self._refused[lane.entity] = (live, verdict)
            shut, counted = await self._is_shut(lane, live.task.scope, gate)
            if counted:
                self._gates[lane.entity] = (now, shut)
        return shut

    async def _is_shut(self, lane: Lane, scope: Scope, gate: Gate) -> tuple[bool, bool]:
        """Whether a gate is shut, and whether that was counted.

        Counting what waits brings nothing forward: it uses up the patience, which begins with the first time.
        """
        was_troubled = lane.troubled
        counted = await self._ask(lane, scope, gate, forward=False)
        stops = lane.stopped is not None or self._board.stopping is not None
        unanswered = isinstance(counted, Unread) and (lane.troubled or stops or lane.pace.gates > 0)
        shut = counted is True or unanswered
        if shut:
            lane.useful_at = lane.useful_at if was_troubled else self._board.clock.now()
            lane.troubled = True
        return shut, not unanswered

    async def _ask_gate(self, lane: Lane) -> None:
        """Count again what was too many, for the creation that was refused by it last."""
        live, verdict = self._refused[lane.entity]
        gate = live.operation.gate(verdict.code)
        shut = gate is not None and (await self._is_shut(lane, live.task.scope, gate))[0]
        lane.troubled = True  # until something is taken: an open gate alone is no use yet
        lane.pace.gate_answered(self._board.clock.now(), shut=shut)

    async def probe(self, lane: Lane, scope: Scope) -> None:
        """Ask whether the server is well again, or the gate open, with a read that costs nothing.

        That it is there brings nothing forward, so that it does not save the lane from its patience's end.
        """
        if lane.pace.gate_shut and not lane.pace.half_open:
            await self._ask_gate(lane)
            return
        reply = await self._read(lane, scope, _PROBE, forward=False)
        well = classify_read(reply).kind not in _TROUBLE
        lane.pace.probe_answered(self._board.clock.now(), well=well)

    async def _ask(
        self, lane: Lane, scope: Scope, asking: Generator[Request, Reply, _Found], *, forward: bool = True
    ) -> _Found:
        """Run an inquiry to its end: it yields requests and is sent their replies."""
        try:
            request = next(asking)
            while True:
                request = asking.send(await self._read(lane, scope, request, forward=forward))
        except StopIteration as end:
            return end.value

    async def _read(self, lane: Lane, scope: Scope, request: Request, *, forward: bool) -> Reply:
        """Read, again after a refused token. `forward`: an answer brings a task nearer to its end."""
        board = self._board
        reply = await self._once(lane, scope, request, forward=forward)
        if classify_read(reply).kind is VerdictKind.TOKEN and board.stopping is None:
            reply = await self._once(lane, scope, request, forward=forward)
        return reply

    async def _once(self, lane: Lane, scope: Scope, request: Request, *, forward: bool) -> Reply:
        board = self._board
        if not await self._paced(lane):
            return Lost("not asked: the launch, or its lane, stops")
        sent_at = board.clock.now()
        reply = await self._transport.send(scoped(request, scope), timeout_s=board.setup.read_timeout_s)
        verdict = classify_read(reply)
        now = board.clock.now()
        board.server.learn(reply, sent_at)
        lane.troubled = verdict.kind in _TROUBLE
        lane.limited = verdict.kind is VerdictKind.LIMITED
        if verdict.kind is VerdictKind.TOKEN:
            self._tokens.refused(sent_at=sent_at)
        elif not lane.troubled:
            lane.useful_at = now if forward else lane.useful_at
            self._tokens.accepted()
        stop = board.guards.on_read(verdict)
        if stop is not None:
            board.stop(stop)
        if verdict.kind is not VerdictKind.FORBIDDEN:
            lane.pace.learn(verdict, now)
            lane.mind_far_wait(now)
        return reply

    async def _paced(self, lane: Lane) -> bool:
        """Wait for the tenant's rate limits and the lane's pace, and count one request; False: they stop."""
        board = self._board
        while (wait_s := self._turn_at(lane) - board.clock.now()) > 0.0:
            if board.stopping is not None or lane.stopped is not None:
                return False
            await board.pause(min(wait_s, _PACED_TICK_S))
        if not board.storage_sound():
            return False
        board.rate.take(board.clock.now())
        return True

    def _turn_at(self, lane: Lane) -> float:
        return max(self._board.rate.next_at(self._board.clock.now())[0], lane.pace.not_before)

    def _seen(self, live: Live, key: LookKey, seen: Sighting | Unread, now: float) -> None:
        live.looks += 1
        live.looked_at = now
        if isinstance(seen, Unread):
            # A server that refuses for load is waited for, as long as the lane's patience lasts.
            live.unread += int(not self._board.lane_of(live).limited)
            live.unread_why = seen.detail
            return
        live.unread = 0
        if live.task.keyed and seen.standing is Standing.REACHED and key.purpose != "follow":
            self._board.marker_read = True
        if _is_news(live, seen, self._board):
            was_open = live.past.success is None
            self._board.record(live, Observed(live.task.number, now, key.purpose, seen))
            # A lost reply of this launch that is found done was taken all the same.
            self._board.guards.taken += int(was_open and live.past.success is not None and live.sends > 0)


def _question(live: Live, key: LookKey) -> Question:
    past = live.past
    success = past.success
    return Question(
        task=live.task,
        purpose=key.purpose,
        result_id=success.result_id if success else None,
        before=past.pre.facts if past.pre else None,
        since=_since(past),
    )


def _since(past: Past) -> float | None:
    """When the first write was sent, by the server's clock; infinite where that was not known."""
    if past.first_sent_at is None:
        return None
    return past.first_server_at if past.first_server_at is not None else math.inf


def _is_news(live: Live, seen: Sighting, board: Board) -> bool:
    """A look is written down when it shows something new, or is one of the two that prove "not there".

    These two are those of `View.proven_since`: past the quiet window, apart, and one of them in this launch.
    """
    past, now, policy = live.past, board.clock.now(), board.setup.policy
    if past.doubts == 0 and past.success is None:
        return past.pre != seen or past.pre_at is None or seen.standing is not Standing.BUSY
    if past.seen != seen:
        return True
    if seen.standing not in NEGATIVE_STANDINGS:
        return False
    last_byte_at = max(past.answered_at or 0.0, past.under_way_at or 0.0, board.view(live).last_byte_at)
    since = last_byte_at + policy.quiet_s
    counting = [at for at in past.negatives if at >= since]
    proven = len(counting) >= _PROVING and counting[-1] >= board.launched_at
    return now >= since and not proven and all(now - at >= policy.spacing_s for at in counting)

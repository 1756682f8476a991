"""One write: on disk first, then on the wire, then written down."""

from dataclasses import replace
from typing import Final

import anyio

from runner.core.classify import classify
from runner.core.event import Answered, Sent
from runner.core.exchange import Exchange
from runner.core.history import after
from runner.core.ports import Transport
from runner.core.request import track_id, write_request
from runner.core.step import Send
from runner.core.verdict import Verdict, VerdictKind
from runner.core.wire import Arrived, Reply
from runner.engine.board import Board
from runner.engine.lane import Lane
from runner.engine.live import Live
from runner.engine.reads import Reads
from runner.engine.stop import Stop
from runner.engine.tokens import Tokens

_BODY_MAX: Final = 4096
_TAKEN_BODY_MAX: Final = 1024
_TAKEN: Final = frozenset({VerdictKind.DONE, VerdictKind.ACCEPTED})
_USELESS: Final = frozenset({
    VerdictKind.UNCLEAR, VerdictKind.GARBLED, VerdictKind.REDIRECTED, VerdictKind.NOT_SENT,
    VerdictKind.LIMITED, VerdictKind.GATED, VerdictKind.TOKEN,
})  # fmt: skip
"""Replies that bring no task nearer to its end."""


class Writes:
    """Carries out one write at a time for a lane's slot."""

    def __init__(self, board: Board, transport: Transport, reads: Reads, tokens: Tokens) -> None:
        self._board = board
        self._transport = transport
        self._reads = reads
        self._tokens = tokens

    async def write(self, lane: Lane, live: Live, send: Send) -> None:
        """Send one write, at most once, and write down how it ended; not to be cancelled once begun."""
        board, task = self._board, live.task
        attempt = live.past.attempts + 1
        track = track_id(board.setup.run_token, task.number, attempt)
        sent = Sent(task.number, board.clock.now(), attempt, send.generation, track, board.server.at_least())
        with anyio.CancelScope(shield=True):
            if not await board.log_now([sent]):
                return
            lane.pace.count_write(first=live.past.attempts == 0)
            live.key_sends = live.key_sends + 1 if send.generation == live.past.generation else 1
            live.past = after(live.past, sent)
            live.sends, live.looks, live.looked_at, live.unread = live.sends + 1, 0, None, 0
            board.writes_sent += 1
            request = write_request(task, track, send.generation)
            reply = await self._transport.send(request, timeout_s=board.setup.timeout_s)
            await self._answered(lane, live, reply)

    async def _answered(self, lane: Lane, live: Live, reply: Reply) -> None:
        board, operation, task = self._board, live.operation, live.task
        exchange = Exchange(
            keyed=task.keyed,
            track_id=live.past.track_id or "",
            success=lambda body: operation.success(task, body),
            marker=task.marker,
            inherited=task.inherited.tracks if task.inherited else (),
        )
        verdict = classify(reply, exchange)
        if verdict.kind is VerdictKind.REFUSED and await self._reads.gate_shut(lane, live, verdict):
            verdict = replace(verdict, kind=VerdictKind.GATED)
        now = board.clock.now()
        board.server.learn(reply, live.past.sent_at or now)
        board.marker_read = board.marker_read or verdict.marker_read
        head = _head(reply, _TAKEN_BODY_MAX if verdict.kind in _TAKEN else _BODY_MAX)
        board.record(live, Answered(task.number, now, live.past.attempts, verdict, head))
        self._learn(lane, verdict, now)
        if verdict.kind is VerdictKind.TOKEN:
            self._tokens.refused(sent_at=live.past.sent_at or now)

    def _learn(self, lane: Lane, verdict: Verdict, now: float) -> None:
        lane.pace.learn(verdict, now)
        lane.mind_far_wait(now)
        lane.troubled = verdict.kind in _USELESS
        lane.limited = verdict.kind is VerdictKind.LIMITED
        if not lane.troubled:
            lane.useful_at = now
            self._tokens.accepted()
        lane.hear(verdict.kind)
        stop: Stop | None = self._board.guards.on_reply(verdict)
        if stop is not None:
            self._board.stop(stop)


def _head(reply: Reply, limit: int) -> str:
    return reply.body[:limit].decode("utf-8", "replace") if isinstance(reply, Arrived) else ""

"""One launch: admits tasks, hands what is due to the lanes' free slots, and ends in good order."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from runner.core.outcome import Status
from runner.core.pace import FAR_S
from runner.core.ports import Clock, EventLog, StorageFault, Transport
from runner.core.progress import ProgressState
from runner.core.scope import Scope
from runner.core.step import Send
from runner.core.summary import EXIT_STORAGE, EXIT_TOKEN
from runner.engine.admission import Admission
from runner.engine.board import Board
from runner.engine.lane import Lane, LookKey
from runner.engine.live import Live
from runner.engine.reads import Reads
from runner.engine.setup import PATIENCE_FIRST_S, EngineSetup
from runner.engine.stop import Stop
from runner.engine.tokens import Tokens
from runner.engine.writes import Writes

_TICK_S = 5.0
_GAP_S = 30.0
"""A tick that comes so much too late shows that the machine slept, or that this program stood still."""


@dataclass(frozen=True, slots=True)
class LaunchEnd:
    """How a launch ended. `stop` None: there was nothing more that it could do.

    `rested`: why tasks were left open, and how many for each reason.
    """

    stop: Stop | None
    writes_sent: int
    taken: int
    rested: Mapping[str, int]


class Launch:
    """Runs the open tasks of one run until there is nothing more to do for them, or it has to stop."""

    def __init__(self, setup: EngineSetup, log: EventLog, transport: Transport, clock: Clock) -> None:
        self._setup = setup
        self._log = log
        self._clock = clock
        self._board = Board(setup, log, clock)
        tokens = Tokens(self._board)
        self._reads = Reads(self._board, transport, tokens)
        self._writes = Writes(self._board, transport, self._reads, tokens)
        self._admission = Admission(self._board, log)

    def stop(self, reason: str) -> None:
        """Ask it to stop, as a first SIGINT does: nothing new begins, what is in flight is finished."""
        self._board.stop(Stop(reason))

    def doubt_time(self) -> None:
        """Be told of a gap in time that the clock of the launch does not show: what leaves next are reads."""
        self._board.doubt_time()
        self._board.wake()

    async def run(self) -> LaunchEnd:
        """Work until the end; every event is on disk when this returns, unless storage failed."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._admission.feed)
            await self._dispatch(group)
        await self._flush()
        board = self._board
        stop = board.stopping
        if stop is None and self._admission.cut_short is not None:
            stop = Stop(self._admission.cut_short)
        put_off = next((lane.stopped for lane in board.lanes.values() if lane.put_off), None)
        if stop is None and put_off is not None:
            stop = Stop(put_off)
        stop = self._token_stop(stop)
        return LaunchEnd(stop, board.writes_sent, board.guards.taken, dict(board.rested))

    def progress(self, total: int, before: dict[Status, int]) -> ProgressState:
        """Where the launch stands now; `before` are the counts that it began with."""
        counts = {status: before.get(status, 0) + self._board.guards.counts[status] for status in Status}
        lanes = self._board.lanes.values()
        now = self._clock.now()
        elapsed_s = now - self._board.began_at
        done = sum(self._board.guards.counts.values())
        rate = done / elapsed_s if elapsed_s > 0 else 0.0
        left = max(0, total - sum(counts.values()))
        return ProgressState(
            total=total,
            counts=counts,
            in_flight=sum(lane.in_flight for lane in lanes),
            rate_per_s=rate,
            eta_s=left / rate if rate > 0 else None,
            pace_reason=self._pace_reason(now),
            elapsed_s=elapsed_s,
        )

    def _pace_reason(self, now: float) -> str | None:
        for lane in self._board.lanes.values():
            if lane.pace.waits(now) and lane.has_due:
                return f"waiting {max(0.0, lane.pace.not_before - now):.0f} s: {lane.pace.reason}"
        at, reason = self._board.rate.next_at(now)
        return f"waiting {at - now:.0f} s: {reason}" if at > now + 1.0 else None

    async def _dispatch(self, group: TaskGroup) -> None:
        board = self._board
        seen_at = self._clock.now()
        while not self._over():
            now = self._clock.now()
            if now - seen_at > _TICK_S + _GAP_S:
                board.slept(now)
            seen_at = now
            board.release_due(now)
            self._guard(now)
            lane = None if board.stopping is not None else self._ready_lane(group, now)
            at, _ = board.rate.next_at(now)
            if lane is None:
                await board.news(self._next_at(now))
            elif at > now:
                await board.news(min(at, self._next_at(now)))
            else:
                self._start(group, lane, now)

    def _over(self) -> bool:
        board = self._board
        if any(lane.in_flight for lane in board.lanes.values()):
            return False
        return board.stopping is not None or (self._admission.finished and not board.lives)

    def _ready_lane(self, group: TaskGroup, now: float) -> Lane | None:
        """A lane with something due and a free slot; the one with the fewest requests in flight."""
        ready: list[Lane] = []
        for lane in self._board.lanes.values():
            if lane.stopped is not None:
                self._let_go(lane)
            elif lane.ready(now):
                if lane.pace.half_open or lane.pace.gate_shut:
                    self._probe(group, lane)
                else:
                    ready.append(lane)
        return min(ready, key=lambda lane: lane.in_flight, default=None)

    def _start(self, group: TaskGroup, lane: Lane, now: float) -> None:
        lane.in_flight += 1
        group_of_looks = lane.take_looks()
        if group_of_looks is not None:
            group.start_soon(self._look, lane, *group_of_looks)
        else:
            live, _ = lane.writes.popleft()
            send = self._board.still_to_send(live)
            if send is None:
                lane.in_flight -= 1
                self._board.place(live)
                return
            self._board.rate.take(now)
            group.start_soon(self._write, lane, live, send)

    async def _look(self, lane: Lane, key: LookKey, lives: list[Live]) -> None:
        try:
            await self._reads.look(lane, key, lives)
        finally:
            lane.in_flight -= 1
        for live in lives:
            self._board.place(live)
        self._board.wake()

    async def _write(self, lane: Lane, live: Live, send: Send) -> None:
        try:
            await self._writes.write(lane, live, send)
        finally:
            lane.in_flight -= 1
        self._board.place(live)
        self._board.wake()

    def _probe(self, group: TaskGroup, lane: Lane) -> None:
        lane.pace.probing = True
        lane.in_flight += 1
        group.start_soon(self._probe_once, lane)

    async def _probe_once(self, lane: Lane) -> None:
        try:
            await self._reads.probe(lane, Scope(lane.entity))
        finally:
            lane.in_flight -= 1
        self._board.wake()

    def _let_go(self, lane: Lane) -> None:
        for live in lane.drain():
            self._board.place(live)

    def _guard(self, now: float) -> None:
        board, setup = self._board, self._setup
        if board.stopping is not None:
            return
        if setup.max_duration_s is not None and now - board.began_at >= setup.max_duration_s:
            board.stop(Stop(f"--max-duration {setup.max_duration_s:g} s is over"))
        self._guard_far_waits(now)
        for lane in board.lanes.values():
            # A server that refuses for load is there, and says when to come again.
            short = not board.writes_sent and not lane.limited
            patience_s = min(PATIENCE_FIRST_S, setup.patience_s) if short else setup.patience_s
            if lane.troubled and now - lane.useful_at > patience_s and lane.tasks:
                why = lane.pace.reason or "requests are not answered"
                board.stop(Stop(f"no useful answer for {patience_s:.0f} s ({why})"))

    def _guard_far_waits(self, now: float) -> None:
        """Where all that is left waits for a far moment, stop: only a server asks to wait for so long."""
        board = self._board
        due_at = board.next_due_at()
        if due_at is None or due_at - now <= FAR_S or not (self._admission.finished and board.all_wait):
            return
        board.stop(Stop(f"the server asks to wait {due_at - now:.0f} s more"))

    def _next_at(self, now: float) -> float:
        times = [now + _TICK_S]
        due_at = self._board.next_due_at()
        if due_at is not None:
            times.append(due_at)
        if self._setup.max_duration_s is not None and self._board.stopping is None:
            times.append(self._board.began_at + self._setup.max_duration_s)
        times.extend(
            lane.pace.not_before for lane in self._board.lanes.values() if lane.pace.not_before > now
        )
        return min(times)

    def _token_stop(self, stop: Stop | None) -> Stop | None:
        """7 says that nothing was accepted in this launch; where something was, its tasks say the code."""
        if stop is not None and stop.exit_code == EXIT_TOKEN and self._board.guards.taken:
            return Stop(stop.reason)
        if stop is not None and stop.exit_code in {EXIT_STORAGE, EXIT_TOKEN}:
            return stop
        if self._board.guards.barred:
            return Stop("every reply was 403: this token may do nothing here", EXIT_TOKEN)
        return stop

    async def _flush(self) -> None:
        try:
            await self._log.append([])
        except StorageFault as fault:
            self._board.stop(Stop(str(fault), EXIT_STORAGE))

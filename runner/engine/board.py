"""Where every task of a launch stands: waiting for its time, in a lane's queue, or done."""

from collections import Counter, deque

import anyio

from runner.core.event import Event, Settled
from runner.core.history import after
from runner.core.outcome import Outcome
from runner.core.pace import Pace
from runner.core.plan import plan
from runner.core.ports import Clock, EventLog, StorageFault
from runner.core.rate import Rate
from runner.core.step import Look, Rest, Send, Settle, View
from runner.core.summary import EXIT_STORAGE
from runner.engine.due import DueQueue
from runner.engine.guards import Guards
from runner.engine.holds import Holds
from runner.engine.lane import Lane
from runner.engine.live import Live, Moment
from runner.engine.serverclock import ServerClock
from runner.engine.setup import EngineSetup
from runner.engine.stop import Stop

UNREAD_MAX = 6
"""So many reads of one task without an answer, and the launch leaves it alone."""
_BUDGET_WAIT_S = 5.0
_DOUBTFUL_TARGET = "an earlier task on the same target is in doubt"


class Board:
    """All tasks in memory, by what they wait for. Synchronous: it decides, the jobs act.

    Every change of a task's past goes through `record`, and then `place` asks the planner what is next.
    """

    def __init__(self, setup: EngineSetup, log: EventLog, clock: Clock) -> None:
        self.setup = setup
        self.clock = clock
        self.began_at = self.launched_at = clock.now()
        self.rate = Rate.of(setup.limits)
        self.lanes: dict[str | None, Lane] = {}
        self.lives: dict[int, Live] = {}
        self.guards = Guards(setup.max_failures)
        self.stopping: Stop | None = None
        self.marker_read = setup.marker_read
        self.server = ServerClock(clock, setup.server_ahead_s)
        self.writes_sent = 0
        self._log = log
        self._due = DueQueue()
        self._holds = Holds()
        self._in_turn: deque[Live] = deque()
        self._placing = False
        self.rested = Counter[str]()
        self._news = anyio.Event()

    def record(self, live: Live, event: Event) -> None:
        """Write an event with the next group, and fold it into the task's past."""
        self.log_soon([event])
        live.past = after(live.past, event)  # pyright: ignore[reportArgumentType] - task events only

    def log_soon(self, events: list[Event]) -> None:
        """Write events with the next group; a storage fault stops the launch."""
        try:
            self._log.append_soon(events)
        except StorageFault as fault:
            self.stop(Stop(str(fault), EXIT_STORAGE))

    async def log_now(self, events: list[Event]) -> bool:
        """Write events to disk; False (and the launch stops) where storage failed, now or before."""
        try:
            await self._log.append(events)
        except StorageFault as fault:
            self.stop(Stop(str(fault), EXIT_STORAGE))
        return self.storage_sound()

    def storage_sound(self) -> bool:
        """Whether a request may leave: False (and the launch stops) where any write of the log has failed."""
        try:
            self._log.check_sound()
        except StorageFault as fault:
            self.stop(Stop(str(fault), EXIT_STORAGE))
        return self.stopping is None or self.stopping.may_write

    def stop(self, stop: Stop) -> None:
        """Begin no more requests. The first reason stays, but for a storage fault."""
        if self.stopping is None or stop.exit_code == EXIT_STORAGE:
            self.stopping = stop
        self.wake()

    def wake(self) -> None:
        """Something changed: the dispatcher looks again."""
        self._news.set()

    async def news(self, until: float) -> None:
        """Wait for a change, at most until the given time."""
        with anyio.move_on_after(max(0.0, until - self.clock.now())):
            await self._news.wait()
        self._news = anyio.Event()

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await anyio.sleep(seconds)

    def admit(self, live: Live) -> None:
        """Take a task in; an idle lane's patience begins with it."""
        lane = self.lane_of(live)
        lane.useful_at = lane.useful_at if lane.tasks else self.clock.now()
        lane.tasks += 1
        self.lives[live.task.number] = live
        self._holds.claim(live)
        self.place(live)

    def place(self, live: Live) -> None:
        """Ask what is next for a task, and put it where it waits for that.

        A launch that stops begins nothing more, but writes down what is decided already.
        """
        step = plan(self.view(live))
        if self.stopping is not None and not (isinstance(step, Settle) and self.stopping.may_write):
            self._leave(live, self.stopping.reason)
            return
        match step:
            case Settle():
                self.settle(live, step.outcome)
            case Rest():
                self._leave(live, step.reason)
            case Look() if live.unread >= UNREAD_MAX:
                self._leave(live, f"reads of its target were not answered: {live.unread_why}")
            case Look():
                self._queue(live, step)
            case Send():
                self._queue_in_turn(live, step)

    def _queue_in_turn(self, live: Live, step: Send) -> None:
        """A write waits while another task has hold of its target."""
        if self._holds.forbids(live):
            self._leave(live, _DOUBTFUL_TARGET)
        elif self._holds.takes(live):
            self._queue(live, step)

    def still_to_send(self, live: Live) -> Send | None:
        """The write of a task that waited in its lane, if it is still due: its proof may be out of date."""
        view = self.view(live)
        step = plan(view)
        return step if isinstance(step, Send) and step.at <= view.now else None

    def settle(self, live: Live, outcome: Outcome) -> None:
        """Write down a final status and let the task go."""
        self.record(live, Settled(live.task.number, self.clock.now(), outcome))
        stop = self.guards.on_outcome(outcome)
        if stop is not None:
            self.stop(stop)
        self._leave(live, None)

    def park(self, count_max: int) -> int:
        """Let go of tasks that only wait for a later look and can be read again from the log; how many."""
        parked = self._due.park(count_max)
        for live in parked:
            self._forget(live)
        return len(parked)

    def release_due(self, now: float) -> None:
        """Move tasks whose time has come into their lanes."""
        while (live := self._due.pop(now)) is not None:
            self.place(live)

    def next_due_at(self) -> float | None:
        """When the next waiting task is due."""
        return self._due.next_at()

    @property
    def all_wait(self) -> bool:
        """Whether nothing is queued or in flight."""
        return not any(lane.has_due or lane.in_flight for lane in self.lanes.values())

    def lane_of(self, live: Live) -> Lane:
        """The lane of a task's entity."""
        entity = live.task.scope.entity
        if entity not in self.lanes:
            self.lanes[entity] = Lane(entity, Pace(self.setup.concurrency), self.clock.now())
        return self.lanes[entity]

    def slept(self, now: float) -> None:
        """This machine slept, or this program stood still: as if it were launched anew.

        Targets are looked at again before anything is sent to them, and deadlines begin anew.
        """
        self.launched_at = now
        for lane in self.lanes.values():
            lane.useful_at = now
        self.doubt_time()

    def doubt_time(self) -> None:
        """Nobody knows how late it is for the server: read first in each lane."""
        for lane in self.lanes.values():
            lane.pace.suspect()

    def view(self, live: Live) -> View:
        """The task as the planner sees it."""
        moment = Moment(self.clock.now(), self.server.at_most(), self.launched_at)
        return live.view(self.setup, moment, marker_read=self.marker_read)

    def _queue(self, live: Live, step: Send | Look) -> None:
        now = self.clock.now()
        lane = self.lane_of(live)
        live.waits = step.at > now
        if lane.stopped is not None:
            self._leave(live, lane.stopped)
        elif live.waits:
            self._due.add(step.at, live)
        elif isinstance(step, Look):
            lane.add_look(live, step.purpose)
            self.wake()
        elif live.past.attempts and not lane.pace.retry_allowed(now):
            self._due.add(now + _BUDGET_WAIT_S, live)
        else:
            lane.writes.append((live, step))
            self.wake()

    def _leave(self, live: Live, reason: str | None) -> None:
        """Let a task go; what waited for its target is placed in its turn, or leaves with it."""
        self._forget(live)
        if reason is not None:
            self.rested[reason] += 1
        self.wake()
        for other in self._holds.let_go(live):
            if live.in_doubt:
                self._forget(other)
                self.rested[_DOUBTFUL_TARGET] += 1
            else:
                other.forget_look()
                self._in_turn.append(other)
        if not self._placing:
            self._place_in_turn()

    def _place_in_turn(self) -> None:
        """One after the other, not one within the other: a thousand may wait for one target."""
        self._placing = True
        try:
            while self._in_turn:
                self.place(self._in_turn.popleft())
        finally:
            self._placing = False

    def _forget(self, live: Live) -> None:
        if self.lives.pop(live.task.number, None) is not None:
            self.lane_of(live).tasks -= 1

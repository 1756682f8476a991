"""The transport of a simulation, which watches what the engine puts on it."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

from runner.core.request import write_request
from runner.core.task import Task
from runner.core.wire import Arrived, Reply, Request
from runner.engine.setup import EngineSetup
from runner.sandbox.in_process import InProcess
from tests.simulation.memorylog import CrashError, MemoryLog
from tests.simulation.virtualtime import VirtualClock

EPSILON_S = 0.01
MINUTE_S = 59.9
"""A write is counted when it is decided, and leaves once it is on disk: a little later."""


class Wire:
    """Sends to the tenant, and writes down every breach of a rule that can be seen on the wire."""

    def __init__(
        self, tenant: InProcess, log: MemoryLog, tasks: Sequence[Task], clock: VirtualClock, run_token: str
    ) -> None:
        self._tenant = tenant
        self._log = log
        self._clock = clock
        self._tasks = {task.number: task for task in tasks}
        self._prefix = f"zbr-{run_token}-"
        self._bodies: dict[str, bytes] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._dead = False
        self._concurrency = 0
        self._per_minute: int | None = None
        self._in_flight: Counter[str | None] = Counter()
        self._minute: deque[float] = deque()
        self._closed: dict[str | None, tuple[float, float]] = {}
        self.writes: Counter[str] = Counter()
        self.requests = 0
        self.breaches: list[str] = []

    def begin(self, setup: EngineSetup) -> None:
        """A launch begins: its limits hold, and what former ones were told by the server is forgotten."""
        self._dead = False
        self._concurrency = setup.concurrency
        self._per_minute = setup.limits.per_minute
        self._in_flight.clear()
        self._minute.clear()
        self._closed.clear()

    def abandon(self) -> None:
        """The program dies: nobody waits for a reply any more."""
        self._dead = True
        for task in self._sending:
            task.cancel()

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Send one request to the tenant."""
        del timeout_s
        if self._dead:
            raise CrashError
        entity = request.headers.get("Zuora-Entity-Ids")
        self._watch(request, entity)
        self._in_flight[entity] += 1
        current = asyncio.current_task()
        assert current is not None
        self._sending.add(current)
        try:
            reply = await self._tenant.send(request)
        except asyncio.CancelledError:
            if self._dead:
                raise CrashError from None
            raise
        finally:
            self._sending.discard(current)
            self._in_flight[entity] -= 1
        self._learn(reply, entity)
        return reply

    def _watch(self, request: Request, entity: str | None) -> None:
        now = self._clock.now()
        self.requests += 1
        if self._in_flight[entity] >= self._concurrency:
            self.breaches.append(f"more than {self._concurrency} in flight for entity {entity}")
        told_at, until = self._closed.get(entity, (0.0, 0.0))
        if now < until - EPSILON_S and self._begun_at(request) > told_at:
            self.breaches.append(f"{request.method} {request.path} {until - now:.1f} s before Retry-After")
        if self._per_minute is not None:
            while self._minute and self._minute[0] <= now - MINUTE_S:
                self._minute.popleft()
            self._minute.append(now)
            if len(self._minute) > self._per_minute:
                self.breaches.append(f"more than {self._per_minute} requests in a minute")
        if request.method != "GET":
            self._watch_write(request)

    def _watch_write(self, request: Request) -> None:
        track = request.headers["Zuora-Track-Id"]
        self.writes[track] += 1
        sent = self._log.tracks.get(track)
        if self._log.failed:
            self.breaches.append(f"{track}: a write after a storage fault")
        if sent is None:
            self.breaches.append(f"{track}: a write without a `sent` event on disk")
            return
        if self.writes[track] > 1:
            self.breaches.append(f"{track}: {self.writes[track]} requests for one `sent` event")
        task = self._tasks[sent.task]
        if request != write_request(task, track, sent.generation):
            self.breaches.append(f"{track}: not the frozen request")
        if task.keyed:
            self._watch_key(request, sent.generation, task)

    def _watch_key(self, request: Request, generation: int, task: Task) -> None:
        key = request.headers["Idempotency-Key"]
        if self._bodies.setdefault(key, request.body) != request.body:
            self.breaches.append(f"task {task.number}: other bytes under the same key")
        earlier = [
            effect for effect in self._tenant.effects
            if effect["name"] == task.target and effect["idempotency_key"] != key and self.ours(effect)
        ]  # fmt: skip
        if earlier:
            self.breaches.append(f"task {task.number}: generation {generation} after one that took effect")

    def ours(self, effect: object) -> bool:
        """Whether an effect is one of this run's."""
        track = effect.get("track_id") if isinstance(effect, dict) else None
        return isinstance(track, str) and track.startswith(self._prefix)

    def _begun_at(self, request: Request) -> float:
        """When a request was decided: a write that is on disk already leaves, whatever comes meanwhile."""
        sent = self._log.tracks.get(request.headers.get("Zuora-Track-Id", ""))
        return sent.at if sent is not None else self._clock.now()

    def _learn(self, reply: Reply, entity: str | None) -> None:
        if isinstance(reply, Arrived) and reply.status == 429:
            asked = reply.headers.get("retry-after", "")
            if asked.isdigit():
                now = self._clock.now()
                _, until = self._closed.get(entity, (0.0, 0.0))
                self._closed[entity] = (now, max(until, now + float(asked)))

"""The transport of a simulation, which watches what the engine puts on it.

It keeps every write for the checker, and writes down each breach of a limit: concurrency, requests a minute,
Retry-After.
"""

import asyncio
from collections import Counter, deque

from runner.core.wire import Arrived, Reply, Request
from runner.engine.setup import EngineSetup
from runner.sandbox.in_process import InProcess
from tests.checker.record import OnWire
from tests.simulation.memorylog import CrashError, MemoryLog
from tests.simulation.virtualtime import VirtualClock

EPSILON_S = 0.01
MINUTE_S = 59.9
"""A write is counted when it is decided, and leaves once it is on disk: a little later."""


class Wire:
    """Sends to the tenant; `clock` is the tenant's."""

    def __init__(self, tenant: InProcess, log: MemoryLog, clock: VirtualClock, run_token: str) -> None:
        self._tenant = tenant
        self._log = log
        self._clock = clock
        self.prefix = f"zbr-{run_token}-"
        self._sending: set[asyncio.Task[None]] = set()
        self._dead = False
        self._concurrency = 0
        self._per_minute: int | None = None
        self._in_flight: Counter[str | None] = Counter()
        self._minute: deque[float] = deque()
        self._closed: dict[str | None, tuple[float, float]] = {}
        self.writes: Counter[str] = Counter()
        self.sent: list[OnWire] = []
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
            self._watch_write(request, now)

    def _watch_write(self, request: Request, now: float) -> None:
        headers = request.headers
        track = headers["Zuora-Track-Id"]
        self.writes[track] += 1
        self.sent.append(
            OnWire(
                now,
                track,
                request.method,
                request.path,
                request.body,
                headers.get("Idempotency-Key"),
                headers.get("Zuora-Entity-Ids"),
                headers.get("Zuora-Org-Ids", ""),
                committed=track in self._log.tracks,
                after_fault=self._log.failed,
            )
        )

    def ours(self, effect: object) -> bool:
        """Whether an effect is one of this run's."""
        track = effect.get("track_id") if isinstance(effect, dict) else None
        return isinstance(track, str) and track.startswith(self.prefix)

    def _begun_at(self, request: Request) -> float:
        """When a request was decided: a write that is on disk already leaves, whatever comes meanwhile."""
        decided_at = self._log.decided_at.get(request.headers.get("Zuora-Track-Id", ""))
        return decided_at if decided_at is not None else self._clock.now()

    def _learn(self, reply: Reply, entity: str | None) -> None:
        if isinstance(reply, Arrived) and reply.status == 429:
            asked = reply.headers.get("retry-after", "")
            if asked.isascii() and asked.isdigit() and len(asked) <= 9:
                now = self._clock.now()
                _, until = self._closed.get(entity, (0.0, 0.0))
                self._closed[entity] = (now, max(until, now + float(asked)))

"""The door for simulation: replies as the runner's own transport would tell them, on given time."""

import gzip
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

from runner.core.wire import Arrived, Lost, NotSent, NotSentCause, Reply, Request
from runner.sandbox.answers import Answer
from runner.sandbox.delivery import Begun, Cut, Dripped, NoConnection, Reset, Whole
from runner.sandbox.scenario import Scenario, parse_scenario
from runner.sandbox.setup import Setup
from runner.sandbox.simulator import Simulator
from runner.sandbox.state import Birth, JsonObject

REPLY_BYTES_MAX: Final = 4 * 1024 * 1024
"""A transport gives up on a larger reply (inflated)."""


class InProcess:
    """A tenant in memory. `now` gives the time (Unix seconds), `sleep` waits, both on the caller's clock.

    A bearer token is added where a request has none. A reply that takes longer than `timeout_s` (a read:
    `read_timeout_s`) is lost. `effects` holds what `effects.jsonl` would, `seen` the requests as they came.
    """

    def __init__(
        self,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        *,
        scenario: Scenario | str = "",
        setup: Setup | None = None,
        birth: Birth | None = None,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._scenario = parse_scenario(scenario) if isinstance(scenario, str) else scenario
        self._setup = setup or Setup()
        self._birth = birth or Birth(id=10001, secret="simulated", at=now())  # noqa: S106  (a made-up tenant's)
        self._simulator = Simulator(self._birth, self._setup, self._scenario, now())
        self._token = self._simulator.token(now())
        self._token_at = now()
        self.timeout_s = 150.0
        self.read_timeout_s = 30.0
        self.effects: list[JsonObject] = []
        self.seen: list[Request] = []
        self._journal: list[JsonObject] = []

    async def send(self, request: Request) -> Reply:
        """Send one request; what comes back, as the runner's transport tells it."""
        self.seen.append(request)
        begun = self._simulator.begin(self._with_token(request), self._now())
        self._remember()
        try:
            return await self._receive(
                begun, self.read_timeout_s if request.method == "GET" else self.timeout_s
            )
        finally:
            self._simulator.end(begun.ticket)

    def advance(self) -> None:
        """Let what is due by now happen, without a request."""
        self._simulator.advance(self._now())
        self._remember()

    def restart(self) -> None:
        """Begin a new process on the same tenant: its state comes back from the journal alone."""
        now = self._now()
        self._simulator = Simulator(self._birth, self._setup, self._scenario, now)
        self._simulator.advance(now)
        for event in self._journal:
            self._simulator.replay(event, now)
        self._simulator.resume()

    async def _receive(self, begun: Begun, timeout_s: float) -> Reply:
        delivery = begun.delivery
        wait_s = begun.delay_s + (delivery.over_s if isinstance(delivery, Dripped) else 0.0)
        if wait_s > timeout_s:
            await self._sleep(timeout_s)
            return Lost(f"no whole reply within {timeout_s:g} s")
        if wait_s > 0:
            await self._sleep(wait_s)
        match delivery:
            case Whole(answer) | Dripped(answer):
                return _read(answer)
            case Cut():
                return Lost("the reply was cut off")
            case Reset():
                return Lost("the connection was reset")
            case NoConnection():
                return NotSent(NotSentCause.CONNECT, "the connection was refused")

    def _with_token(self, request: Request) -> Request:
        if any(name.lower() == "authorization" for name in request.headers) or request.path == "/oauth/token":
            return request
        now = self._now()
        if now - self._token_at > 0.8 * self._scenario.tenant.token_s:
            self._token, self._token_at = self._simulator.token(now), now
        headers = {**request.headers, "Authorization": f"Bearer {self._token}"}
        return Request(request.method, request.path, headers, request.body)

    def _remember(self) -> None:
        for event in self._simulator.drain():
            self._journal.append(event)
            effect = event.get("effect")
            if isinstance(effect, dict):
                self.effects.append(effect)


def _read(answer: Answer) -> Reply:
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, REPLY_BYTES_MAX + 1)
        except (zlib.error, gzip.BadGzipFile):
            return Lost("the reply could not be inflated")
    if len(body) > REPLY_BYTES_MAX:
        return Lost("the reply is too large")
    return Arrived(answer.status, answer.headers, body)

"""A simulated tenant on a clock that the test moves."""

import json
from dataclasses import dataclass, field
from typing import Any

from runner.core.wire import Request
from runner.sandbox.delivery import Begun, Whole
from runner.sandbox.scenario import parse_scenario
from runner.sandbox.setup import Setup
from runner.sandbox.simulator import Simulator
from runner.sandbox.state import Birth, JsonObject

BEGINNING = 1_790_000_000.0
BIRTH = Birth(id=10001, secret="test", at=BEGINNING)
AD_HOC: JsonObject = {"batches": ["Batch1"], "targetDate": "2026-09-30", "name": "month end"}


@dataclass
class Seen:
    """A reply as a client sees it."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.raw)

    @property
    def code(self) -> int:
        """The first reason's code."""
        return self.body["reasons"][0]["code"]

    @property
    def category(self) -> int:
        """The last two digits of the first reason's code."""
        return self.code % 100


@dataclass
class Rig:
    """One simulator and its time; `setup` and `scenario` as a command would give them."""

    scenario: str = ""
    setup: Setup = field(default_factory=Setup)
    now: float = BEGINNING
    version: str | None = "2025-08-12"
    events: list[JsonObject] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.simulator = Simulator(BIRTH, self.setup, parse_scenario(self.scenario), self.now)
        self.token = self.simulator.token(self.now)

    @property
    def effects(self) -> list[Any]:
        """The effects so far, as they would stand in effects.jsonl."""
        return [event["effect"] for event in self.events if "effect" in event]

    def begin(self, method: Any, path: str, body: object = None, **headers: str) -> Begun:
        """Begin a request and leave it in flight; underscores in header names stand for hyphens."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if self.version is not None:
            sent["Zuora-Version"] = self.version
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value != ""}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        begun = self.simulator.begin(Request(method, path, sent, raw), self.now)
        self.events += self.simulator.drain()
        return begun

    def call(self, method: Any, path: str, body: object = None, **headers: str) -> Seen:
        """Make a whole request."""
        begun = self.begin(method, path, body, **headers)
        self.simulator.end(begun.ticket)
        assert isinstance(begun.delivery, Whole), begun.delivery
        answer = begun.delivery.answer
        return Seen(answer.status, dict(answer.headers), answer.body)

    def post(self, body: object, **headers: str) -> Seen:
        """Create a bill run."""
        return self.call("POST", "/v1/bill-runs", body, **headers)

    def put(self, path: str, body: object = None, **headers: str) -> Seen:
        """PUT, with an empty object where no body is given."""
        return self.call("PUT", path, {} if body is None else body, **headers)

    def get(self, path: str, **headers: str) -> Seen:
        """GET."""
        return self.call("GET", path, **headers)

    def after(self, seconds: float) -> "Rig":
        """Move the time on."""
        self.now += seconds
        self.token = self.simulator.token(self.now)
        self.simulator.advance(self.now)
        self.events += self.simulator.drain()
        return self

    def reborn(self, scenario: str | None = None) -> "Rig":
        """The same tenant in a new process: its state comes from its events alone."""
        fresh = Rig(self.scenario if scenario is None else scenario, self.setup, self.now, self.version)
        for event in self.events:
            fresh.simulator.replay(json.loads(json.dumps(event)), self.now)
        fresh.simulator.resume()
        fresh.events = list(self.events)
        return fresh

"""The door for users, benchmarks and the kill harness: the simulated tenant over HTTP."""

import asyncio
import gc
import hmac
import json
import os
import time
from pathlib import Path
from typing import Final, cast

from aiohttp import web

from runner.core.wire import Method, Request
from runner.sandbox.http_delivery import deliver
from runner.sandbox.record import Record
from runner.sandbox.scenario import ScenarioError, load_scenario
from runner.sandbox.setup import Setup
from runner.sandbox.simulator import Simulator

CONTROL: Final = "/_sandbox/"
"""Paths below this are the sandbox's own: they need the secret that stands in its directory."""
CONTROL_HEADER: Final = "X-Sandbox-Secret"
IDLE_S: Final = 120.0
"""A server that a command started ends by itself after this time without a request."""


class HttpDoor:
    """Serves one tenant. `pinned`: started by hand, so that it keeps its setup and never ends by itself."""

    def __init__(self, directory: Path, setup: Setup, *, secret: str, pinned: bool) -> None:
        self.stopped = asyncio.Event()
        self._record = Record(directory, time.time())
        self._secret = secret
        self._pinned = pinned
        self._setup = setup
        self._digest = setup.digest()
        self._simulator = self._rebuilt(setup)
        self._touched = time.monotonic()
        self._attached: set[int] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One HTTP exchange."""
        self._touched = time.monotonic()
        body = await request.content.read()
        if request.path.startswith(CONTROL):
            return self._control(request, body)
        simulator = self._simulator
        taken = Request(cast(Method, request.method), request.raw_path, dict(request.headers), body)
        begun = simulator.begin(taken, time.time())
        self._record.write(simulator.drain())
        try:
            if begun.delay_s > 0:
                await asyncio.sleep(begun.delay_s)
            return await deliver(request, begun.delivery)
        finally:
            simulator.end(begun.ticket)

    def tick(self) -> None:
        """Let what is due by now happen, write it down, and end where nobody needs this server any more."""
        self._simulator.advance(time.time())
        self._record.write(self._simulator.drain())
        self._attached = {pid for pid in self._attached if _lives(pid)}
        idle = time.monotonic() - self._touched > IDLE_S
        if idle and not self._attached and not self._pinned:
            self.stopped.set()

    def close(self) -> None:
        """Close the record."""
        self._record.close()

    def _control(self, request: web.BaseRequest, body: bytes) -> web.Response:
        given = request.headers.get(CONTROL_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=403)
        match request.path.removeprefix(CONTROL):
            case "attach":
                return self._attach(body)
            case "stop":
                self.stopped.set()
                return web.json_response({"pid": os.getpid()})
            case "ping":
                return web.json_response({"pid": os.getpid(), "pinned": self._pinned})
            case _:
                return web.Response(status=404)

    def _attach(self, body: bytes) -> web.Response:
        """A command joins: its process keeps this server alive, and its setup takes effect."""
        members = cast("dict[str, str | int]", json.loads(body))
        self._attached.add(int(members["pid"]))
        setup = Setup.loads(str(members["setup"]))
        digest = setup.digest()
        if digest != self._digest and not self._pinned:
            try:
                self._change(setup)
            except (ScenarioError, ValueError) as fault:
                return web.json_response({"message": str(fault)}, status=409)
            self._digest = digest
        return web.json_response({"pid": os.getpid(), "pinned": self._pinned})

    def _change(self, setup: Setup) -> None:
        """Go on with another setup or scenario: the state stays, what the scenario mentions is read anew."""
        self.tick()
        self._simulator = self._rebuilt(setup)
        self._setup = setup

    def _rebuilt(self, setup: Setup) -> Simulator:
        now = time.time()
        simulator = Simulator(self._record.birth, setup, load_scenario(setup.scenario), now)
        simulator.advance(now)
        # A hundred thousand objects that all stay: looking for garbage among them takes longer than they do.
        gc.disable()
        try:
            self._record.replay(lambda event: simulator.replay(event, now))
        finally:
            gc.enable()
            gc.freeze()
        simulator.resume()
        self._record.write(simulator.drain())
        return simulator


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The simulated tenant with its faults: requests go in, replies and effects come out.

No clock, no file, no network: time is an argument (Unix seconds), what is to be remembered is drained as
events, and the same requests at the same times have the same replies. Two doors lead here: `http_door` and
`in_process`.
"""

import base64
from functools import partial
from typing import cast

from runner.core.wire import Method, Request
from runner.sandbox.answers import Answer, RefusedError
from runner.sandbox.calls import Call, body_of, take_apart
from runner.sandbox.chance import uuid_of
from runner.sandbox.delivery import Begun, Delivery, Reset, Ticket, Whole
from runner.sandbox.faults import FaultBook, delay_of, delivered, effect_of, invented, refuses
from runner.sandbox.scenario import Scenario
from runner.sandbox.scenario_faults import FaultPart
from runner.sandbox.setup import Setup
from runner.sandbox.state import Birth, JsonObject
from runner.sandbox.tenant import Taken, Tenant
from runner.sandbox.world import World


class Simulator:
    """One simulated tenant.

    Every request is begun with `begin`; its ticket is given back with `end` when its reply has left or its
    client has gone. `drain` gives the events since the last time: they are to be written down before a reply
    leaves, and `replay` takes them up again in a new process.
    """

    def __init__(self, birth: Birth, setup: Setup, scenario: Scenario, started_at: float) -> None:
        self._world = World(birth, setup, scenario, started_at)
        self._tenant = Tenant(self._world)
        self._faults = FaultBook(scenario.faults, scenario.tenant.seed)
        self._started_at = started_at
        self._requests = 0
        self._late: dict[int, JsonObject] = {}
        self._late_count = 0

    def begin(self, request: Request, now: float) -> Begun:
        """Take a request in: whatever it does is done (or planned) when this returns."""
        self.advance(now)
        self._requests += 1
        request_id = uuid_of(self._world.birth.secret, self._started_at, self._requests)
        call = take_apart(request)
        fault = self._strike(call, now) if self._faults.faults else None
        latency_s = self._world.scenario.tenant.latency_s
        if fault is None:
            answer, ticket = self._tenant.serve(call, request_id, now)
            return Begun(ticket, latency_s, Whole(answer))
        delivery, ticket = self._struck(fault, Taken(call, request_id, now))
        return Begun(ticket, latency_s + delay_of(fault), delivery)

    def end(self, ticket: Ticket) -> None:
        """Give back what a request held while it was in flight."""
        self._tenant.release(ticket)

    def advance(self, now: float) -> None:
        """Let everything happen that is due by now: states that move by themselves, and late effects."""
        self._world.agenda.advance(now)

    def token(self, now: float) -> str:
        """A bearer token that covers all of the tenant's entities, without a request for it."""
        return self._tenant.tokens.issue(now)

    def drain(self) -> list[JsonObject]:
        """The events since the last time, in order; each can be written as one line of JSON."""
        return self._tenant.drain()

    def replay(self, event: JsonObject, now: float) -> None:
        """Take up an event of an earlier process; `now` tells which stored replies are over."""
        self._tenant.replay(event, now)
        late, done, faults = event.get("late"), event.get("late_done"), event.get("faults")
        if isinstance(late, dict):
            number = cast("int", late["number"])
            self._late[number] = late
            self._late_count = max(self._late_count, number)
        if isinstance(done, int):
            self._late.pop(done, None)
        if isinstance(faults, dict):
            self._faults.restore(faults)

    def resume(self) -> None:
        """After the replay: effects that were still to come will come."""
        for number, late in list(self._late.items()):
            self._world.agenda.add(cast("float", late["due"]), partial(self._take_effect, number))

    def _strike(self, call: Call, now: float) -> FaultPart | None:
        fault = self._faults.pick(call, _target(call), now - self._started_at)
        if fault is not None:
            self._tenant.note({"at": now, "faults": self._faults.dumps()})
        return fault

    def _struck(self, fault: FaultPart, taken: Taken) -> tuple[Delivery, Ticket]:
        made_up = invented(fault, taken.call, taken.request_id)
        if made_up is not None and fault.fault not in {"html200", "redirect"}:
            made_up = self._tenant.decorated(taken, made_up)
        effect = effect_of(fault)
        if effect == "applied":
            real, ticket = self._tenant.serve(taken.call, taken.request_id, taken.now)
            self._keep(fault, taken, made_up)
            return delivered(fault, made_up or real), ticket
        self._tenant.count(taken.now)
        first_use = effect == "none" or (taken.call.writes and self._plan_late(fault, taken))
        if first_use:
            self._keep(fault, taken, made_up)
        return _or_reset(fault, made_up), Ticket()

    def _plan_late(self, fault: FaultPart, taken: Taken) -> bool:
        """Let a request take effect later; False where its key has been used."""
        key = _key(taken.call)
        if key is not None and self._tenant.keys.use(key, taken.use, taken.now) is not None:
            return False
        self._late_count += 1
        request = taken.call.request
        headers = taken.call.headers.items()
        late: JsonObject = {
            "number": self._late_count,
            "due": taken.now + fault.after_s,
            "method": request.method,
            "path": request.path,
            "headers": {
                name: value for name, value in headers if name != "authorization" and value.isascii()
            },
            "body": base64.b64encode(request.body).decode(),
            "request_id": taken.request_id,
        }
        self._late[self._late_count] = late
        self._tenant.note({"at": taken.now, "late": late})
        self._world.agenda.add(taken.now + fault.after_s, partial(self._take_effect, self._late_count))
        return True

    def _take_effect(self, number: int, at: float) -> None:
        late = self._late.pop(number, None)
        if late is None:
            return
        headers = cast("dict[str, str]", late["headers"])
        body = base64.b64decode(str(late["body"]))
        call = take_apart(Request(cast(Method, late["method"]), str(late["path"]), headers, body))
        key = _key(call)
        try:
            where = self._tenant.where_of(call)
        except RefusedError:
            self._tenant.note({"at": at, "late_done": number})
        else:
            self._tenant.act(Taken(call, str(late["request_id"]), at, where, key), late=number)
        if key is not None:
            self._tenant.keys.release(key)

    def _keep(self, fault: FaultPart, taken: Taken, made_up: Answer | None) -> None:
        """Store what the fault made up, where such a refusal is stored under a key."""
        key = _key(taken.call)
        if key is None or made_up is None or not refuses(fault):
            return
        stored = self._tenant.keys.keeps(made_up.status) if fault.stored is None else fault.stored
        if stored:
            self._tenant.keep(Taken(taken.call, taken.request_id, taken.now, taken.where, key), made_up)


def _target(call: Call) -> str:
    """What a fault's `target` is compared with: the name of what is created, else the key in the path."""
    if call.name != "create_bill_run":
        return call.key
    try:
        return str(body_of(call).get("name", ""))
    except RefusedError:
        return ""


def _or_reset(fault: FaultPart, made_up: Answer | None) -> Delivery:
    """What arrives of a request that was not served: what the fault made up, else nothing."""
    if made_up is None:
        return delivered(fault, Answer(200, b"")) if fault.fault == "no_connect" else Reset()
    return delivered(fault, made_up)


def _key(call: Call) -> str | None:
    """The idempotency key of a request that may have one."""
    key = call.headers.get("idempotency-key") if call.request.method == "POST" else None
    return key if key and key.isascii() else None

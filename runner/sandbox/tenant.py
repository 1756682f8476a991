"""A tenant without faults: it admits a request, performs it, and remembers what it did."""

from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final, cast

from runner.sandbox.answers import Answer, RefusedError, failure, message_only, query_failure, success
from runner.sandbox.bill_run_views import utc_time
from runner.sandbox.bill_runs import cancel_bill_run, create_bill_run, created_view, get_bill_run, made_by
from runner.sandbox.calls import Call, check_line, check_track_id, refuse_unknown
from runner.sandbox.delivery import Ticket
from runner.sandbox.idempotency import Keys, Stored, stored_from
from runner.sandbox.invoice_schedules import detach_charges, get_invoice_schedule, query_invoice_schedule
from runner.sandbox.journal_runs import cancel_journal_run, get_journal_entries, get_journal_run
from runner.sandbox.limits import RateLimits, Slots
from runner.sandbox.oauth import Grant, Tokens
from runner.sandbox.object_query import query_bill_run, query_bill_runs
from runner.sandbox.scope import where_of
from runner.sandbox.state import NOWHERE, Json, JsonObject, Where
from runner.sandbox.world import Change, Done, World

_READERS: Final = {
    "get_bill_run": get_bill_run,
    "get_journal_run": get_journal_run,
    "get_journal_entries": get_journal_entries,
    "get_invoice_schedule": get_invoice_schedule,
    "query_bill_runs": query_bill_runs,
    "query_bill_run": query_bill_run,
    "query_invoice_schedule": query_invoice_schedule,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A request on its way through the tenant, with the id of its reply."""

    call: Call
    request_id: str
    now: float
    where: Where = NOWHERE
    key: str | None = None

    @property
    def use(self) -> str:
        """What an idempotency key is bound to: method and URL."""
        return f"{self.call.request.method} {self.call.request.path}"


class Tenant:
    """Serves requests on a world. Every change is noted as an event, to be drained and written down."""

    def __init__(self, world: World) -> None:
        scenario = world.scenario
        self.world = world
        self.keys = Keys(scenario.keys)
        self.tokens = Tokens(world.birth, world.setup, scenario.tenant.token_s)
        self._rates = RateLimits(scenario.limits)
        self._slots = Slots(scenario.limits)
        self._replay_track_id = scenario.keys.replay_track_id
        self._effects = 0
        self._events: list[JsonObject] = []

    def serve(self, call: Call, request_id: str, now: float) -> tuple[Answer, Ticket]:
        """Admit a request and perform it; its reply, and what it holds until that has left."""
        taken = Taken(call, request_id, now)
        if call.name == "token":
            refusal = self._rates.count_token(now)
            answer = refusal or self.tokens.answer(call.request, call.headers, now)
            return self.decorated(taken, answer), Ticket()
        grant = self.tokens.check(call.headers, now)
        if isinstance(grant, str):
            return self.decorated(taken, message_only(401, grant)), Ticket()
        spent = self._rates.count(now)
        if spent is not None:
            return self._busy(taken, spent), Ticket()
        return self._admitted(taken, grant)

    def release(self, ticket: Ticket) -> None:
        """Take back what a request held."""
        if ticket.where is not None:
            self._slots.free(ticket.where, ticket.bucket)
        if ticket.key is not None:
            self.keys.release(ticket.key)

    def where_of(self, call: Call) -> Where:
        """The scope of a request that needs no token any more (its effect comes late)."""
        return where_of(call, Grant(0.0, ()), self.world.setup, self.world.scenario.tenant)

    def act(self, taken: Taken, *, late: int | None = None) -> Answer:
        """Perform a request that was admitted, and note what it did; its reply, with all headers."""
        done = self._perform(taken)
        answer = success(done.body or {}) if done.refused is None else self._refusal(taken, done.refused)
        answer = self.decorated(taken, answer)
        kept = taken.key is not None and self.keys.keeps(answer.status)
        self._note(taken, done.change, answer if kept else None, late)
        return answer

    def keep(self, taken: Taken, answer: Answer) -> None:
        """Store this reply under the request's key, in place of another."""
        self._note(taken, None, answer, None)

    def count(self, now: float) -> None:
        """Count a request that goes no further."""
        self._rates.count(now)

    def note(self, event: JsonObject) -> None:
        """Have an event written down."""
        self._events.append(event)

    def drain(self) -> list[JsonObject]:
        """The events since the last time, for the journal."""
        events, self._events = self._events, []
        return events

    def replay(self, event: JsonObject, now: float) -> None:
        """Take up an event from the journal."""
        facts, effect, key = event.get("facts"), event.get("effect"), event.get("key")
        if isinstance(facts, dict):
            self.world.apply(facts)
        if isinstance(effect, dict):
            self._effects = cast("int", effect["n"])
        if isinstance(key, dict):
            self.keys.put(str(key["name"]), stored_from(cast("JsonObject", key["stored"])), now)

    def decorated(self, taken: Taken, answer: Answer) -> Answer:
        """The reply with the headers of the edge; headers that it has itself (a stored reply's) stay."""
        headers = {"date": _http_date(int(taken.now)), "zuora-request-id": taken.request_id}
        track_id = taken.call.headers.get("zuora-track-id")
        if track_id is not None and track_id.isascii():
            headers["zuora-track-id"] = track_id
        if taken.call.name != "token":
            headers |= self._rates.headers(taken.now)
            if answer.status < 500:  # noqa: PLR2004  (they are often missing on 5xx)
                headers |= self._slots.headers(taken.where, taken.call.bucket)
        headers.update(answer.headers)
        if track_id is not None and track_id.isascii() and not self._replay_track_id:
            headers["zuora-track-id"] = track_id
        return Answer(answer.status, answer.body, headers)

    def _admitted(self, taken: Taken, grant: Grant) -> tuple[Answer, Ticket]:
        call = taken.call
        try:
            check_line(call)
            check_track_id(call)
            key = self.keys.check(call.request.method, call.headers)
            where = where_of(call, grant, self.world.setup, self.world.scenario.tenant)
        except RefusedError as refused:
            return self.decorated(taken, self._refusal(taken, refused)), Ticket()
        taken = Taken(call, taken.request_id, taken.now, where, key)
        if not self._slots.take(where, call.bucket):
            return self._busy(taken, self._slots.refusal(taken.request_id)), Ticket()
        if key is None:
            return self.act(taken), Ticket(where, call.bucket)
        known = self.keys.use(key, taken.use, taken.now)
        if known is not None:
            return self.decorated(taken, self._replayed(known)), Ticket(where, call.bucket)
        return self.act(taken), Ticket(where, call.bucket, key)

    def _replayed(self, known: Answer | Stored) -> Answer:
        if isinstance(known, Answer):
            return known
        body = known.body if known.made is None else created_view(self.world, known.made)
        return Answer(known.status, body, known.headers)

    def _busy(self, taken: Taken, answer: Answer) -> Answer:
        """A 429; whether it is stored under a first use of a key is up to the scenario."""
        answer = self.decorated(taken, answer)
        key = taken.call.headers.get("idempotency-key")
        storable = taken.call.request.method == "POST" and self.keys.keeps(HTTPStatus.TOO_MANY_REQUESTS)
        if key and key.isascii() and storable:
            taken = Taken(taken.call, taken.request_id, taken.now, taken.where, key)
            if self.keys.use(key, taken.use, taken.now) is None:
                self.keep(taken, answer)
                self.keys.release(key)
        return answer

    def _perform(self, taken: Taken) -> Done:
        call, world, where = taken.call, self.world, taken.where
        try:
            match call.name:
                case "create_bill_run":
                    return create_bill_run(world, call, where, taken.now)
                case "cancel_bill_run":
                    return cancel_bill_run(world, call, where, taken.now)
                case "cancel_journal_run":
                    return cancel_journal_run(world, call, where, taken.now)
                case "detach_charges":
                    return detach_charges(world, call, where)
                case "token" | "unknown":
                    raise refuse_unknown(call)
                case _:
                    return Done(_READERS[call.name](world, call, where))
        except RefusedError as refused:
            return Done(refused=refused)

    def _refusal(self, taken: Taken, refused: RefusedError) -> Answer:
        shape = query_failure if taken.call.bucket == "Object Query" else failure
        return shape(refused, taken.call.version, taken.request_id)

    def _note(self, taken: Taken, change: Change | None, kept: Answer | None, late: int | None) -> None:
        event: JsonObject = {"at": taken.now}
        if change is not None:
            self.world.apply(change.facts)
            event["facts"] = change.facts
        if change is not None and change.effect is not None:
            event["effect"] = self._effect(taken, change.effect)
        if kept is not None and taken.key is not None:
            names = ("content-type", "zuora-request-id", "zuora-track-id", "retry-after")
            headers = {name: kept.headers[name] for name in names if name in kept.headers}
            made = None if change is None or kept.status != HTTPStatus.OK else made_by(change)
            body = kept.body if made is None else b""
            stored = Stored(taken.use, taken.now, kept.status, headers, body, made)
            self.keys.put(taken.key, stored, taken.now)
            event["key"] = {"name": taken.key, "stored": stored.dumps()}
        if late is not None:
            event["late_done"] = late
        if len(event) > 1:
            self._events.append(event)

    def _effect(self, taken: Taken, told: JsonObject) -> JsonObject:
        """One line of `effects.jsonl`."""
        self._effects += 1
        orgs: list[Json] = list(taken.where.orgs)
        return {
            "n": self._effects,
            "at": utc_time(taken.now),
            "operation": taken.call.name,
            "effect": told["effect"],
            "target": told["target"],
            "number": told["number"],
            "name": told["name"],
            "entity": taken.where.entity,
            "orgs": orgs,
            "track_id": taken.call.headers.get("zuora-track-id"),
            "idempotency_key": taken.key,
            "charges": told.get("charges"),
            "request_id": taken.request_id,
        }


@lru_cache(maxsize=16)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)

"""Which fault of the scenario strikes a request, and what it makes of the reply."""

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, cast

from runner.sandbox.answers import Answer, RefusedError, failure, message_only, to_json
from runner.sandbox.calls import Call
from runner.sandbox.chance import digest, fraction
from runner.sandbox.delivery import Cut, Delivery, Dripped, NoConnection, Reset, Whole
from runner.sandbox.scenario_faults import Effect, FaultKind, FaultPart, MatchPart
from runner.sandbox.state import JsonObject

TIMEOUT_S: Final = 120.0
"""The server gives up after this time with a gateway timeout (requests and responses guide)."""
_WITHOUT_EFFECT: Final[frozenset[FaultKind]] = frozenset(
    {"no_connect", "reset_before", "status", "lock", "html200", "redirect", "success_false"}
)
_REFUSALS: Final[frozenset[FaultKind]] = frozenset({"status", "timeout", "lock", "success_false"})
_GATEWAY: Final = frozenset({502, 503, 504})
_CATEGORY_OF_STATUS: Final = {400: 20, 403: 10, 404: 40, 405: 45, 415: 45, 429: 70}
_HTML: Final = {"content-type": "text/html"}
_JSON: Final = {"content-type": "application/json;charset=utf-8"}
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
_GARBAGE: Final = (
    b'{"success": tru',
    b"\xff\xfe\x00{",
    b'{"success": true, "success": false}',
    b'{"success": NaN}',
    b'["success"]',
)
_CANNED: Final[dict[FaultKind, Answer]] = {
    "timeout": Answer(504, b"<html><body>504 Gateway Time-out</body></html>", _HTML),
    "html200": Answer(200, _PAGE, _HTML),
    "redirect": Answer(302, b"", {"location": "https://login.example.invalid/", **_HTML}),
    "empty": Answer(200, b"", _JSON),
}
_BOMB_BYTES: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class FaultBook:
    """The faults of a scenario and how often each was met (`seen`) and has struck (`struck`)."""

    faults: list[FaultPart]
    seed: int
    seen: list[int] = field(init=False)
    struck: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.seen = [0] * len(self.faults)
        self.struck = [0] * len(self.faults)

    def pick(self, call: Call, target: str, age_s: float) -> FaultPart | None:
        """The first fault that strikes this request, `age_s` after the start of the server."""
        for index, fault in enumerate(self.faults):
            match = fault.match
            if not _in_time(match, age_s) or not _meant(match, call, target):
                continue
            self.seen[index] += 1
            spent = fault.times is not None and self.struck[index] >= fault.times
            if not spent and self._drawn(index, match):
                self.struck[index] += 1
                return fault
        return None

    def dumps(self) -> JsonObject:
        """The counts, for the journal; `rules` tells whether they belong to the same faults."""
        return {"rules": self._rules(), "seen": list(self.seen), "struck": list(self.struck)}

    def restore(self, members: JsonObject) -> None:
        """Take counts from the journal; those of other faults are nobody's."""
        if members["rules"] == self._rules():
            self.seen = cast("list[int]", members["seen"])
            self.struck = cast("list[int]", members["struck"])

    def _drawn(self, index: int, match: MatchPart) -> bool:
        count = self.seen[index]
        if match.nth and count not in match.nth:
            return False
        return match.probability >= 1 or fraction(self.seed, "fault", index, count) < match.probability

    def _rules(self) -> str:
        return digest(*(fault.model_dump_json() for fault in self.faults))


def effect_of(fault: FaultPart) -> Effect:
    """Whether a struck request takes effect all the same."""
    if fault.effect is not None:
        return fault.effect
    if fault.fault == "late_effect":
        return "late"
    return "none" if fault.fault in _WITHOUT_EFFECT else "applied"


def refuses(fault: FaultPart) -> bool:
    """Whether the fault is a refusal by the API, which may be stored under an idempotency key."""
    return fault.fault in _REFUSALS


def delay_of(fault: FaultPart) -> float:
    """How long the reply is held back, in seconds."""
    if fault.fault == "drip":
        return 0.0
    if fault.delay_s is not None:
        return fault.delay_s
    return {"timeout": TIMEOUT_S, "latency": 1.0}.get(fault.fault, 0.0)


def invented(fault: FaultPart, call: Call, request_id: str) -> Answer | None:
    """The reply that a fault makes up; None where it changes or loses the real one."""
    match fault.fault:
        case "status":
            return _status_reply(fault, call, request_id)
        case "lock":
            refused = RefusedError(50, "The object is locked by another operation. Please retry.")
            return failure(refused, call.version, request_id)
        case "success_false":
            return failure(RefusedError(fault.category or 60, fault.message), "", request_id)
        case "garbage":
            return Answer(200, _GARBAGE[int(digest(request_id)[:6], 16) % len(_GARBAGE)], _JSON)
        case "oversized":
            return Answer(200, b'{"success":true,"padding":"' + b"x" * fault.size_bytes + b'"}', _JSON)
        case "gzip_bomb":
            return Answer(200, _bomb(), {"content-encoding": "gzip", **_JSON})
        case _:
            return _CANNED.get(fault.fault)


def delivered(fault: FaultPart, answer: Answer) -> Delivery:
    """How the reply travels, and what is changed in it on the way."""
    match fault.fault:
        case "no_connect":
            return NoConnection()
        case "reset_before" | "reset_after" | "late_effect":
            return Reset()
        case "truncate":
            return Cut(answer, len(answer.body) // 2)
        case "drip":
            return Dripped(answer, 10.0 if fault.delay_s is None else fault.delay_s)
        case "wrong_id" | "no_success_field":
            return Whole(_changed(fault.fault, answer))
        case _:
            return Whole(answer)


def _in_time(match: MatchPart, age_s: float) -> bool:
    return age_s >= match.from_s and (match.until_s is None or age_s < match.until_s)


def _meant(match: MatchPart, call: Call, target: str) -> bool:
    subjects = {"any", call.name, "write" if call.writes else "read"}
    if call.name == "token":
        subjects = {"any", "token"}
    if match.operation not in subjects:
        return False
    path_fits = not match.path or re.search(match.path, call.request.path) is not None
    return path_fits and (not match.target or re.search(match.target, target) is not None)


def _status_reply(fault: FaultPart, call: Call, request_id: str) -> Answer:
    status = fault.status
    if status in _GATEWAY and fault.category is None:
        answer = Answer(status, f"<html><body>{status}</body></html>".encode(), _HTML)
    elif status in {401, 409} and fault.category is None:
        answer = message_only(status, fault.message)
    else:
        category = fault.category or _CATEGORY_OF_STATUS.get(status, 60)
        answer = failure(RefusedError(category, fault.message, status=status), "9999-99-99", request_id)
    if fault.retry_after is None or call.name == "unknown":
        return answer
    return Answer(answer.status, answer.body, {**answer.headers, "retry-after": fault.retry_after})


def _changed(kind: FaultKind, answer: Answer) -> Answer:
    try:
        body = cast("JsonObject", json.loads(answer.body))
    except ValueError:
        return answer  # a stored reply of a gateway is replayed: there is no id in it to change
    if kind == "no_success_field":
        body.pop("success", None)
    else:
        body["id"] = digest("wrong", body.get("id"))
        if "billRunNumber" in body:
            body["billRunNumber"] = "BR-99999999"
    return Answer(answer.status, to_json(body), answer.headers)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(bytes(_BOMB_BYTES), 9)

"""Reading the reply of a read: what it says, that there is nothing, or that it cannot be understood."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, TypeAlias

from runner.core.jsonvalue import JsonFault, JsonObject, list_at, parse_object, text_at
from runner.core.sighting import Unread
from runner.core.wire import Arrived, Lost, NotSent, Reply, Request

NOT_FOUND_CATEGORY: Final = "40"
"""The last two digits of a reason code that says "not found" (zuora.md section 5)."""

_OK: Final = 200
_NOT_FOUND: Final = 404
_CLIENT_FAULT: Final = 4
_PASSING: Final = frozenset({401, 408, 425, 429})
"""These say something of now alone."""
_SHOWN_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Missing:
    """Zuora itself says that there is no such object (in this entity and these orgs)."""

    detail: str


Answer: TypeAlias = JsonObject | Missing | Unread
Asking: TypeAlias = Generator[Request, Reply, Answer]


def ask(path: str) -> Asking:
    """Send one GET and read its reply."""
    reply = yield Request("GET", path)
    return answer_of(reply)


def answer_of(reply: Reply) -> Answer:
    """What a reply says. Only a JSON object of Zuora's counts; all else is no evidence of anything."""
    match reply:
        case NotSent(detail=detail):
            return Unread(f"not asked: {detail}")
        case Lost(detail=detail):
            return Unread(f"no reply: {detail}")
        case Arrived():
            return _arrived(reply)


def _arrived(reply: Arrived) -> Answer:
    try:
        body = parse_object(reply.body)
    except JsonFault as fault:
        return Unread(f"HTTP {reply.status}, and the body is not understood: {fault}")
    said = _reasons(body)
    failed = body.get("success") is False or bool(list_at(body, "reasons"))
    if reply.status == _NOT_FOUND and said:
        return Missing(said)
    if reply.status != _OK:
        refused = reply.status // 100 == _CLIENT_FAULT and reply.status not in _PASSING
        return Unread(f"HTTP {reply.status}{': ' + said if said else ''}", refused)
    if failed:
        # Below Zuora-Version 2024-05-20 failures come as 200 with success:false (zuora.md section 0).
        return Missing(said) if _not_found(body) else Unread(said or "the read failed without a reason")
    return body


def _reasons(body: JsonObject) -> str:
    reasons = (
        f"{text_at(r, 'code') or '?'}: {text_at(r, 'message') or '?'}" for r in list_at(body, "reasons")
    )
    return "; ".join(reasons)[:_SHOWN_MAX]


def _not_found(body: JsonObject) -> bool:
    codes = [text_at(reason, "code") or "" for reason in list_at(body, "reasons")]
    return bool(codes) and all(code.endswith(NOT_FOUND_CATEGORY) for code in codes)

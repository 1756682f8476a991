"""From a reply to its verdict: the reply table of the failure model (3.C), row by row."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final, assert_never

from runner.core.exchange import Exchange
from runner.core.jsonvalue import Json, JsonFault, JsonObject, list_at, parse_object, text_at
from runner.core.request import is_of_another_run
from runner.core.retryafter import wait_hint_s
from runner.core.verdict import Verdict, VerdictKind, category_of
from runner.core.wire import Arrived, Lost, NotSent, Reply

_REFUSED_STATUSES: Final = frozenset({400, 404, 405, 406, 411, 413, 414, 415, 431})
_SUCCESS, _REDIRECTION, _CLIENT_FAULT = 2, 3, 4
_CATEGORIES: Final[Mapping[str, VerdictKind]] = {
    **dict.fromkeys(("10", "11", "30", "40", "45", "90"), VerdictKind.REFUSED),
    **dict.fromkeys((f"2{digit}" for digit in range(10)), VerdictKind.REFUSED),
    "50": VerdictKind.BUSY,
    "70": VerdictKind.LIMITED,
}
_CAREFUL_ORDER: Final = (VerdictKind.UNCLEAR, VerdictKind.LIMITED, VerdictKind.BUSY, VerdictKind.REFUSED)
"""With several reasons the most careful one decides."""


def classify(reply: Reply, exchange: Exchange) -> Verdict:
    """Say what a reply to a write means (the reply table of the failure model, 3.C)."""
    match reply:
        case NotSent():
            return Verdict(VerdictKind.NOT_SENT, code=reply.cause.value, message=reply.detail)
        case Lost():
            return Verdict(VerdictKind.UNCLEAR, code="reply_lost", message=reply.detail)
        case Arrived():
            return _classify_arrived(reply, exchange)
        case _:
            assert_never(reply)


def classify_read(reply: Reply) -> Verdict:
    """Say what a reply to a read means for its lane; what it shows of a task is the operation's matter."""
    match reply:
        case NotSent():
            return Verdict(VerdictKind.NOT_SENT, code=reply.cause.value, message=reply.detail)
        case Lost():
            return Verdict(VerdictKind.UNCLEAR, code="reply_lost", message=reply.detail)
        case Arrived():
            return _told(
                reply, _read_kind(reply.status), f"http_{reply.status}", f"a read was answered {reply.status}"
            )
        case _:
            assert_never(reply)


def _read_kind(status: int) -> VerdictKind:
    special = {401: VerdictKind.TOKEN, 403: VerdictKind.FORBIDDEN, 429: VerdictKind.LIMITED}.get(status)
    if special is not None:
        return special
    if status // 100 == _REDIRECTION:
        return VerdictKind.REDIRECTED
    return VerdictKind.READ if status // 100 in {_SUCCESS, _CLIENT_FAULT} else VerdictKind.UNCLEAR


def _classify_arrived(reply: Arrived, exchange: Exchange) -> Verdict:
    echoed = reply.headers.get("zuora-track-id")
    if echoed is not None and not exchange.asked_for(echoed):
        # Stored under the key for an earlier run's request, perhaps: then its marker is found.
        stored = exchange.keyed and is_of_another_run(echoed, exchange.track_id)
        kind = VerdictKind.UNCLEAR if stored else VerdictKind.GARBLED
        return _told(reply, kind, "wrong_reply", "the reply names another request's track id")
    try:
        body = parse_object(reply.body)
    except JsonFault as fault:
        return _by_status(reply, {}, exchange, str(fault))
    if reply.status in {200, 201}:
        return _by_success_field(reply, body, exchange)
    return _by_status(reply, body, exchange, "")


def _by_success_field(reply: Arrived, body: JsonObject, exchange: Exchange) -> Verdict:
    match body.get("success"):
        case True:
            return _successful(reply, body, exchange)
        case False:
            return _by_reasons(reply, body, VerdictKind.UNCLEAR)
        case _:
            return _told(
                reply, VerdictKind.GARBLED, "no_success_field", "the reply does not say `success`", body
            )


def _successful(reply: Arrived, body: JsonObject, exchange: Exchange) -> Verdict:
    success = exchange.success(body)
    if success is None:
        return _told(reply, VerdictKind.GARBLED, "wrong_reply", "the reply is not about this request", body)
    kind = VerdictKind.DONE if success.ended else VerdictKind.ACCEPTED
    name = text_at(body, "name")
    return Verdict(
        kind,
        http_status=reply.status,
        result_id=success.result_id,
        result_state=success.state,
        request_id=_request_id(reply, body),
        process_id=text_at(body, "processId"),
        digest=_digest(reply),
        marker_read=bool(exchange.marker and name and name.endswith(exchange.marker)),
    )


def _by_status(reply: Arrived, body: JsonObject, exchange: Exchange, fault: str) -> Verdict:
    status = reply.status
    if status // 100 == _REDIRECTION:
        return _told(
            reply, VerdictKind.REDIRECTED, "redirected", f"the server answered {status} and points elsewhere"
        )
    special = _SPECIAL_STATUSES.get(status)
    if special is not None:
        return special(reply, body, exchange)
    if status in _REFUSED_STATUSES:
        return _by_reasons(reply, body, VerdictKind.REFUSED)
    if status // 100 == _SUCCESS:
        reason = fault or f"an answer {status} that this call does not give"
        return _told(reply, VerdictKind.GARBLED, "not_understood", reason, body)
    return (
        _by_reasons(reply, body, VerdictKind.UNCLEAR)
        if status // 100 == _CLIENT_FAULT
        else _server_fault(reply, body)
    )


def _server_fault(reply: Arrived, body: JsonObject) -> Verdict:
    code, message = _first_reason(body)
    return _told(
        reply, VerdictKind.UNCLEAR, code or f"http_{reply.status}", message or "the server failed", body
    )


def _conflict(reply: Arrived, body: JsonObject, exchange: Exchange) -> Verdict:
    code, _ = _first_reason(body)
    if code is None:
        kind = VerdictKind.IN_FLIGHT if exchange.keyed else VerdictKind.UNCLEAR
        return _told(reply, kind, "http_409", "an earlier request is still being worked on", body)
    return _by_reasons(reply, body, VerdictKind.UNCLEAR)


def _unprocessable(reply: Arrived, body: JsonObject, exchange: Exchange) -> Verdict:
    code, message = _first_reason(body)
    if exchange.keyed and _CATEGORIES.get(category_of(code) or "") is not VerdictKind.REFUSED:
        return _told(
            reply, VerdictKind.MISMATCH, "key_mismatch", message or "the key was used for another call", body
        )
    return _by_reasons(reply, body, VerdictKind.REFUSED)


def _limited(reply: Arrived, body: JsonObject, _exchange: Exchange) -> Verdict:
    code, message = _first_reason(body)
    return _told(reply, VerdictKind.LIMITED, code or "http_429", message or "too many requests", body)


def _unauthorized(reply: Arrived, body: JsonObject, _exchange: Exchange) -> Verdict:
    code, message = _first_reason(body)
    return _told(reply, VerdictKind.TOKEN, code or "http_401", message or "the token was refused", body)


def _forbidden(reply: Arrived, body: JsonObject, _exchange: Exchange) -> Verdict:
    code, message = _first_reason(body)
    return _told(reply, VerdictKind.FORBIDDEN, code or "http_403", message or "no permission", body)


def _timed_out(reply: Arrived, body: JsonObject, _exchange: Exchange) -> Verdict:
    return _told(reply, VerdictKind.UNCLEAR, f"http_{reply.status}", "the server gave up waiting", body)


_SPECIAL_STATUSES: Final[Mapping[int, Callable[[Arrived, JsonObject, Exchange], Verdict]]] = {
    401: _unauthorized,
    403: _forbidden,
    408: _timed_out,
    409: _conflict,
    422: _unprocessable,
    425: _timed_out,
    429: _limited,
}


def _by_reasons(reply: Arrived, body: JsonObject, without: VerdictKind) -> Verdict:
    """Judge by the reasons, the most careful one first; `without` is the verdict where there is no code."""
    kinds = [
        (_kind_of_reason(reason) if text_at(reason, "code") is not None else without, reason)
        for reason in list_at(body, "reasons")
    ]
    kind, decisive = min(kinds, key=lambda each: _CAREFUL_ORDER.index(each[0]), default=(without, None))
    code, message = _first_reason(body)
    if decisive is not None:
        code, message = text_at(decisive, "code"), text_at(decisive, "message")
    return _told(reply, kind, code or f"http_{reply.status}", message or "no reason was given", body)


def _kind_of_reason(reason: Json) -> VerdictKind:
    code = text_at(reason, "code")
    if code == "REQUEST_EXCEEDED_LIMIT":
        return VerdictKind.LIMITED
    return _CATEGORIES.get(category_of(code) or "", VerdictKind.UNCLEAR)


def _first_reason(body: JsonObject) -> tuple[str | None, str | None]:
    reasons = list_at(body, "reasons")
    if not reasons:
        return None, text_at(body, "message")
    return text_at(reasons[0], "code"), text_at(reasons[0], "message")


def _told(
    reply: Arrived, kind: VerdictKind, code: str, message: str, body: JsonObject | None = None
) -> Verdict:
    return Verdict(
        kind,
        http_status=reply.status,
        code=code,
        message=message,
        wait_s=wait_hint_s(reply.headers, remaining_counts=kind is VerdictKind.LIMITED),
        request_id=_request_id(reply, body or {}),
        process_id=text_at(body or {}, "processId"),
        digest=_digest(reply),
    )


def _request_id(reply: Arrived, body: JsonObject) -> str | None:
    return reply.headers.get("zuora-request-id") or text_at(body, "requestId")


def _digest(reply: Arrived) -> str:
    parts = (str(reply.status).encode(), reply.headers.get("zuora-request-id", "").encode(), reply.body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

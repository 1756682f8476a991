"""Replies as Zuora shapes them, and the rule that gives a failure its HTTP status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.sandbox.state import JsonObject

STRICT_SINCE: Final = "2024-05-20"
"""From this `Zuora-Version` on failures are 4xx and 5xx; before it, 200, `success: false` (API upgrades)."""
QUERY_STRICT_SINCE: Final = "2025-08-12"
"""The same for object query."""

_STATUS_OF_CATEGORY: Final[Mapping[int, int]] = {
    10: 403,
    11: 401,
    40: 404,
    45: 415,
    50: 409,
    60: 500,
    61: 500,
    70: 429,
    99: 500,
}
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
_JSON: Final = {"content-type": "application/json;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply; header names are lower case, and those of the edge (limits, date, ids) are added later."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class RefusedError(Exception):
    """The tenant refuses a request; nothing was done.

    `category` is the last two digits of Zuora's code, `resource` the six before (a request without a body
    shows 500000). `status` overrides the category's own HTTP status (405 and 406 share one with 415).
    """

    def __init__(
        self, category: int, message: str, *, resource: int = 500000, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.category = category
        self.message = message.encode("utf-8", "replace").decode()  # it may quote what cannot be encoded
        self.resource = resource
        self.status = status

    @property
    def code(self) -> int:
        """Zuora's reason code: resource and category."""
        return self.resource * 100 + self.category


def to_json(value: JsonObject) -> bytes:
    """Compact JSON, as it goes over the wire and into the journal."""
    return _ENCODER.encode(value).encode()


def success(body: JsonObject) -> Answer:
    """A 200 with a JSON body."""
    return Answer(200, to_json(body), _JSON)


def message_only(status: int, message: str) -> Answer:
    """The reply of the gateway before the API itself: `{message}` alone."""
    return Answer(status, to_json({"message": message}), _JSON)


def reasons_only(status: int, code: int, message: str) -> Answer:
    """The shape of a rate limit's 429: reasons, and no `success` (rate limits guide)."""
    return Answer(status, to_json({"reasons": [{"code": code, "message": message}]}), _JSON)


def failure(refused: RefusedError, version: str, request_id: str) -> Answer:
    """A failure of the v1 family in the shape that the request's `Zuora-Version` asks for."""
    body: JsonObject = {
        "success": False,
        "processId": request_id.replace("-", "")[:16].upper(),
        "reasons": [{"code": refused.code, "message": refused.message}],
        "requestId": request_id,
    }
    return Answer(_status(refused, is_strict(version, STRICT_SINCE)), to_json(body), _JSON)


def query_failure(refused: RefusedError, version: str, request_id: str) -> Answer:
    """A failure of object query: reasons and request id."""
    body: JsonObject = {
        "reasons": [{"code": refused.code, "message": refused.message}],
        "requestId": request_id,
    }
    return Answer(_status(refused, is_strict(version, QUERY_STRICT_SINCE)), to_json(body), _JSON)


def is_strict(version: str, since: str) -> bool:
    """Whether a version is a date not before `since`; older ones are numbers such as 341.0, or absent."""
    return len(version) == len(since) and version[:4].isdigit() and version >= since


def _status(refused: RefusedError, strict: bool) -> int:  # noqa: FBT001  (one caller each way, above)
    if not strict:
        return 200
    return refused.status or _STATUS_OF_CATEGORY.get(refused.category, 400)

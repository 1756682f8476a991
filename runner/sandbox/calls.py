"""Which operation a request is, and where it acts."""

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast
from urllib.parse import parse_qsl, unquote

from runner.core.wire import Request
from runner.sandbox.answers import RefusedError
from runner.sandbox.state import Json, JsonObject

CallName: TypeAlias = Literal[
    "token",
    "create_bill_run",
    "cancel_bill_run",
    "cancel_journal_run",
    "detach_charges",
    "get_bill_run",
    "get_journal_run",
    "get_journal_entries",
    "get_invoice_schedule",
    "query_bill_runs",
    "query_bill_run",
    "query_invoice_schedule",
    "unknown",
]
WRITES: Final[frozenset[CallName]] = frozenset(
    {"create_bill_run", "cancel_bill_run", "cancel_journal_run", "detach_charges"}
)
TRACK_ID_CHARACTERS_MAX: Final = 64
PATH_CHARACTERS_MAX: Final = 8000
DEPTH_MAX: Final = 32
_TRACK_ID_FORBIDDEN: Final = frozenset(":;\"'")
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], CallName], ...]] = (
    ("POST", re.compile(r"^/oauth/token\Z"), "token"),
    ("POST", re.compile(r"^/v1/bill-runs\Z"), "create_bill_run"),
    ("GET", re.compile(r"^/v1/bill-runs/([^/]+)\Z"), "get_bill_run"),
    ("GET", re.compile(r"^/object-query/billing-runs\Z"), "query_bill_runs"),
    ("GET", re.compile(r"^/object-query/billing-runs/([^/]+)\Z"), "query_bill_run"),
    ("PUT", re.compile(r"^/v1/bill-runs/([^/]+)/cancel\Z"), "cancel_bill_run"),
    ("PUT", re.compile(r"^/v1/journal-runs/([^/]+)/cancel\Z"), "cancel_journal_run"),
    ("PUT", re.compile(r"^/v1/invoice-schedules/([^/]+)/detach\Z"), "detach_charges"),
    ("GET", re.compile(r"^/v1/journal-runs/([^/]+)\Z"), "get_journal_run"),
    ("GET", re.compile(r"^/v1/journal-entries/journal-runs/([^/]+)\Z"), "get_journal_entries"),
    ("GET", re.compile(r"^/v1/invoice-schedules/([^/]+)\Z"), "get_invoice_schedule"),
    ("GET", re.compile(r"^/object-query/invoice-schedules/([^/]+)\Z"), "query_invoice_schedule"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart; header names are lower case, `key` is the id or number in its path."""

    request: Request
    name: CallName
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    key: str = ""

    @property
    def writes(self) -> bool:
        """Whether it is one of the four operations."""
        return self.name in WRITES

    @property
    def bucket(self) -> str:
        """Which of the concurrency limits it counts for."""
        return "Object Query" if self.path.startswith("/object-query") else "Default"

    @property
    def version(self) -> str:
        """Its `Zuora-Version`; absent, the tenant's default, which is an old one."""
        return self.headers.get("zuora-version", "")

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def every(self, name: str) -> list[str]:
        """All values of a query parameter."""
        return [value for key, value in self.query if key == name]


def take_apart(request: Request) -> Call:
    """Find out which operation a request is; "unknown" where it is none."""
    raw_path, _, raw_query = request.path.partition("?")
    query = tuple(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else ()
    headers = {name.lower(): value for name, value in request.headers.items()}
    for method, pattern, name in _ROUTES:
        found = pattern.match(raw_path) if method == request.method else None
        if found is not None:
            key = unquote(found.group(1)) if pattern.groups else ""
            return Call(request, name, raw_path, query, headers, key)
    return Call(request, "unknown", raw_path, query, headers)


def refuse_unknown(call: Call) -> RefusedError:
    """What a request gets that is no known operation: 405 where the path is known, else 404."""
    if any(pattern.match(call.path) for _, pattern, _ in _ROUTES):
        return RefusedError(45, f"Request method '{call.request.method}' not supported", status=405)
    return RefusedError(40, f"No endpoint {call.request.method} {call.path}")


def check_line(call: Call) -> None:
    """Refuse a request line longer than servers commonly take (Zuora documents no length)."""
    if len(call.request.path) > PATH_CHARACTERS_MAX:
        raise RefusedError(20, f"URI too long: over {PATH_CHARACTERS_MAX} characters", status=414)


def check_track_id(call: Call) -> None:
    """Refuse a track id that the reference pages forbid: over 64 characters, not ASCII, or with : ; " '."""
    track_id = call.headers.get("zuora-track-id")
    if track_id is None:
        return
    if (
        len(track_id) > TRACK_ID_CHARACTERS_MAX
        or not track_id.isascii()
        or _TRACK_ID_FORBIDDEN & set(track_id)
    ):
        raise RefusedError(20, "Zuora-Track-Id: at most 64 US-ASCII characters, without : ; \" and '")


def body_of(call: Call) -> JsonObject:
    """The JSON object in a request's body.

    A body that is missing or not JSON by its type is refused as a live tenant does (415, code 50000045 in a
    third party's test of cancelling a bill run); one that cannot be read is malformed (category 90).
    """
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or not call.request.body:
        raise RefusedError(45, "Content-Type 'application/json' with a JSON body is required")
    try:
        value = cast("Json", json.loads(_inflated(call).decode(), parse_constant=_no_constant))
        _check_text(value, DEPTH_MAX)
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        raise RefusedError(90, "Malformed JSON in the request body") from None
    if not isinstance(value, dict):
        raise RefusedError(90, "The request body must be a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_text(value: Json, depth_left: int) -> None:
    """Refuse what could not be written down again: lone surrogates (a ValueError), endless nesting."""
    match value:
        case str():
            value.encode()
        case list() | dict():
            if depth_left <= 0:
                raise ValueError("nested too deep")
            for item in value if isinstance(value, list) else (*value, *value.values()):
                _check_text(item, depth_left - 1)
        case _:
            pass


def _inflated(call: Call) -> bytes:
    body = call.request.body
    # The HTTP door has inflated it already; the in-process door hands it over as it was to be sent.
    coded = call.headers.get("content-encoding", "").lower() == "gzip" and body.startswith(b"\x1f\x8b")
    return gzip.decompress(body) if coded else body

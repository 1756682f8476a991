"""The token: fetched once, shared by everyone, renewed before it ends, asked for again with patience."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from runner.core.jsonvalue import JsonFault, parse_object
from runner.core.retryafter import http_date_s
from runner.core.wire import Arrived, Lost, NotSent, NotSentCause, Reply, Request
from runner.edge.http.grant import Grant, GrantFault, read_grant
from runner.edge.http.wire import Wire
from runner.edge.secret import Credentials, Secret
from runner.edge.uptime import uptime_s

RENEW_SHARE: Final = 0.8
"""A token is renewed when this share of its life is over."""
FETCH_TIMEOUT_S: Final = 30.0
HOLD_OFF_MAX_S: Final = 15.0
_GIVEN_MAX: Final = 8
RETRY_AFTER_MAX_S: Final = 120
"""Token calls are limited to 100 a minute from one address (zuora.md 3): its window is over by then."""


class TokenFault(Exception):
    """No token can be had; `cause` and `detail` are those of the `NotSent` that a request ends as."""

    def __init__(self, cause: NotSentCause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class TokenRefused(TokenFault):
    """The credentials are refused, or the token is for another tenant than before: waiting does not help."""


class TokenUnavailable(TokenFault):
    """The endpoint could not be reached, or gave no token just now."""


@dataclass(frozen=True, slots=True)
class Dated:
    """What time the server said it was (cut off to the second), between two moments of our clock."""

    told: float
    asked_at: float
    got_at: float


class TokenSource:
    """Gets the token of one credential (client_credentials, `POST /oauth/token`; zuora.md 3).

    However many ask at once, one request is made. After a failure nobody asks the endpoint again before a
    pause is over (1, 2, 4 ... 15 s, or its Retry-After up to 120 s): till then the failure is the answer.
    A refusal is the answer until `forget`. `dated` is the server's time as the last answer told it. `clock`
    gives seconds that go on in sleep.
    """

    def __init__(
        self, wire: Wire, credentials: Credentials, *, clock: Callable[[], float] = uptime_s
    ) -> None:
        self._wire = wire
        self._credentials = credentials
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._grant: Grant | None = None
        # A stored reply may repeat an earlier token: as long as a secret lives, it is blacked out.
        self._given: deque[Secret] = deque(maxlen=_GIVEN_MAX)
        self._asked_at = 0.0
        self._fault: TokenFault | None = None
        self._quiet_until = 0.0
        self._pause_s = 1.0
        self._tenant_id: str | None = None
        self.dated: Dated | None = None

    async def token(self) -> Grant:
        """The current token; a new one where there is none, or 80 % of its life are over.

        Raises:
            TokenRefused: see there.
            TokenUnavailable: see there; not where the present token still lives.
        """
        grant = self._current(RENEW_SHARE)
        if grant is not None:
            return grant
        async with self._one_at_a_time:
            return self._current(RENEW_SHARE) or await self._renewed()

    def discard(self, stale: Grant) -> None:
        """Use this token no more; does nothing where another one is current already."""
        if self._grant is stale:
            self._grant = None

    def forget(self) -> None:
        """Forget the token and every failure: after a sleep of the machine nobody knows how old they are."""
        self._grant = None
        self._fault = None
        self._pause_s = 1.0

    def _current(self, share: float) -> Grant | None:
        grant = self._grant
        if grant is not None and self._clock() < self._asked_at + grant.life_s * share:
            return grant
        return None

    async def _renewed(self) -> Grant:
        answer: Grant | TokenFault | None = self._fault
        if answer is None or (isinstance(answer, TokenUnavailable) and self._clock() >= self._quiet_until):
            answer = await self._fetch()
        if isinstance(answer, Grant):
            return answer
        last = self._current(1.0)
        if last is not None and isinstance(answer, TokenUnavailable):
            return last
        # A new exception each time: one that is raised again and again grows its traceback.
        raise type(answer)(answer.cause, answer.detail)

    async def _fetch(self) -> Grant | TokenFault:
        asked_at = self._clock()
        form = {
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret.reveal(),
            "grant_type": "client_credentials",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = Request("POST", "/oauth/token", headers, urlencode(form).encode("ascii"))
        reply = await self._wire.exchange(request, timeout_s=FETCH_TIMEOUT_S)
        told = http_date_s(reply.headers.get("date")) if isinstance(reply, Arrived) else None
        if told is not None:
            self.dated = Dated(told, asked_at, self._clock())
        read = self._read(reply)
        if isinstance(read, Grant):
            self._grant, self._asked_at, self._fault, self._pause_s = read, asked_at, None, 1.0
            self._given.append(read.secret)
            self._tenant_id = read.tenant_id or self._tenant_id
        else:
            self._fault = read
            self._quiet_until = self._clock() + max(self._pause_s, _retry_after_s(reply))
            self._pause_s = min(self._pause_s * 2, HOLD_OFF_MAX_S)
        return read

    def _read(self, reply: Reply) -> Grant | TokenFault:
        match reply:
            case NotSent(cause, detail):
                return TokenUnavailable(cause, f"no token: {detail}")
            case Lost(detail):
                return TokenUnavailable(NotSentCause.NO_TOKEN, f"no token: {detail}")
            case Arrived(status=200):
                return self._granted(reply)
            case Arrived(status, _, body) if status in _REFUSALS:
                said = f"HTTP {status}{_error(body)}"
                detail = f"the credentials from {self._credentials.source} are refused: {said}"
                return TokenRefused(NotSentCause.TOKEN_REFUSED, detail)
            case Arrived(status) if status // 100 == _REDIRECTION:
                detail = (
                    f"/oauth/token answered HTTP {status} and points elsewhere; redirects are never followed"
                )
                return TokenUnavailable(NotSentCause.REDIRECT, f"no token: {detail}")
            case Arrived(status):
                return TokenUnavailable(
                    NotSentCause.NO_TOKEN, f"no token: /oauth/token answered HTTP {status}"
                )

    def _granted(self, reply: Arrived) -> Grant | TokenFault:
        try:
            grant = read_grant(reply.body)
        except GrantFault as fault:
            return TokenUnavailable(NotSentCause.NO_TOKEN, f"no token: {fault}")
        if self._tenant_id not in (None, grant.tenant_id):
            # One run, one tenant: a credential that was moved would let the rest of the rows act elsewhere.
            return TokenRefused(
                NotSentCause.TOKEN_REFUSED, "the new token is not for the tenant that the one before was for"
            )
        return grant


_REDIRECTION: Final = 3
_REFUSALS: Final = frozenset({400, 401, 403})
_ERRORS: Final = frozenset(
    {"invalid_client", "invalid_grant", "invalid_request", "invalid_scope"}
    | {"unauthorized", "unauthorized_client", "unsupported_grant_type"}
)


def _error(body: bytes) -> str:
    """Name the OAuth error (RFC 6749, 5.2) where it is one that we know: the rest may quote what we sent."""
    try:
        error = parse_object(body).get("error")
    except JsonFault:
        return ""
    return f" ({error})" if isinstance(error, str) and error in _ERRORS else ""


def _retry_after_s(reply: Reply) -> int:
    text = reply.headers.get("retry-after", "") if isinstance(reply, Arrived) else ""
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) <= len("86400") else 0
    return min(seconds, RETRY_AFTER_MAX_S)

"""One HTTP exchange with one origin: at most one request on the wire, and one of three ends."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

import runner
from runner.core.fault import UserFault
from runner.core.tenant import Tenant
from runner.core.wire import Arrived, Lost, Method, Reply, Request
from runner.edge.http.address import headers_of, target_of
from runner.edge.http.body import ReplyFault, is_unmeasured, read_body
from runner.edge.http.connecting import not_sent
from runner.edge.http.connector import PROGRESS, Connector, Progress
from runner.edge.http.proxy import proxy_for
from runner.edge.http.sweep import Sweep
from runner.edge.secret import Secret
from runner.edge.uptime import uptime_s

CONNECT_S: Final = 5.0
"""How long a TCP connection may take to come about (failure model N2)."""
CONNECT_TLS_S: Final = 10.0
"""The same where TLS is part of it."""
CONNECTING_S: Final = 20.0
"""The same with the name's look-up, several addresses and a proxy."""
ZUORA_VERSION: Final = "2025-08-12"
"""Pinned: from it on failures come as 4xx and 5xx (zuora.md 0.1)."""

_RESEND_SWITCH: Final = "_retry_connection"


@dataclass(frozen=True, slots=True, repr=False)
class _Outgoing:
    """What leaves: a request with its host and its bearer token."""

    method: Method
    url: URL
    headers: Mapping[str, str]
    body: bytes


class _Pool:
    """The connections of one session; retired, it is closed when its last exchange has ended."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(
            connector=Connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
        )
        self.in_flight = 0
        self.retired = False


class Wire:
    """Sends requests to one tenant's origin, without knowing of tokens.

    Made inside a running event loop. It follows no redirect, keeps no cookie, reads no `.netrc`, verifies
    certificates always (TLS 1.2 and up), and uses a proxy only where the tenant says so. `clock` gives
    seconds that go on in the machine's sleep.

    Raises:
        UserFault: this aiohttp cannot be kept from sending requests again, or the proxy is not a URL.
    """

    def __init__(self, tenant: Tenant, *, clock: Callable[[], float] = uptime_s) -> None:
        self._clock = clock
        self._sweep = Sweep(clock)
        self._origin = tenant.origin
        url = URL(tenant.origin)
        self._host = url.host or ""
        self._is_tls = url.scheme == "https"
        self._proxy = proxy_for(url) if tenant.proxy_from_env else None
        sock_connect_s = CONNECT_TLS_S if self._is_tls else CONNECT_S
        self._common = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"zuora-batch/{runner.__version__}",
            "Zuora-Version": ZUORA_VERSION,
        }
        self._timeout = aiohttp.ClientTimeout(total=None, connect=CONNECTING_S, sock_connect=sock_connect_s)
        self._tls: ssl.SSLContext | None = None
        self._pool = _pool()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; exchanges that are under way end as lost."""
        await self._pool.session.close()

    async def drop_idle(self) -> None:
        """Use no present connection again (after a sleep of the machine); those in use end undisturbed."""
        old, self._pool = self._pool, _pool()
        old.retired = True
        if not old.in_flight:
            await old.session.close()

    async def exchange(self, request: Request, *, timeout_s: float, bearer: Secret | None = None) -> Reply:
        """Send one request once and read its reply, all within `timeout_s` seconds (asleep ones too).

        Only an error of connecting is `NotSent`; everything after is `Lost`, with the connection broken off.
        Nothing foreign is raised; cancellation passes through (and breaks the connection off, too).

        Raises:
            RequestRefused: the request would not leave as it stands; nothing was sent.
        """
        url = target_of(self._origin, request.path)
        headers = headers_of(request, self._common)
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer.reveal()}"
        outgoing = _Outgoing(request.method, url, headers, request.body)
        latest = self._clock() + CONNECTING_S
        pool, progress = self._pool, Progress(is_late=lambda: self._clock() > latest)
        pool.in_flight += 1
        mark = PROGRESS.set(progress)
        try:
            return await self._bounded(pool.session, outgoing, progress, timeout_s)
        finally:
            PROGRESS.reset(mark)
            pool.in_flight -= 1
            if pool.retired and not pool.in_flight:
                await pool.session.close()

    async def _bounded(
        self, session: aiohttp.ClientSession, outgoing: _Outgoing, progress: Progress, timeout_s: float
    ) -> Reply:
        deadline = asyncio.timeout(timeout_s)
        try:
            with self._sweep.watched(deadline, timeout_s):
                async with deadline:
                    return await self._ask(session, outgoing, progress)
        except ReplyFault as fault:
            detail = str(fault)
        except Exception as error:  # noqa: BLE001 - the door: past it, nothing foreign is raised
            if not progress.may_have_left:
                return not_sent(error, self._host)
            detail = f"no whole reply within {timeout_s:g} s" if deadline.expired() else _why_lost(error)
        except BaseException:
            progress.cut()
            raise
        progress.cut()
        return Lost(detail)

    async def _ask(self, session: aiohttp.ClientSession, outgoing: _Outgoing, progress: Progress) -> Arrived:
        response = await session.request(
            outgoing.method,
            outgoing.url,
            data=outgoing.body or None,
            headers=outgoing.headers,
            allow_redirects=False,
            proxy=self._proxy,
            ssl=self._tls_context() if self._is_tls else True,
            timeout=self._timeout,
        )
        try:
            body = await read_body(response)
            if progress.was_reset and is_unmeasured(response):
                raise ReplyFault("the connection was reset before the reply was whole")
            return Arrived(response.status, _plain(response.headers), body)
        finally:
            response.close()

    def _tls_context(self) -> ssl.SSLContext:
        # Made when it is needed: reading the machine's certificates is slow.
        if self._tls is None:
            self._tls = ssl.create_default_context()
            # Python heeds SSLKEYLOGFILE: whoever has the keys of a session reads its token.
            self._tls.keylog_filename = None  # pyright: ignore[reportAttributeAccessIssue] - typed as str alone
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


def _pool() -> _Pool:
    """A new session that sends nothing twice.

    aiohttp repeats PUT, GET and DELETE by itself when a connection drops, and has no public switch for it
    (failure model, finding 1). `Connector` refuses a second connection for one request besides.
    """
    pool = _Pool()
    if not isinstance(vars(pool.session).get(_RESEND_SWITCH), bool):
        pool.session.detach()
        raise UserFault(
            f"aiohttp {aiohttp.__version__} cannot be kept from sending requests twice: nothing is sent",
            hint="install the aiohttp that this release was made with: pip install 'aiohttp>=3.14.5,<3.15'",
        )
    setattr(pool.session, _RESEND_SWITCH, False)
    return pool


def _why_lost(error: Exception) -> str:
    """Say why a reply was lost; the error's own text may quote what the server sent, so it is not used."""
    match error:
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection without a reply"
        case aiohttp.ClientPayloadError():
            return "the reply ended too soon, or is not put together as HTTP wants it"
        case aiohttp.ClientResponseError():
            return "the reply is not HTTP that can be understood"
        case OSError():
            return f"the connection broke: {error.strerror or type(error).__name__}"
        case _:
            return f"the exchange failed: {type(error).__name__}"


def _plain(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Header names in lower case; several lines of one name joined by a comma (RFC 9110, 5.2)."""
    plain: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        plain[key] = f"{plain[key]}, {text}" if key in plain else text
    return plain

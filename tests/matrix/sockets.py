"""The rows of 3.B and 3.C that are seen only on a socket: what becomes of one write, and how often it leaves.

Whatever the server does, at most one request of a write arrives; only where no connection came about is it
"not sent". What `tests/edge/http` shows already (truncated and broken replies, drips, bombs, bounds, TLS,
proxies, idle connections) is not repeated here.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias
from unittest.mock import patch

from runner.core.wire import Arrived, Lost, NotSent, NotSentCause, Reply, Request
from runner.edge.http import Transport
from runner.edge.http.wire import Wire
from tests.edge.http.stub import CREDENTIALS, grant, reply, tenant_at
from tests.matrix.server import (
    Seen,
    Serve,
    after_head,
    answering,
    before_reading,
    break_off,
    good_then_reset,
    serving,
    unasked,
)

WRITES: Final = {
    "POST": Request("POST", "/v1/bill-runs", {"Idempotency-Key": "k1"}, b'{"name":"x"}'),
    "PUT": Request("PUT", f"/v1/bill-runs/{1:032x}/cancel", body=b'{"cancelOnce":true}'),
}
TIMEOUT_S: Final = 0.25
"""For cells in which nothing else ends a write than its time."""
_GOOD: Final = reply()
_INTERIM: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
Claim: TypeAlias = type[Arrived] | type[Lost] | type[NotSent]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a server treats a connection, and what a write that meets it is (`status` of what arrives).

    `again`: what a second write meets on the same client, whose first connection is spoiled or used again.
    """

    name: str
    serve: Serve
    first: Claim
    status: int | None = None
    again: Claim | None = None
    connections: int | None = None
    timeout_s: float = 10.0


BEHAVIOURS: Final = (
    Behaviour("N6 FIN before reading", before_reading("close"), Lost),
    Behaviour("N6 RST before reading", before_reading("reset"), Lost),
    Behaviour("N6 FIN, body not read", after_head("close"), Lost),
    Behaviour("N6 RST, body not read", after_head("reset"), Lost),
    Behaviour("N7 broken off on its second request", good_then_reset, Arrived, 200, Lost, 1),
    Behaviour("N8 FIN after the request", answering(then="close"), Lost),
    Behaviour("N8 RST after the request", answering(then="reset"), Lost),
    Behaviour("N8 RST amid the status line", answering(b"HTTP/1.1 2", then="reset"), Lost),
    Behaviour("N8 RST amid the body", answering(_GOOD[:-3], then="reset"), Lost),
    Behaviour("N10 silence", answering(then="silent"), Lost, timeout_s=TIMEOUT_S),
    Behaviour(
        "N11 a head that drips",
        answering(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 40, pause_s=0.02),
        Lost,
        timeout_s=TIMEOUT_S,
    ),
    Behaviour("N12 FIN amid the body", answering(_GOOD[:-3], then="close"), Lost),
    Behaviour("N16 two replies at once", answering(_GOOD + reply(b"", 500)), Arrived, 200, Arrived, 2),
    Behaviour("N16 a 408 that nobody asked for", unasked, Arrived, 408),
    Behaviour("1xx, then FIN", answering(_INTERIM * 3, then="close"), Lost),
    Behaviour("1xx, then silence", answering(_INTERIM * 3, then="silent"), Lost, timeout_s=TIMEOUT_S),
    Behaviour("ten 1xx, then the reply", answering(_INTERIM * 10, _GOOD), Arrived, 200, Arrived, 1),
    Behaviour(
        "connection: close", answering(reply(Connection="close"), then="close"), Arrived, 200, Arrived, 2
    ),
    Behaviour("HTTP/1.0", answering(b"HTTP/1.0 200 OK\r\n\r\n{}", then="close"), Arrived, 200, Arrived, 2),
    *(
        Behaviour(
            f"{status}", answering(reply(b"", status, Location="/elsewhere")), Arrived, status, Arrived, 1
        )
        for status in (300, 301, 302, 303, 304, 305, 307, 308)
    ),
)


async def met(behaviour: Behaviour, method: str) -> list[str]:
    """What is wrong with one write (or two) that meets a server like this; nothing, as a rule."""
    seen = Seen()
    wrong: list[str] = []
    async with serving(seen, behaviour.serve) as origin, Wire(tenant_at(origin)) as wire:
        got = await wire.exchange(WRITES[method], timeout_s=behaviour.timeout_s)
        await asyncio.sleep(0.01)
        wrong += _judged(got, behaviour.first, behaviour.status)
        if len(seen.lines) > 1:
            wrong.append(f"{len(seen.lines)} requests for one write")
        if behaviour.again is not None:
            second = await wire.exchange(WRITES[method], timeout_s=behaviour.timeout_s)
            wrong += _judged(second, behaviour.again, None)
            if len(seen.lines) != 2 or seen.connections != behaviour.connections:
                wrong.append(f"{len(seen.lines)} requests, {seen.connections} connections for two writes")
    return wrong


def _judged(got: Reply, claim: Claim, status: int | None) -> list[str]:
    if not isinstance(got, claim):
        return [f"{got}, not {claim.__name__}"]
    if isinstance(got, Arrived) and status is not None and got.status != status:
        return [f"HTTP {got.status}, not {status}"]
    return []


async def not_reached(name: str, method: str) -> list[str]:
    """A write to where no connection comes about: proof that nothing left, and no fault of TLS."""
    with ExitStack() as stack:
        origin = _UNREACHED[name](stack)
        async with Wire(tenant_at(origin)) as wire:
            got = await wire.exchange(WRITES[method], timeout_s=TIMEOUT_S)
    if not isinstance(got, NotSent):
        return [f"{got}, not NotSent"]
    return [] if got.cause is NotSentCause.CONNECT else [f"the cause is {got.cause}"]


def _closed(stack: ExitStack) -> str:
    with stack.enter_context(socket.create_server(("127.0.0.1", 0))) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def _full(stack: ExitStack) -> str:
    """A port whose queue is full: the connection is never made."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(4):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _slow_name(stack: ExitStack) -> str:
    async def resolve(*_arguments: object, **_options: object) -> list[object]:
        await asyncio.sleep(2 * TIMEOUT_S)
        return []

    stack.enter_context(patch("aiohttp.ThreadedResolver.resolve", resolve))
    return "https://slow.example"


def _empty_name(stack: ExitStack) -> str:
    async def resolve(*_arguments: object, **_options: object) -> list[object]:
        return []

    stack.enter_context(patch("aiohttp.ThreadedResolver.resolve", resolve))
    return "https://empty.example"


def _silent_tls(stack: ExitStack) -> str:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f"https://127.0.0.1:{listener.getsockname()[1]}"


_UNREACHED: Final[dict[str, Callable[[ExitStack], str]]] = {
    "N1 a name that is looked up for ever": _slow_name,
    "N1 a name without an address": _empty_name,
    "N2 a closed port": _closed,
    "N2 a port that does not answer": _full,
    "N4 a handshake that stalls": _silent_tls,
}


async def with_token(name: str, method: str) -> list[str]:
    """A write through the whole transport, on the connection over which its token came."""
    seen, tokens = Seen(), list[bytes]()

    async def serve(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await seen.whole(reader)
            if b"/oauth/token" in head:
                tokens.append(seen.lines.pop())
                writer.write(grant(f"t{len(tokens)}"))
            elif name == "401":
                writer.write(reply(b"", 401 if b"Bearer t1" in head else 200))
            else:
                break_off(writer)

    async with serving(seen, serve) as origin, Transport.to(tenant_at(origin), CREDENTIALS) as transport:
        got = await transport.send(WRITES[method], timeout_s=10.0)
        await asyncio.sleep(0.01)
        wrong = _judged(got, Arrived, 401) if name == "401" else _judged(got, Lost, None)
        if len(seen.lines) != 1:
            wrong.append(f"{len(seen.lines)} requests for one write")
        if name == "401":
            wrong += _judged(await transport.send(WRITES[method], timeout_s=10.0), Arrived, 200)
            if len(tokens) != 2:
                wrong.append(f"{len(tokens)} tokens were asked for, not 2")
    return wrong


SocketCell: TypeAlias = tuple[str, Callable[[], Awaitable[list[str]]]]


def socket_cells() -> Iterator[SocketCell]:
    """Every cell of this table: its name, and what to await."""
    for method in WRITES:
        for behaviour in BEHAVIOURS:
            yield f"{behaviour.name} | {method}", lambda b=behaviour, m=method: met(b, m)
        for name in _UNREACHED:
            yield f"{name} | {method}", lambda n=name, m=method: not_reached(n, m)
        for name in ("401", "N7 the token's connection is broken off"):
            yield f"{name}, with a token | {method}", lambda n=name, m=method: with_token(n, m)

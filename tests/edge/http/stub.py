"""A server that does exactly what a test says, on raw sockets, and counts what reaches it."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from ssl import SSLContext
from typing import Self

from runner.core.tenant import Tenant, TenantKind
from runner.edge.secret import Credentials, Secret

CANARY_SECRET = "canary/secret+5f1e9c=="
CANARY_TOKEN = "canary-token-77aa31"
CREDENTIALS = Credentials("client-id", Secret(CANARY_SECRET), "a test")


def tenant_at(origin: str, **changes) -> Tenant:
    """A tenant at an address of this machine."""
    return Tenant(name="acme", kind=TenantKind.LOOPBACK, origin=origin, **changes)


def reply(body: bytes = b'{"success":true}', status: int = 200, **headers: str) -> bytes:
    """A whole reply with its length."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def grant(
    token: str = CANARY_TOKEN, expires_in: int = 3600, scope: str = "tenant.4711 entity.ab-1 user.u7"
) -> bytes:
    """A token endpoint's reply."""
    text = f'{{"access_token":"{token}","token_type":"bearer","expires_in":{expires_in},"scope":"{scope}"}}'
    return reply(text.encode())


class Exchange:
    """One request as it was read, and the means to answer it."""

    def __init__(self, head: bytes, body: bytes, nth: int, writer: asyncio.StreamWriter) -> None:
        self.head = head
        self.body = body
        self.nth = nth
        self.writer = writer

    @property
    def line(self) -> str:
        """The request line."""
        return self.head.split(b"\r\n", 1)[0].decode()

    def header(self, name: str) -> str | None:
        """A header's value, None where it is absent."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b": ")
            if key.lower() == name.lower().encode():
                return value.decode()
        return None

    async def write(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        """Write pieces, with a pause after each."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause_s)

    def close(self) -> None:
        """Close the connection in order."""
        self.writer.close()

    def reset(self) -> None:
        """Break the connection off with an RST."""
        endpoint = self.writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Answer = Callable[[Exchange], Awaitable[None]]


class Stub:
    """Answers every request but token requests with `answer`; tokens with `grants`."""

    def __init__(self, answer: Answer, tls: SSLContext | None = None) -> None:
        self._answer = answer
        self._tls = tls
        self.requests: list[Exchange] = []
        self.token_requests: list[Exchange] = []
        self.connections = 0
        self.origin = ""
        self.answer_token: Answer = _grant

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                exchange = Exchange(head, b"", 0, writer)
                exchange.body = await reader.readexactly(int(exchange.header("Content-Length") or 0))
                kept = self.token_requests if b"/oauth/token" in head else self.requests
                kept.append(exchange)
                exchange.nth = len(kept)
                await (self.answer_token if kept is self.token_requests else self._answer)(exchange)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _grant(exchange: Exchange) -> None:
    await exchange.write(grant())


async def ok(exchange: Exchange) -> None:
    """Answer with success."""
    await exchange.write(reply())


def answers(*pieces: bytes, then: str = "", pause_s: float = 0.0) -> Answer:
    """Write these pieces, then `close` or `reset` the connection."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(*pieces, pause_s=pause_s)
        if then:
            getattr(exchange, then)()

    return answer


class Proxy:
    """Answers CONNECT with `status`; with 200 it joins the two ends."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n" % self.status)
        if self.status == 200:
            host, port = head.split()[1].decode().split(":")
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
    except ConnectionError:
        pass
    writer.close()

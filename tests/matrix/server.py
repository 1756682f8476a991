"""Servers that treat a connection as they should not, and note what reached them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.edge.http.stub import reply

SILENT_S: Final = 0.5
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(slots=True)
class Seen:
    """What reached the server: the request lines of writes, as far as they came, and its connections."""

    lines: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0

    async def head(self, reader: asyncio.StreamReader) -> bytes:
        """Read one head, and note it."""
        head = await reader.readuntil(_HEAD_END)
        self.lines.append(head.split(b"\r\n", 1)[0])
        return head

    async def whole(self, reader: asyncio.StreamReader) -> bytes:
        """Read one whole request, and note it; its head."""
        head = await self.head(reader)
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
        return head


Serve: TypeAlias = Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(seen: Seen, serve: Serve) -> AsyncIterator[str]:
    """A server on this machine; in the end its connections are given up, in whatever they are."""
    works: list[asyncio.Future[None]] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        works.append(asyncio.ensure_future(serve(seen, reader, writer)))
        await asyncio.wait({works[-1]})
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await asyncio.sleep(0.01)


def break_off(writer: asyncio.StreamWriter) -> None:
    """Send an RST."""
    endpoint = writer.get_extra_info("socket")
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def end(writer: asyncio.StreamWriter, how: str) -> None:
    """End a connection, with an RST or in order."""
    if how == "reset":
        break_off(writer)
    else:
        writer.close()


def before_reading(how: str) -> Serve:
    """End the connection before a byte is read."""

    async def serve(_seen: Seen, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end(writer, how)

    return serve


def after_head(how: str) -> Serve:
    """End the connection when the head was read, and not the body."""

    async def serve(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await seen.head(reader)
        end(writer, how)

    return serve


def answering(*pieces: bytes, then: str = "", pause_s: float = 0.0) -> Serve:
    """Answer every request with these pieces, then go on, or close, reset or stay silent."""

    async def serve(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await seen.whole(reader)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
            if then == "silent":
                await asyncio.sleep(SILENT_S)
            if then:
                end(writer, then)
                return

    return serve


async def unasked(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say 408 to whoever connects, before anything was asked."""
    writer.write(reply(b"", 408, Connection="close"))
    with suppress(asyncio.IncompleteReadError):
        await seen.whole(reader)
    writer.close()


async def good_then_reset(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the first request of a connection, and break it off in the middle of the second."""
    await seen.whole(reader)
    writer.write(reply())
    await seen.head(reader)
    break_off(writer)

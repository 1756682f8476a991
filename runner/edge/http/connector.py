"""Connections: which may be used again, and the proof that nothing left.

"Not sent" is proved by where an error came from (out of `connect`, before the request was given to a
connection), not by its name.
"""

import select
import socket
import struct
from asyncio import Transport
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Final
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

IDLE_MAX_S: Final = 10.0
"""An idle connection older than this is not used again: the server may just be closing it (N7)."""


class SentTwice(RuntimeError):
    """The library asked for a second connection for one request: it was about to send it again."""


class Progress:
    """How far one request has come; `connection` is set just before its first byte may leave.

    `is_late`: it has waited so long for its connection (the machine slept) that it must not leave any more.
    """

    __slots__ = ("connection", "is_late", "protocol", "transport")

    def __init__(self, is_late: Callable[[], bool] = lambda: False) -> None:
        self.is_late = is_late
        self.connection: Connection | None = None
        self.protocol: ResponseHandler | None = None
        self.transport: Transport | None = None

    def connected(self, connection: Connection) -> None:
        """Note the connection that the request is about to be written to."""
        self.connection = connection
        self.protocol = connection.protocol
        self.transport = connection.transport

    @property
    def may_have_left(self) -> bool:
        """Whether a byte of the request may have left."""
        return self.connection is not None

    @property
    def was_reset(self) -> bool:
        """Whether the connection broke, rather than being closed in order."""
        return self.protocol is not None and isinstance(self.protocol.exception(), aiohttp.ClientOSError)

    def cut(self) -> None:
        """Break the connection off, unless it was given back in good order (another request may have it).

        Closing is not enough: what still stands in the buffers would be delivered later, perhaps after the
        quiet window (last byte + 150 s) in which we trust that nothing of it can still happen.
        """
        transport, connection = self.transport, self.connection
        if transport is None or connection is None:
            return
        if connection.protocol is None and not transport.is_closing():
            return
        endpoint = transport.get_extra_info("socket")
        with suppress(OSError, AttributeError, ValueError):  # closed already: nothing is buffered any more
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


PROGRESS: Final[ContextVar[Progress]] = ContextVar("PROGRESS")


class Connector(aiohttp.TCPConnector):
    """aiohttp's connector, which tells `PROGRESS` when a request gets its connection.

    It hands out no used connection on which something arrived unasked for while it was idle: the server's
    farewell, or a second reply that would be taken for the answer to the next request (N7, N16).
    """

    def __init__(self) -> None:
        # No limit here: lanes bound what is in flight. A resolver of its own kind, not of what is installed.
        resolver = aiohttp.ThreadedResolver()
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - a bare tuple in aiohttp's own types
            limit=0, keepalive_timeout=IDLE_MAX_S, resolver=resolver
        )
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> Connection:
        """Get a connection for a request; whatever this raises, nothing of the request has left."""
        progress = PROGRESS.get()
        if progress.may_have_left:
            raise SentTwice("aiohttp was about to send one request twice")
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol is not None and protocol not in self._used:
                self._used.add(protocol)
                break
            if protocol is not None and not _is_spoiled(protocol, connection.transport):
                break
            connection.close()
        if progress.is_late():
            connection.close()
            raise TimeoutError
        progress.connected(connection)
        return connection


def _is_spoiled(protocol: ResponseHandler, transport: Transport | None) -> bool:
    if protocol.should_close or transport is None or transport.is_closing():
        return True
    endpoint = transport.get_extra_info("socket")
    try:
        waiting = select.poll()
        waiting.register(endpoint.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(waiting.poll(0))
    except (OSError, AttributeError, ValueError):
        return True


_NO_LINGER: Final = struct.pack("ii", 1, 0)

"""What is on the wire between the program and its tenant, counted by a dumb TCP proxy.

It passes bytes on as they come and understands of them only where a request begins and ends; no HTTP library,
and nothing of the runner, has a part in it. Before a write goes on to the tenant, its event `sent` is looked
for in the checkpoint, from outside.
"""

import asyncio
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

_CHUNK = 65_536
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
_TRACK = re.compile(rb"\r\nZuora-Track-Id: *([!-~]+)\r\n", re.IGNORECASE)
_WRITE = re.compile(rb"(?:PUT|POST|DELETE|PATCH) /(?!oauth/)")
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Requests:
    """The requests of one connection, cut out of its bytes; `rest` is one whose end has not come."""

    rest: bytes = b""
    body_left: int = 0

    def heads(self, piece: bytes) -> Iterator[bytes]:
        """Take some more bytes in; the heads of requests that are complete by now."""
        self.rest += piece
        while True:
            skipped = min(self.body_left, len(self.rest))
            self.body_left -= skipped
            self.rest = self.rest[skipped:]
            head, end, after = self.rest.partition(_HEAD_END)
            if self.body_left or not end:
                return
            length = _LENGTH.search(head + b"\r\n")
            self.body_left, self.rest = int(length[1]) if length else 0, after
            yield head + b"\r\n"


@dataclass(slots=True)
class Counted:
    """What was seen: `writes` by track id; `torn` began and broke off before its head was whole."""

    requests: int = 0
    torn: int = 0
    writes: Counter[str] = field(default_factory=Counter[str])
    unnamed: list[str] = field(default_factory=list[str])
    unsent: list[str] = field(default_factory=list[str])

    def take(self, head: bytes, is_sent: Callable[[str], bool]) -> None:
        """Count a request, at the moment at which it is on the wire."""
        self.requests += 1
        track = _TRACK.search(head)
        if track is None:
            if _WRITE.match(head):
                self.unnamed.append(head.partition(b"\r\n")[0].decode("ascii", "replace"))
            return
        name = track[1].decode("ascii")
        self.writes[name] += 1
        if not is_sent(name):
            self.unsent.append(name)

    def broke_off(self, rest: bytes, is_sent: Callable[[str], bool]) -> None:
        """Count what a connection ended with: the beginning of a request, if its name is there, is one."""
        self.torn += bool(rest)
        if _TRACK.search(rest):
            self.take(rest, is_sent)

    def violations(self) -> list[str]:
        """Each thing that may not be, in words."""
        many = {track: times for track, times in self.writes.items() if times > 1}
        twice = [f"{track}: {times} requests for one sent event" for track, times in many.items()]
        unsent = [f"{track}: on the wire, and not committed as sent" for track in self.unsent]
        return twice + unsent + [f"{line}: a write without a track id" for line in self.unnamed]


class Wire:
    """The proxy, in a thread of its own. `upstream` is the tenant's port; `is_sent` asks the checkpoints."""

    def __init__(self, is_sent: Callable[[str], bool]) -> None:
        self.counted = Counted()
        self.upstream = 0
        self.port = 0
        self.faults: list[str] = []
        self._is_sent = is_sent
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ends: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10.0)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._ends.set_result, None)
        self._thread.join(10.0)
        self._loop.close()

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0, limit=_CHUNK)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ends
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.0)  # the transports close in the loop's next turn

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the program's: its own to the tenant, and bytes both ways until either ends."""
        requests = Requests()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream, limit=_CHUNK)
        except OSError:
            _break(writer)
            return
        ways = [
            asyncio.ensure_future(self._outward(reader, far_writer, requests)),
            asyncio.ensure_future(_passed_on(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._note(await asyncio.gather(*ways, return_exceptions=True))
            self.counted.broke_off(requests.rest, self._is_sent)
            broken = any(way.done() and not way.cancelled() and way.exception() for way in ways)
            for end in (writer, far_writer):
                _break(end) if broken else end.close()

    async def _outward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Requests
    ) -> None:
        while piece := await reader.read(_CHUNK):
            for head in requests.heads(piece):
                self.counted.take(head, self._is_sent)
            writer.write(piece)
            await writer.drain()

    def _note(self, ends: list[BaseException | None]) -> None:
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, OSError):
                self.faults.append(repr(end))


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_CHUNK):
        writer.write(piece)
        await writer.drain()


def _break(writer: asyncio.StreamWriter) -> None:
    """Break a connection off with a reset, as the other side did."""
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()

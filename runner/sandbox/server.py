"""One server process for one directory: its lock, its address, its end."""

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, cast

from aiohttp import web

from runner.sandbox.http_door import HttpDoor
from runner.sandbox.private import make_private
from runner.sandbox.setup import Setup

ADDRESS: Final = "address.json"
LOCK: Final = "lock"
TICK_S: Final = 0.2
"""How often what happens by itself is let happen while no request comes."""
_LINE_BYTES_MAX: Final = 64 * 1024


class SandboxBusyError(Exception):
    """Another server serves this directory."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is reached; it stands in the directory, for its owner alone."""

    origin: str
    port: int
    pid: int
    secret: str

    def write(self, directory: Path) -> None:
        """Put it in the directory, whole or not at all."""
        fresh = directory / f"{ADDRESS}.{self.pid}"
        members = {"origin": self.origin, "port": self.port, "pid": self.pid, "secret": self.secret}
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(members, file)
        fresh.replace(directory / ADDRESS)

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """The address in a directory; it may be that of a server that was killed."""
        try:
            members = cast("dict[str, str | int]", json.loads((directory / ADDRESS).read_text()))
            return cls(
                str(members["origin"]), int(members["port"]), int(members["pid"]), str(members["secret"])
            )
        except (OSError, ValueError, KeyError):
            return None


class DirectoryLock:
    """The one server's hold on its directory: the kernel frees it, however the process ends."""

    def __init__(self, directory: Path) -> None:
        make_private(directory)
        self._file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Take it and write this process's id into it; False where another process has it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            if fault.errno not in {errno.EAGAIN, errno.EACCES}:
                raise
            return False
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)
        return True

    def holder(self) -> int | None:
        """The process that has it, as that wrote it down."""
        text = os.pread(self._file, 20, 0)
        return int(text) if text.isdigit() else None

    def close(self) -> None:
        """Let it go."""
        os.close(self._file)


async def run_server(
    directory: Path, setup: Setup, *, port: int, pinned: bool, announce: Callable[[str], None]
) -> None:
    """Serve until SIGINT, SIGTERM, the control endpoint or idleness end it.

    `port` 0 takes the one that this directory's last server had, or any; `announce` is told the origin.
    """
    lock = DirectoryLock(directory)
    try:
        if not lock.take():
            raise SandboxBusyError(f"{directory}: another server serves this tenant")
        secret = secrets.token_hex(16)
        door = HttpDoor(directory, setup, secret=secret, pinned=pinned)
        server = web.Server(
            door.handle,
            access_log=None,
            max_line_size=_LINE_BYTES_MAX,
            max_field_size=_LINE_BYTES_MAX,
        )
        runner = web.ServerRunner(server, shutdown_timeout=1.0)
        try:
            await runner.setup()
            bound = await _bind(runner, directory, port)
            address = Address(f"http://127.0.0.1:{bound}", bound, os.getpid(), secret)
            address.write(directory)
            announce(address.origin)
            await _until_stopped(door)
        finally:
            await runner.cleanup()
            door.close()
    finally:
        lock.close()


async def _bind(runner: web.ServerRunner, directory: Path, port: int) -> int:
    last = Address.read(directory)
    if port == 0 and last is not None:
        # A run that was under way finds the tenant again where it was.
        with contextlib.suppress(OSError):
            return await _listen(runner, last.port)
    return await _listen(runner, port)


async def _listen(runner: web.ServerRunner, port: int) -> int:
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    try:
        await site.start()
    except OSError:
        await site.stop()
        raise
    addresses = cast("list[tuple[str, int]]", runner.addresses)
    return addresses[-1][1]


async def _until_stopped(door: HttpDoor) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, door.stopped.set)
    while not door.stopped.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(door.stopped.wait(), TICK_S)
        door.tick()

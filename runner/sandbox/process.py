"""Starting, joining, ending and resetting the server of a simulated tenant (for `compose` and `cli`).

Exactly one server serves a directory. A command that needs the tenant calls `attach`; a person who wants to
talk to it calls `serve`. The server started by `attach` is a process of its own and outlives the command.
"""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runner.sandbox.http_door import CONTROL, CONTROL_HEADER
from runner.sandbox.private import make_private
from runner.sandbox.record import EFFECTS, JOURNAL, Record
from runner.sandbox.scenario import load_scenario
from runner.sandbox.server import ADDRESS, Address, DirectoryLock, SandboxBusyError, run_server
from runner.sandbox.setup import Setup

LOG: Final = "server.log"
START_S: Final = 60.0
"""How long a starting server may take (it reads its whole journal)."""
_STARTS_MAX: Final = 3
_LOCKED_WITHIN_S: Final = 5.0
_POLL_S: Final = 0.02
_CONTROL_TIMEOUT_S: Final = 10.0


class SandboxError(Exception):
    """The simulated tenant could not be started, joined or ended; the message says why."""


def serve(directory: Path, setup: Setup, port: int, *, announce: Callable[[str], None]) -> None:
    """Serve a tenant until SIGINT or SIGTERM; `announce` is told its address first.

    A server that a command started on this directory is ended before; `SandboxError` where a person's own
    server has it, or the port is taken; `ScenarioError` where the scenario file is wrong.
    """
    setup = _checked(setup)
    running = Address.read(directory)
    if running is not None and _ask(running, "ping").get("pinned") is False:
        _stop(directory)
    try:
        asyncio.run(run_server(directory, setup, port=port, pinned=True, announce=announce))
    except SandboxBusyError as fault:
        raise SandboxError(str(fault)) from None
    except OSError as fault:
        raise SandboxError(f"port {port}: {fault.strerror or fault}") from None


def attach(directory: Path, setup: Setup) -> str:
    """The origin of a tenant's server: joins the running one, or starts one and waits until it answers.

    This process keeps the server from ending for idleness while it lives. The setup given here takes effect,
    unless the server was started by hand.
    """
    setup = _checked(setup)
    directory = directory.resolve()
    starts, started_at, deadline = 0, 0.0, time.monotonic() + START_S
    while time.monotonic() < deadline:
        origin = _join(directory, setup)
        if origin is not None:
            return origin
        if time.monotonic() - started_at > _LOCKED_WITHIN_S and _free(directory):
            if starts == _STARTS_MAX:
                break
            starts, started_at = starts + 1, time.monotonic()
            _start(directory, setup)
        time.sleep(_POLL_S)
    raise SandboxError(f"the simulated tenant does not answer; the end of its log: {_log_end(directory)}")


def reset(directory: Path) -> None:
    """End a running server of this directory, and begin a new, empty tenant with another tenant id."""
    _stop(directory)
    lock = DirectoryLock(directory)
    try:
        if not lock.take():
            raise SandboxError(f"{directory}: another server took this tenant meanwhile")
        for name in (JOURNAL, EFFECTS, ADDRESS, LOG):
            (directory / name).unlink(missing_ok=True)
        Record(directory, time.time()).close()
    finally:
        lock.close()


def _checked(setup: Setup) -> Setup:
    """The setup with an absolute scenario path, once it is sure that a server can use it."""
    load_scenario(setup.scenario)
    try:
        ZoneInfo(setup.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SandboxError(f"timezone {setup.timezone!r} is not known") from None
    return setup if setup.scenario is None else replace(setup, scenario=str(Path(setup.scenario).resolve()))


def _join(directory: Path, setup: Setup) -> str | None:
    address = Address.read(directory)
    if address is None:
        return None
    body = json.dumps({"pid": os.getpid(), "setup": setup.dumps()}).encode()
    answer = _ask(address, "attach", body)
    if "message" in answer:
        raise SandboxError(str(answer["message"]))
    return address.origin if answer else None


def _ask(address: Address, what: str, body: bytes = b"") -> dict[str, object]:
    """Ask the control endpoint; empty where nobody answers, or somebody else does."""
    connection = http.client.HTTPConnection(urlsplit(address.origin).netloc, timeout=_CONTROL_TIMEOUT_S)
    try:
        connection.request("POST", CONTROL + what, body, {CONTROL_HEADER: address.secret})
        reply = connection.getresponse()
        text = reply.read()
        return cast("dict[str, object]", json.loads(text)) if reply.status in {200, 409} else {}
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()


def _start(directory: Path, setup: Setup) -> None:
    make_private(directory)
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    # It outlives the command, and needs no credentials of anybody.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ZUORA_")}
    command = [sys.executable, "-m", "runner.sandbox", str(directory), setup.dumps()]
    log = os.open(directory / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # The process started here forks and returns at once; its child is nobody's child any more.
        subprocess.run(  # noqa: S603  (our own interpreter and module)
            command,
            check=False,
            cwd="/",
            env={**environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def _free(directory: Path) -> bool:
    """Whether no server holds the directory."""
    lock = DirectoryLock(directory)
    try:
        return lock.take()
    finally:
        lock.close()


def _stop(directory: Path) -> None:
    """End the server of a directory: by its control endpoint, else by the process id in the lock it holds."""
    address = Address.read(directory)
    asked = address is not None and bool(_ask(address, "stop"))
    deadline = time.monotonic() + _CONTROL_TIMEOUT_S
    while not _free(directory):
        if not asked or time.monotonic() > deadline:
            _kill_holder(directory)
        if time.monotonic() > 2 * _CONTROL_TIMEOUT_S + deadline:
            raise SandboxError(f"{directory}: its server cannot be ended")
        time.sleep(_POLL_S)


def _kill_holder(directory: Path) -> None:
    lock = DirectoryLock(directory)
    try:
        holder = None if lock.take() else lock.holder()
    finally:
        lock.close()
    if holder is not None and holder != os.getpid():
        try:
            os.kill(holder, signal.SIGKILL)
        except ProcessLookupError:
            return


def _log_end(directory: Path) -> str:
    try:
        lines = (directory / LOG).read_text(errors="replace").splitlines()
    except OSError:
        return "there is none"
    return lines[-1] if lines else "it is empty"

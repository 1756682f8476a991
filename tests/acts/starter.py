"""Starts programs and tenants on a moved clock: `python -m tests.acts.starter CLOCK`, told by lines of JSON.

It imports the program once and forks it for each command: every command is a process of its own, that can be
killed at any moment, and costs no start of an interpreter.
"""

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import sys
import time
from pathlib import Path
from typing import Any

real_monotonic, real_sleep = time.monotonic, time.sleep
_PAUSE_S = 0.001


def main() -> int:
    """Serve until standard input ends; then end what is left."""
    from tests.acts.clock import MovedClock  # noqa: PLC0415  (nothing of the program before the clock)

    MovedClock(Path(sys.argv[1])).install()
    _preload()
    own = [os.dup(0), os.dup(1)]
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    running: set[int] = set()
    with os.fdopen(own[0]) as orders, os.fdopen(own[1], "w") as answers:
        for line in orders:
            order = json.loads(line)
            answers.write(json.dumps({**_obey(order, running, own), "number": order["number"]}) + "\n")
            answers.flush()
    for pid in running:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return 0


def _preload() -> None:
    """Import all that a command imports when it is called."""
    for package in (
        "runner.cli.verbs",
        "runner.compose",
        "runner.sandbox",
        "runner.edge",
        "runner.operations",
    ):
        home = importlib.import_module(package)
        for found in pkgutil.walk_packages(home.__path__, f"{package}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    for name in ("anyio._backends._asyncio", "tests.acts.points", "encodings.idna", "zoneinfo"):
        importlib.import_module(name)
    gc.freeze()


def _obey(order: dict[str, Any], running: set[int], own: list[int]) -> dict[str, Any]:
    match order["order"]:
        case "start":
            pid = _forked(order, own)
            running.add(pid)
            return {"pid": pid}
        case "wait":
            code = _waited(order["pid"], order["timeout_s"])
            if code is not None:
                running.discard(order["pid"])
            return {"code": code}
        case other:
            raise ValueError(other)


def _forked(order: dict[str, Any], own: list[int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        for descriptor in own:
            os.close(descriptor)
        _settle_in(order)
        code = _serve(order) if "tenant" in order else _program(order)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _settle_in(order: dict[str, Any]) -> None:
    os.chdir(order["directory"])
    os.environ.clear()
    os.environ.update(order["environ"])
    for descriptor, name in ((1, "out"), (2, "err")):
        opened = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)


def _program(order: dict[str, Any]) -> int:
    from runner.cli.main import main as command  # noqa: PLC0415  (after the clock)
    from runner.sandbox import process  # noqa: PLC0415
    from tests.acts.points import plant  # noqa: PLC0415

    def refuse(*_: object) -> None:
        raise AssertionError("the tenant of this test is not there, and a real one has another clock")

    process._start = refuse
    if order["point"] is not None:
        plant(order["point"], Path(order["hold"]))
    sys.argv = ["zuora-batch", *order["arguments"]]
    try:
        command()
    except SystemExit as left:
        return int(left.code or 0)
    raise AssertionError("it neither left nor failed")


def _serve(order: dict[str, Any]) -> int:
    from runner.sandbox import http_door, server  # noqa: PLC0415
    from runner.sandbox.setup import Setup  # noqa: PLC0415
    from tests.acts.points import log_requests  # noqa: PLC0415

    http_door.IDLE_S = 12_000.0  # ten real minutes, should nobody end it
    log_requests(Path(order["requests"]))
    setup = Setup.loads(order["tenant"])
    asyncio.run(server.run_server(Path(order["home"]), setup, port=0, pinned=False, announce=lambda _: None))
    return 0


def _waited(pid: int, timeout_s: float) -> int | None:
    until = real_monotonic() + timeout_s
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if real_monotonic() >= until:
            return None
        real_sleep(_PAUSE_S)


if __name__ == "__main__":
    sys.exit(main())

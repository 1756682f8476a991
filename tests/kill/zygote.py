"""A process that has imported the program and forks off one for each command: `python -m tests.kill.zygote`.

Importing is most of what a short launch costs, and nothing of it is worth killing. A fork is the program as
it is after its imports: same modules, nothing opened, no thread. One command is one line of JSON on standard
input; the answers, on standard output, are lines too.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
from contextlib import suppress
from typing import Any

import runner.cli.verbs
from runner.cli.main import main
from tests.kill.pointed import arm

_CHUNK = 65_536


class Zygote:
    """Serves one client: `{"id", "argv", "cwd", "env", "out", "arm"}` starts, `{"id", "signal"}` signals."""

    def __init__(self) -> None:
        self._answers = os.dup(1)
        os.dup2(2, 1)
        self._wake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is the test run's own
        self._rest = b""
        self._pids: dict[str, int] = {}

    def serve(self) -> dict[str, Any] | None:
        """Serve until the client goes away (None); in a child: what it is asked to run."""
        while True:
            ready, _, _ = select.select([0, self._wake], [], [])
            if self._wake in ready:
                with suppress(BlockingIOError):
                    os.read(self._wake, _CHUNK)
            self._reap()
            if 0 in ready:
                read = os.read(0, _CHUNK)
                if not read:
                    return None
                *lines, self._rest = (self._rest + read).split(b"\n")
                for line in lines:
                    if (asked := self._carry_out(json.loads(line))) is not None:
                        return asked

    def _carry_out(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        if "signal" in asked:
            if asked["id"] in self._pids:  # not reaped yet, so that the id is still its own
                os.kill(self._pids[asked["id"]], asked["signal"])
            return None
        pid = os.fork()
        if not pid:
            os.close(self._answers)
            return asked
        self._pids[asked["id"]] = pid
        self._tell({"id": asked["id"], "pid": pid})
        return None

    def _reap(self) -> None:
        for name, pid in list(self._pids.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del self._pids[name]
                self._tell({"id": name, "code": os.waitstatus_to_exitcode(status)})

    def _tell(self, answer: dict[str, Any]) -> None:
        os.write(self._answers, json.dumps(answer).encode() + b"\n")


def become(asked: dict[str, Any]) -> None:
    """Be the program, started with these arguments in that place; ends as the program ends."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, target in ((0, os.devnull), (1, asked["out"])):
        opened = os.open(target, os.O_RDWR | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["zuora-batch", *asked["argv"]]
    if asked["arm"] is not None:
        arm(*asked["arm"])
    main()


def serve() -> None:
    """Import all that a command may need, then serve."""
    for found in pkgutil.iter_modules(runner.cli.verbs.__path__):
        importlib.import_module(f"runner.cli.verbs.{found.name}")
    for name in ("launch", "resuming", "stopping", "plan"):
        importlib.import_module(f"runner.compose.{name}")
    gc.freeze()
    asked = Zygote().serve()
    if asked is not None:
        become(asked)


if __name__ == "__main__":
    serve()

"""Starting the program quickly: a client of `tests.kill.zygote`."""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Warm:
    """A program that was started warm; of `subprocess.Popen` it has what is needed here."""

    def __init__(self, client: "Client", name: str, out: Path) -> None:
        self._client = client
        self._name = name
        self._out = out
        self.started = threading.Event()
        self.ended = threading.Event()
        self.pid = 0
        self.returncode: int | None = None
        self.started_at = time.monotonic()
        self.ended_at = 0.0

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that killed it); None while it runs."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        self._client.ask({"id": self._name, "signal": int(number)})

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it said, on both streams."""
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired(self._name, timeout or 0.0)
        return self._out.read_text(errors="replace"), ""

    def end(self, timeout_s: float) -> tuple[int, str]:
        """Wait for its end; its exit code, and what it said."""
        out, _ = self.communicate(timeout_s)
        assert self.returncode is not None
        return self.returncode, out


class Client:
    """One zygote, and the programs that were forked off it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zbr-warm-")
        self._numbers = count(1)
        self._programs: dict[str, Warm] = {}
        self._turn = threading.Lock()
        self._zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.zygote"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], arm: Sequence[object] | None
    ) -> Warm:
        """Start the program; `arm` are the arguments of `tests.kill.pointed.arm`."""
        name = str(next(self._numbers))
        out = Path(self._folder.name) / name
        out.touch()
        program = self._programs[name] = Warm(self, name, out)
        self.ask(
            {"id": name, "argv": list(argv), "cwd": str(cwd), "env": dict(env), "out": str(out), "arm": arm}
        )
        assert program.started.wait(60.0), "the zygote does not answer"
        assert program.pid, "the zygote has ended; what it said stands on standard error"
        return program

    def ask(self, what: dict[str, Any]) -> None:
        """Tell the zygote."""
        assert self._zygote.stdin is not None
        with self._turn, suppress(BrokenPipeError):  # it has ended: whoever waits is told so
            self._zygote.stdin.write(json.dumps(what).encode() + b"\n")
            self._zygote.stdin.flush()
        if self._zygote.poll() is not None:
            self._let_go()

    def close(self) -> None:
        """End it; whoever was forked off and runs still goes on."""
        assert self._zygote.stdin is not None
        with suppress(BrokenPipeError):
            self._zygote.stdin.close()
        self._zygote.wait(10.0)
        self._listener.join()
        assert self._zygote.stdout is not None
        self._zygote.stdout.close()
        self._folder.cleanup()

    def _listen(self) -> None:
        assert self._zygote.stdout is not None
        for line in self._zygote.stdout:
            answer = json.loads(line)
            program = self._programs[answer["id"]]
            if "pid" in answer:
                program.pid = answer["pid"]
                program.started.set()
            else:
                program.returncode = answer["code"]
                program.ended_at = time.monotonic()
                del self._programs[answer["id"]]
                program.ended.set()
        self._let_go()

    def _let_go(self) -> None:
        """Nobody is told any more: whoever waits goes on, and finds no process and no exit code."""
        for program in list(self._programs.values()):
            program.started.set()
            program.ended.set()


@cache
def client() -> Client:
    """The one zygote of this process; it ends with it."""
    made = Client()
    atexit.register(made.close)
    return made

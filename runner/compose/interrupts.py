"""Signals while a launch is under way."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from runner.compose.console import Console
from runner.compose.derive import derive_files
from runner.core.summary import EXIT_FORCED
from runner.engine.launch import Launch


class Interrupts:
    """A context manager: within it signals stop a launch.

    The first SIGINT, SIGTERM or SIGHUP asks the launch to stop. A second SIGINT or SIGTERM sends nothing
    more, writes the files as things stand, and leaves (130); a third leaves at once. What was sent and not
    answered by then stands in the checkpoint as sent: a resume finds out.
    """

    def __init__(self, launch: Launch, directory: Path, console: Console) -> None:
        self._launch = launch
        self._directory = directory
        self._console = console
        self._asked = self._leaving = False
        self._former: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._former[number] = signal.signal(number, self._received)

    def __exit__(self, *exc_info: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if not self._asked:
            self._asked = True
            name = signal.Signals(number).name
            self._console.err(f"{name}: finishing what is in flight; press Ctrl-C again to leave at once")
            self._launch.stop(f"stopped by {name}")
        elif number != signal.SIGHUP:
            self._leave()

    def _leave(self) -> None:
        """Write the files and exit; the loop stands still meanwhile, so nothing more is sent."""
        if self._leaving:
            os._exit(EXIT_FORCED)
        self._leaving = True
        try:
            os.write(2, b"\nleft at once; nothing is lost: resume finds out what was under way\n")
            summary = derive_files(self._directory, self._console)
            self._console.json({**summary.to_json(), "exit_code": EXIT_FORCED})
        finally:
            os._exit(EXIT_FORCED)

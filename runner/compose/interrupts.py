"""Signals, from the start of a command to its end. Imported early: it needs the standard library alone."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

from runner.core.fault import UserFault
from runner.core.summary import EXIT_FORCED, EXIT_NOT_ATTEMPTED

_HANGUP: Final = "SIGHUP"
_NAMES: Final = ("SIGINT", "SIGTERM", _HANGUP)
_STDERR: Final = 2
_TWICE_S: Final = 0.1
"""Two that come closer together are one: `timeout` and others send to a process and to its group besides."""
_LEAVE_S: Final = 3.0
"""For so long a forced end may write files; they can be derived again."""


class Interrupted(KeyboardInterrupt):
    """A first signal came while nothing was under way that has to be finished; its text is its name."""


def nothing_sent(stop: Interrupted) -> UserFault:
    """What is told where a run was stopped before there was one.

    The exit code is 4, as for every run that a signal stops: all of the job is left to attempt, and nothing
    was refused (2) or forced (130). The same command begins anew, also with `--run-id`.
    """
    return UserFault(
        f"stopped by {stop}: nothing was sent, and no run was made",
        hint="the same command begins anew",
        exit_code=EXIT_NOT_ATTEMPTED,
    )


class Interrupts:
    """What SIGINT, SIGTERM and SIGHUP do.

    The first one is, at its time:

    - within `breaking` raised as `Interrupted`, wherever the program is (it may wait for a person);
    - within `stopping` passed on to the launch, which begins nothing more and finishes what is in flight;
    - else kept in mind: a plan is committed or files are written, and that is finished first.

    A second SIGINT or SIGTERM leaves at once (130); within `stopping` what is known is written first, within
    some seconds. A third does not wait for that. What was sent and not answered stands in the checkpoint as
    sent: a resume finds out. SIGHUP comes again and again while a terminal closes, so it never forces.
    """

    def __init__(self) -> None:
        self._name: str | None = None
        self._asked_at = 0.0
        self._breaks = False
        self._leaving = False
        self._stop: Callable[[str], None] | None = None
        self._last_deed: Callable[[], None] | None = None

    def install(self) -> None:
        """From here on signals are these. A SIGHUP that is ignored (nohup) stays ignored."""
        for number in _known():
            if number.name != _HANGUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._received)

    def retire(self) -> None:
        """Everything is written and said, and the exit code is decided: no signal changes it any more."""
        for number in _known():
            signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def breaking(self) -> Generator[None]:
        """Within this (up to `hold`) a first signal is raised; so is one that was kept in mind before."""
        self._breaks = True
        try:
            self._raise_asked()
            yield
        finally:
            self._breaks = False

    def hold(self) -> None:
        """From here on a first signal is kept in mind, since there is something to finish."""
        if self._breaks:
            self._breaks = False
            # The exception of a signal may be swallowed (in a callback that may not raise): it comes again.
            self._raise_asked()

    @contextmanager
    def stopping(self, stop: Callable[[str], None], last_deed: Callable[[], None]) -> Generator[None]:
        """Within this a first signal calls `stop` with the reason, and a second `last_deed`.

        `stop` must bear to be called in the middle of anything (`loop.call_soon_threadsafe` does).
        """
        self._stop, self._last_deed = stop, last_deed
        if self._name is not None:
            stop(f"stopped by {self._name}")
        try:
            yield
        finally:
            self._stop = self._last_deed = None

    def _raise_asked(self) -> None:
        if self._name is not None:
            raise Interrupted(self._name)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if self._name is None:
            self._name, self._asked_at = name, time.monotonic()
            self._first(name)
        elif name != _HANGUP and time.monotonic() - self._asked_at > _TWICE_S:
            self._leave()

    def _first(self, name: str) -> None:
        if self._stop is not None:
            _say(f"{name}: finishing what is in flight; once more (Ctrl-C) to leave at once")
            self._stop(f"stopped by {name}")
        elif self._breaks:
            raise Interrupted(name)
        else:
            _say(f"{name}: finishing what is being written; once more (Ctrl-C) to leave at once")

    def _leave(self) -> None:
        """Write what is known and exit; the loop stands still meanwhile, so nothing more is sent."""
        if self._leaving:
            os._exit(EXIT_FORCED)
        self._leaving = True
        patience = threading.Timer(_LEAVE_S, os._exit, (EXIT_FORCED,))
        patience.daemon = True
        patience.start()
        try:
            _say("left at once; nothing is lost: what was under way is found out by the next `resume`")
            if self._last_deed is not None:
                self._last_deed()
        finally:
            os._exit(EXIT_FORCED)


def _known() -> list[signal.Signals]:
    """Those of the signals that this system has."""
    return [number for number in signal.Signals if number.name in _NAMES]


def _say(text: str) -> None:
    """Write a line past Python's streams, which may be in the middle of one; never wait for who reads."""
    with suppress(OSError, ValueError):
        free = select.poll()
        free.register(_STDERR, select.POLLOUT)
        if free.poll(0):
            newline = "\n" if os.isatty(_STDERR) else ""
            os.write(_STDERR, f"{newline}{text}\n".encode())

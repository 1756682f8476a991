"""Progress on standard error: one line that moves on a terminal, plain lines or JSON lines elsewhere.

Whatever happens to standard error, the run goes on: the first write that fails silences the progress.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TextIO, TypeAlias, cast

from runner.core.jsonvalue import dumps
from runner.core.options import ProgressMode
from runner.core.progress import ProgressState, progress_words

Monotonic: TypeAlias = Callable[[], float]
"""Seconds since some fixed moment."""

BAR_INTERVAL_S: Final = 0.25
JSON_INTERVAL_S: Final = 1.0
PLAIN_INTERVAL_S: Final = 10.0


class Progress(Protocol):
    """Shows how far a launch is. It may be told more often than it shows; it never raises."""

    def update(self, state: ProgressState) -> None:
        """Take note of a state; shown at once if it is the first, else when its time has come."""
        ...

    def close(self) -> None:
        """Show the last state, if it is not shown yet, and end. Further calls do nothing."""
        ...


class Display(Protocol):
    """Puts one state on a screen or into a stream; may raise `OSError` or `ValueError` (a closed stream)."""

    def show(self, state: ProgressState) -> None:
        """Show a state in place of, or after, the one before."""
        ...

    def end(self) -> None:
        """Nothing more comes."""
        ...


class NoProgress:
    """`--progress none`."""

    def update(self, state: ProgressState) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing."""


class ShownProgress:
    """Shows the first state at once, the last one at the end, and between them one every `interval_s`."""

    def __init__(self, display: Display, interval_s: float, now: Monotonic = time.monotonic) -> None:
        self._display = display
        self._interval_s = interval_s
        self._now = now
        self._shown_at: float | None = None
        self._waiting: ProgressState | None = None
        self._is_over = False

    def update(self, state: ProgressState) -> None:
        """Show the state, or keep it until its time has come."""
        if self._is_over:
            return
        self._waiting = state
        now = self._now()
        if self._shown_at is None or now - self._shown_at >= self._interval_s:
            self._shown_at = now
            self._flush()

    def close(self) -> None:
        """Show what was not shown yet, and end."""
        if self._is_over:
            return
        self._flush()
        self._guarded(self._display.end)
        self._is_over = True

    def _flush(self) -> None:
        state, self._waiting = self._waiting, None
        if state is not None:
            self._guarded(lambda: self._display.show(state))

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except BlockingIOError:
            # A slow reader of a non-blocking stream: this line is lost, the next one may pass.
            return
        except (OSError, ValueError):
            self._is_over = True


class PlainDisplay:
    """Lines of words, or of JSON."""

    def __init__(self, stream: TextIO, spell: Callable[[ProgressState], str]) -> None:
        self._stream = stream
        self._spell = spell

    def show(self, state: ProgressState) -> None:
        """Write one line."""
        self._stream.write(self._spell(state) + "\n")
        self._stream.flush()

    def end(self) -> None:
        """All lines are written already."""


def open_progress(
    mode: ProgressMode,
    stream: TextIO | None = None,
    environment: Mapping[str, str] | None = None,
    now: Monotonic = time.monotonic,
) -> Progress:
    """The progress for `--progress MODE` on a stream (standard error, unless one is given).

    `auto` is `bar` on a terminal and `plain` elsewhere; `bar` where no line can move (no terminal,
    `TERM=dumb`) is `plain`. `NO_COLOR` is obeyed. `environment` is that of the process unless it is given.
    """
    environment = os.environ if environment is None else environment
    # Python has no standard error where the shell closed it (`2>&-`), whatever its types say.
    stream = cast("TextIO | None", sys.stderr) if stream is None else stream
    if stream is None or mode == "none":
        return NoProgress()
    match mode:
        case "json":
            return ShownProgress(PlainDisplay(stream, _json), JSON_INTERVAL_S, now)
        case "auto" | "bar" if _can_move(stream, environment):
            # Here and not above: rich takes a tenth of a second, and most commands show no bar.
            from runner.edge.progressbar import BarDisplay  # noqa: PLC0415

            return ShownProgress(BarDisplay(stream, environment), BAR_INTERVAL_S, now)
        case _:
            return ShownProgress(PlainDisplay(stream, progress_words), PLAIN_INTERVAL_S, now)


def _json(state: ProgressState) -> str:
    return dumps(state.to_json())


def _can_move(stream: TextIO, environment: Mapping[str, str]) -> bool:
    try:
        is_terminal = stream.isatty()
    except ValueError:
        return False
    return is_terminal and environment.get("TERM", "").lower() not in {"", "dumb", "unknown"}

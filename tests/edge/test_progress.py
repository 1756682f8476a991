import json
import os
import pty
from io import StringIO

import pytest

from runner.core.options import ProgressMode
from runner.core.outcome import Status
from runner.core.progress import ProgressState
from runner.edge.progress import open_progress


class Ticking:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.at


def state(done: int, reason: str | None = None) -> ProgressState:
    """A state with so many tasks done."""
    return ProgressState(100, {Status.SUCCEEDED: done, Status.FAILED: 1}, 5, 3.25, 65.0, reason, 12.34)


def shown_lines(mode: ProgressMode, step_s: float) -> list[str]:
    """What ten updates, `step_s` seconds apart, leave in a file."""
    stream, now = StringIO(), Ticking()
    progress = open_progress(mode, stream, {"TERM": "xterm"}, now)
    for done in range(10):
        progress.update(state(done))
        now.at += step_s
    progress.close()
    progress.update(state(99))
    progress.close()
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("mode", ["auto", "plain", "bar"])
def test_off_a_terminal_there_are_plain_lines(mode: ProgressMode):
    """Elsewhere than on a terminal a line comes at the beginning, every 10 s, and at the end."""
    lines = shown_lines(mode, 2.5)
    assert [line.split(" ", 1)[0] for line in lines] == ["0", "4", "8", "9"]
    assert lines[1] == "4 of 100 done, 1 failed, 0 unknown, 5 in flight, 3.2/s, 1 min 5 s left"


def test_json_lines_are_throttled():
    """JSON lines come at most once a second, each with all eight counts."""
    lines = [json.loads(line) for line in shown_lines("json", 0.4)]
    assert [line["counts"]["succeeded"] for line in lines] == [0, 3, 6, 9]
    assert set(lines[0]["counts"]) == {status.value for status in Status}
    assert (lines[0]["event"], lines[0]["elapsed_s"], lines[0]["pace_reason"]) == ("progress", 12.3, None)


def test_none_shows_nothing():
    """Nothing is written where nothing was asked for."""
    assert shown_lines("none", 20.0) == []


def test_a_reason_cannot_move_the_cursor():
    """The reason for waiting is shown, and its control codes are shown as text."""
    stream = StringIO()
    progress = open_progress("plain", stream, {})
    progress.update(state(1, "waiting 20 s: \x1b[2J\u202eafter\r\n"))
    assert stream.getvalue().endswith("waiting 20 s: \\x1b[2J\\u202eafter\\x0d\\x0a\n")


@pytest.mark.parametrize("fault", [BrokenPipeError(), OSError(5, "I/O"), ValueError("closed")])
@pytest.mark.parametrize("mode", ["plain", "json"])
def test_a_broken_stream_never_raises(mode: ProgressMode, fault: Exception):
    """After the first write that fails nothing more is written, and nothing is raised."""
    calls: list[str] = []

    class Broken(StringIO):
        def write(self, text: str, /) -> int:
            calls.append(text)
            raise fault

    progress = open_progress(mode, Broken(), {}, Ticking())
    progress.update(state(1))
    progress.update(state(2))
    progress.close()
    assert len(calls) == 1


def on_terminal(environment: dict[str, str]) -> str:
    """What a terminal gets to see of three updates."""
    parent, child = pty.openpty()
    now = Ticking()
    with os.fdopen(child, "w", encoding="utf-8") as stream:
        progress = open_progress("auto", stream, environment, now)
        for done in (51, 52, 53):
            progress.update(state(done, "waiting 20 s: Retry-After"))
            now.at += 0.2
        progress.close()
        stream.flush()
        seen = b""
        while b"\n" not in seen:  # a terminal hands over what there is, and that may be a part
            seen += os.read(parent, 65536)
    os.close(parent)
    return seen.decode("utf-8")


def test_a_terminal_shows_one_line_that_moves():
    """On a terminal one line is drawn again and again, at most four times a second, and is left complete."""
    seen = on_terminal({"TERM": "xterm", "COLUMNS": "200"})
    assert "\x1b[32m" in seen
    assert seen.count("\n") == 1
    assert "51 of 100 done" in seen
    assert "52 of 100 done" not in seen
    assert "waiting 20 s: Retry-After" in seen.rsplit("53 of 100 done", 1)[1]


def test_no_color_is_obeyed():
    """With NO_COLOR the line moves, in no colour."""
    seen = on_terminal({"TERM": "xterm", "COLUMNS": "200", "NO_COLOR": "1"})
    assert "\r" in seen
    assert "\x1b[32m" not in seen


def test_a_dumb_terminal_gets_plain_lines():
    """A terminal that cannot move gets lines without any control code."""
    seen = on_terminal({"TERM": "dumb"})
    assert "\x1b" not in seen
    assert "1 of 100 done" in seen


def test_a_closed_standard_error_is_silence(monkeypatch: pytest.MonkeyPatch):
    """Where the shell closed standard error the run goes on without progress."""
    monkeypatch.setattr("sys.stderr", None)
    open_progress("auto").update(state(1))

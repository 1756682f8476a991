"""The judge of traces: what is in order, what is not, and calls that strace splits in two."""

from collections import Counter

import pytest

from tests.order import watching
from tests.order.trace import judged

TRACK = "zbr-0a1b2c3d-7-1"
HEAD = f"PUT /v1/x HTTP/1.1\r\nZuora-Track-Id: {TRACK}\r\n\r\n".encode()
EVENT = f'{{"task": 7, "track_id": "{TRACK}"}}'.encode()


def spelled(content: bytes) -> str:
    """Bytes as `strace -xx` spells them."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in content) + '"'


def name(text: str) -> str:
    """A file's name as `strace -y -xx` spells it."""
    return spelled(text.encode())[1:-1]


def write(content: bytes = EVENT, file: str = "/runs/a/checkpoint.db-wal") -> str:
    """The log is written to, by the thread that does that."""
    return f"12 pwrite64(7<{name(file)}>, {spelled(content)}, 4096, 24) = 4096"


SYNC = f"12 fdatasync(7<{name('/runs/a/checkpoint.db-wal')}>) = 0"
SYNC_BEGINS = SYNC.replace(") = 0", " <unfinished ...>")
SYNC_ENDS = "12 <... fdatasync resumed>) = 0"
SEND = f"11 sendto(9<socket:[1]>, {spelled(HEAD)}, 60, 0, NULL, 0) = 60"
OTHER = f"11 sendto(8<socket:[2]>, {spelled(b'GET /y HTTP/1.1')}, 15, 0, NULL, 0) = 15"
NOT_WRITTEN = [f"{TRACK}: its event was not written before its first byte left"]
NOT_SYNCED = [f"{TRACK}: its event was not synced before its first byte left"]


@pytest.mark.parametrize(
    "lines",
    [
        [write(), SYNC, SEND],
        [write(), OTHER, SYNC, OTHER, write(b"more"), SEND, SYNC],
        [write(), SYNC_BEGINS, OTHER, SYNC_ENDS, SEND],
    ],
)
def test_an_event_that_is_written_and_synced_before_its_send_is_in_order(lines: list[str]):
    """Other calls may come between, and the log may be written to again."""
    seen = judged(lines)
    assert (seen.sends, seen.words) == ([TRACK], [])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([SEND], NOT_WRITTEN),
        ([SEND, write(), SYNC], NOT_WRITTEN),
        ([write(file="/runs/a/other"), SYNC, SEND], NOT_WRITTEN),
        ([write(EVENT.replace(b"7-1", b"7-12")), SYNC, SEND], NOT_WRITTEN),
        ([write(), SEND, SYNC], NOT_SYNCED),
        ([SYNC, write(), SEND], NOT_SYNCED),
        ([write(), SYNC_BEGINS, SEND, SYNC_ENDS], NOT_SYNCED),
        ([SYNC_BEGINS, write().replace("12 ", "13 "), SYNC_ENDS, SEND], NOT_SYNCED),
        ([write(), SYNC.replace("= 0", "= -1 EIO"), SEND], NOT_SYNCED),
        ([write(), SYNC.replace(name("a/"), name("b/")).replace("-wal", ""), SEND], []),
    ],
)
def test_what_leaves_too_early_is_told(lines: list[str], words: list[str]):
    """Not written, not synced, synced while it is sent or before it was written, or synced in vain."""
    assert judged(lines).words == words


def test_a_request_begins_with_its_first_byte():
    """A head that leaves in two pieces must be on disk before the first of them."""
    half = HEAD.index(b"\r\n") + 5
    first = SEND.replace(spelled(HEAD), spelled(HEAD[:half]))
    rest = SEND.replace(spelled(HEAD), spelled(b"x\r\n" + HEAD[half - 3 :]))
    assert judged([write(), SYNC, first, rest]).words == []
    assert judged([first, write(), SYNC, rest]).words == NOT_WRITTEN


def test_where_strace_is_absent_the_long_form_says_so(monkeypatch, capsys):
    """Nothing is run, and nothing is claimed."""
    monkeypatch.setattr(watching.shutil, "which", lambda _: None)
    assert watching.figures() == Counter({"skipped (no strace)": 1})
    assert "has no strace" in capsys.readouterr().out

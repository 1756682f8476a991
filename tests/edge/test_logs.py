import json
import os
from pathlib import Path

import pytest

from runner.edge.logs import TEXT_MAX, open_log
from runner.edge.secret import Secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log stands."""
    return tmp_path / "run.log"


@pytest.fixture
def log(path: Path):
    """An open log."""
    logger = open_log(path)
    yield logger
    logger.close()


def lines(path: Path) -> list[dict]:
    """The log's lines, read."""
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_a_line_for_each_event(path: Path, log):
    """Each event is one JSON line with its time, level and values."""
    log.bind(run="r1").info("sent", task=3, scope=("a", "b"))
    log.warning("slow")
    log.error("broken", none=None)
    got = lines(path)
    assert [line["level"] for line in got] == ["info", "warning", "error"]
    assert (got[0]["event"], got[0]["run"], got[0]["task"], got[0]["scope"]) == ("sent", "r1", 3, ["a", "b"])
    assert got[0]["at"].endswith("Z")


def test_the_file_is_ours_alone(path: Path):
    """The file is made with mode 0600, also where it was there with another."""
    path.write_text("")
    path.chmod(0o644)
    open_log(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_lines_are_appended(path: Path):
    """A second launch goes on in the same file."""
    for event in ("first", "second"):
        logger = open_log(path)
        logger.info(event)
        logger.close()
    assert [line["event"] for line in lines(path)] == ["first", "second"]


def test_without_a_file_everything_is_dropped(tmp_path: Path):
    """Before a run exists, and after the log is closed, logging does nothing."""
    logger = open_log(None)
    logger.info("nothing", task=1)
    logger.close()
    closed = open_log(tmp_path / "x")
    closed.close()
    closed.close()
    closed.info("late")
    assert (tmp_path / "x").read_text() == ""


def test_a_link_is_not_followed(path: Path, tmp_path: Path):
    """A symbolic link, or what is no file, is not written to."""
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        open_log(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"regular file|No such device"):
        open_log(tmp_path / "pipe")


def test_nobody_forges_a_line(path: Path, log):
    """Line breaks, escapes, DEL, bidi and lone surrogates in untrusted text are JSON escapes."""
    hostile = 'a\n{"event":"forged"}\r\x1b[2J\x7f\u202e\u2028\ud800"'
    log.info(hostile, **{hostile: hostile})
    raw = path.read_bytes()
    assert raw.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in raw[:-1])
    assert lines(path)[0]["event"] == hostile


def test_no_secret_is_written(path: Path, log):
    """Secrets are blacked out by their text, by the key they stand under, and after Bearer."""
    secret = Secret("canary/secret+1")
    log.info("canary/secret+1", headers={"Authorization": "canary-2", "Proxy-Authorization": "canary-3"})
    log.info("x", client_secret="canary-4", nested=[{"access_token": "canary-5"}], secret=secret)
    log.info("x", text="Authorization: Bearer canary-6", form="client_secret=canary%2Fsecret%2B1&x=1")
    log.info(
        "x", form="client_secret=canary-7&x=1", answer='{"access_token":"canary-8"}', raw=b"canary/secret+1"
    )
    log.error("x", exc_info=ValueError("the secret is canary/secret+1"))
    text = path.read_text()
    assert "canary" not in text
    assert "ValueError: the secret is ***" in text
    assert "&x=1" in text


def test_a_long_value_is_cut_after_blacking_out(path: Path, log):
    """A long text is cut off, and no half of a secret stands at the cut."""
    secret = Secret("canary-" + "x" * 50)
    log.info("x", text="a" * (TEXT_MAX - 10) + secret.reveal() + "b" * 99)
    assert "canary" not in path.read_text()
    assert len(path.read_text()) < TEXT_MAX + 300


def test_odd_values_do_no_harm(path: Path, log):
    """What JSON does not know, and what contains itself, is written somehow; nothing is raised."""
    knot: list = []
    knot.append(knot)
    log.info("x", thing=object, knot=knot, keys={1: {2, 3}, (1, 2): b"x"}, number=float("inf"))
    assert lines(path)[0]["event"] == "x"


def test_a_full_disk_stops_nothing(log, monkeypatch: pytest.MonkeyPatch):
    """A log that cannot be written to raises nothing: the checkpoint decides whether storage failed."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    log.info("x")

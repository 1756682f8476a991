import io
import os
import subprocess
import sys

import pytest

from runner.cli.console import Terminal, safe, unbroken
from runner.core.options import Voice


def test_data_and_notes_go_apart(capsys):
    """Data goes to standard output, notes and errors to standard error."""
    console = Terminal()
    console.out("data")
    console.note("note")
    console.err("error")
    console.json({"a": 1})
    assert capsys.readouterr() == ("data\n", "note\nerror\n")


def test_with_json_the_document_is_alone(capsys):
    """With --json nothing but the document stands on standard output."""
    console = Terminal(Voice(json=True))
    console.out("data")
    console.json({"a": "\u00e4"})
    assert capsys.readouterr().out == '{"a":"\u00e4"}\n'


def test_quiet_drops_notes_alone(capsys):
    """With -q notes are dropped, errors are not."""
    console = Terminal(Voice(quiet=True))
    console.note("note")
    console.err("error")
    assert capsys.readouterr().err == "error\n"


def test_safe_keeps_lines_and_tabs():
    """Line feeds and tabs keep their meaning, other control codes are spelled."""
    assert safe("a\tb\nc\r\x1b[0m") == "a\tb\nc\\x0d\\x1b[0m"


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", True), ("YES\n", True), ("n\n", False), ("", False), ("ok\n", False)]
)
def test_only_yes_is_yes(monkeypatch, capsys, typed, answer):
    """A question is asked on standard error, and anything but yes is no."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert Terminal().ask("Send?") is answer
    assert capsys.readouterr() == ("", "Send? [y/N] ")


def test_no_terminal_without_one(monkeypatch):
    """A pipe is no terminal: nobody can be asked."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not Terminal().is_terminal


def test_reader_that_went_away_stops_nothing():
    """A closed pipe swallows what is written from then on, quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        for _ in range(2):
            unbroken(stream, lambda: (stream.write("x" * 100_000), stream.flush()))


def test_closed_pipe_is_quiet():
    """`zuora-batch operations | true` prints no traceback."""
    command = f"{sys.executable} -m runner schema | true"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_full_disk_behind_standard_output_is_told():
    """Standard output that cannot be written is a fault of storage (5), and no traceback."""
    command = f"{sys.executable} -m runner schema > /dev/full"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr

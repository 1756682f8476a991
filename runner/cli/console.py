"""The terminal: data on standard output, everything else on standard error."""

import os
import sys
from collections.abc import Callable
from typing import Final, TextIO

from runner.core.jsonvalue import Json, dumps
from runner.core.options import Voice
from runner.core.plaintext import plain
from runner.core.ports import StorageFault

_YES: Final = frozenset({"y", "yes"})
_TAB: Final = "\t"


class Terminal:
    """A `runner.compose.console.Console` on the two streams of this process.

    A reader that goes away (`| head`) silences the stream and stops nothing: a run goes on. What is printed
    for people cannot move the cursor or hide text, whoever wrote it; tabs stay.
    """

    def __init__(self, voice: Voice | None = None, runs_dir: str = "runs") -> None:
        self.voice = voice or Voice()
        self.runs_dir = runs_dir

    @property
    def is_terminal(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def is_verbose(self) -> bool:
        """Whether `-v` was given."""
        return self.voice.verbose

    def out(self, text: str) -> None:
        """For people, on standard output; nothing with `--json`."""
        if not self.voice.json:
            _write(sys.stdout, safe(text))

    def json(self, document: Json) -> None:
        """The one document, on standard output; nothing without `--json`."""
        if self.voice.json:
            _write(sys.stdout, dumps(document))

    def note(self, text: str) -> None:
        """On standard error, unless `-q` was given."""
        if not self.voice.quiet:
            self.err(text)

    def err(self, text: str) -> None:
        """On standard error."""
        _write(sys.stderr, safe(text))

    def ask(self, question: str) -> bool:
        """Ask for y or n; only "y" and "yes" are yes."""
        _write(sys.stderr, f"{safe(question)} [y/N] ", end="")
        return sys.stdin.readline().strip().lower() in _YES


def safe(text: str) -> str:
    """`plain`, but line feeds and tabs keep their meaning."""
    return "\n".join(_TAB.join(map(plain, line.split(_TAB))) for line in text.split("\n"))


def _write(stream: TextIO, text: str, end: str = "\n") -> None:
    def write() -> None:
        stream.write(text + end)
        stream.flush()

    unbroken(stream, write)


def unbroken(stream: TextIO, write: Callable[[], object]) -> None:
    """Write; where that fails, turn the stream into one that swallows everything.

    A reader that has gone away is no fault, nor are notes that cannot be kept.

    Raises:
        StorageFault: what was asked for cannot be written to standard output (a full disk).
    """
    try:
        write()
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(fault, BrokenPipeError):
            raise StorageFault(f"standard output: {fault.strerror or fault}") from None

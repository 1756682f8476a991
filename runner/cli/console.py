"""The terminal: data on standard output, everything else on standard error."""

import errno
import os
import re
import stat
import sys
from collections.abc import Callable
from typing import Final, TextIO

from runner.core.jsonvalue import Json, dumps
from runner.core.options import Voice
from runner.core.plaintext import plain
from runner.core.ports import StorageFault

_YES: Final = frozenset({"y", "yes"})
_TAB: Final = "\t"
_NOT_PLAIN: Final = re.compile(r"[^ -~]")


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
        """The one document, on standard output; nothing without `--json`.

        It is JSON of the same value, with escapes for what could move the cursor or hide text.
        """
        if self.voice.json:
            _write(sys.stdout, _NOT_PLAIN.sub(_escaped, dumps(document)))

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
        try:
            return sys.stdin.readline().strip().lower() in _YES
        except OSError:  # the terminal is gone
            return False


def safe(text: str) -> str:
    """`plain`, but line feeds and tabs keep their meaning."""
    return "\n".join(_TAB.join(map(plain, line.split(_TAB))) for line in text.split("\n"))


def _escaped(found: re.Match[str]) -> str:
    """A character as it stands where it can be seen, else as JSON escapes it."""
    character = found[0]
    if plain(character) == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


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
        is_gone = isinstance(fault, ConnectionError) or (fault.errno == errno.EIO and _is_device(stream))
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not is_gone:
            raise StorageFault(f"standard output: {fault.strerror or fault}") from None


def _is_device(stream: TextIO) -> bool:
    """Whether it is (or was: one that has gone is not known as one any more) a terminal, say, and no file."""
    return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)

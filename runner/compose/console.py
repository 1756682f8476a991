"""What the composition needs of a terminal, so that it never imports one."""

from collections.abc import Callable
from typing import Protocol

from runner.core.jsonvalue import Json


class Console(Protocol):
    """Where a command speaks to people and programs.

    With `--json` the document of `json` is all that stands on standard output; without it `json` is silent.
    A command therefore says both, and need not ask which is wanted.
    """

    @property
    def is_terminal(self) -> bool:
        """Whether a person can be asked: standard input and standard error are both a terminal."""
        ...

    @property
    def is_verbose(self) -> bool:
        """Whether `-v` was given."""
        ...

    def out(self, text: str) -> None:
        """A line (or several) for people on standard output; nothing with `--json`."""
        ...

    def json(self, document: Json) -> None:
        """The one document on standard output; nothing without `--json`."""
        ...

    def note(self, text: str) -> None:
        """A line on standard error that helps and may be missed; nothing with `-q`."""
        ...

    def err(self, text: str) -> None:
        """A line on standard error that has to be seen, with `-q` too."""
        ...

    def ask(self, question: str) -> bool:
        """Ask for y or n on standard error; anything but yes (the end of input too) is no."""
        ...


def noting_wait(console: Console) -> Callable[[], None]:
    """What to do while another program has the registry of acts: say so, since it may take minutes."""
    return lambda: console.note("waiting for another program that plans a run in this runs directory")

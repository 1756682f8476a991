"""What was given on the command line or by the environment, by the names of options and arguments."""

from typing import Final, cast

import click
from click.core import ParameterSource

from runner.compose.interrupts import Interrupts
from runner.core.options import ProgressMode, Site, Voice

_TOLD: Final = frozenset({ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT})


class Given:
    """The parsed values; names are those of the options without dashes in front (`runs_dir`).

    Asking for a name that the command does not have is a KeyError, so a slip shows at once.
    """

    def __init__(self, context: click.Context) -> None:
        self._context = context
        self._values: dict[str, object] = context.params

    def value(self, name: str) -> object:
        """The value as its type made it, None where it was not given and has no default."""
        return self._values[name]

    def text(self, name: str) -> str | None:
        """A word or a line."""
        return cast("str | None", self._values[name])

    def number(self, name: str) -> int | None:
        """A whole number."""
        return cast("int | None", self._values[name])

    def flag(self, name: str) -> bool:
        """Whether a flag was given."""
        return bool(self._values[name])

    def several(self, name: str) -> tuple[str, ...]:
        """The values of an option that may be repeated, in order."""
        return tuple(cast("tuple[str, ...]", self._values[name]))

    def has(self, name: str) -> bool:
        """Whether the command knows that name at all."""
        return name in self._values

    def is_told(self, name: str) -> bool:
        """Whether somebody gave it, as an option or by the environment."""
        return self._context.get_parameter_source(name) in _TOLD

    @property
    def interrupts(self) -> Interrupts:
        """The signals of this process; called from within another program, signals are left alone."""
        return self._context.find_object(Interrupts) or Interrupts()

    @property
    def site(self) -> Site:
        """Config, tenant and runs directory, as far as the command has these options."""
        return Site(
            config=self.text("config") if self.has("config") else None,
            tenant=self.text("tenant") if self.has("tenant") else None,
            runs_dir=(self.text("runs_dir") if self.has("runs_dir") else None) or Site().runs_dir,
        )

    @property
    def voice(self) -> Voice:
        """How the command shall speak."""
        progress = self.text("progress") if self.has("progress") else None
        if progress is None and self.has("quiet") and self.flag("quiet"):
            progress = "none"
        return Voice(
            json=self.has("json") and self.flag("json"),
            quiet=self.has("quiet") and self.flag("quiet"),
            verbose=self.has("verbose") and self.flag("verbose"),
            progress=cast("ProgressMode", progress or "auto"),
        )

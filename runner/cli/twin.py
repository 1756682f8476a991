"""Options with a twin in the environment: `--rate` is also `ZUORA_BATCH_RATE`."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
from click.core import ParameterSource

PREFIX: Final = "ZUORA_BATCH_"
_TRUTHS: Final = {"1": True, "true": True, "0": False, "false": False}
_SEPARATOR: Final = "|"


def twin_of(option: str) -> str:
    """The name of an option's environment twin: `--runs-dir` gives `ZUORA_BATCH_RUNS_DIR`."""
    return PREFIX + option.lstrip("-").replace("-", "_").upper()


def truth(text: str) -> bool | None:
    """A boolean of the environment (1, 0, true, false, in any case); None where it is none."""
    return _TRUTHS.get(text.strip().lower())


class TwinOption(click.Option):
    """An option that the environment can give too; `group` is the section of the help in which it stands.

    `--canary/--no-canary` has two: `ZUORA_BATCH_CANARY` goes before `ZUORA_BATCH_NO_CANARY`.
    An empty variable counts as absent. Of an option that may be repeated, `|` stands between the values.
    A bad value in the environment is refused with the variable's name, not with the option's.
    """

    def __init__(self, declarations: Sequence[str], *, group: str = "Options", **attributes: Any) -> None:  # noqa: ANN401 - click's own attributes
        super().__init__(declarations, **attributes)
        self.group = group
        self.envvar = twin_of(max(self.opts, key=len))
        self._opposites = [twin_of(option) for option in self.secondary_opts]

    def value_from_envvar(self, ctx: click.Context) -> object:
        """What the environment says: text, a truth for a flag, a list where the option may be repeated."""
        text = self.resolve_envvar_value(ctx)
        if text is None:
            return self._from_opposites(ctx)
        if self.is_flag:
            return self._truth(text, ctx, self._variable())
        return text.split(_SEPARATOR) if self.multiple else text

    def _from_opposites(self, ctx: click.Context) -> bool | None:
        for name in self._opposites:
            text = os.environ.get(name)
            if text:
                return not self._truth(text, ctx, f"the environment variable {name}")
        return None

    def _truth(self, text: str, ctx: click.Context, place: str) -> bool:
        found = truth(text)
        if found is None:
            raise click.BadParameter(
                f"{text!r} is no boolean; expected 1, 0, true or false", ctx, self, place
            )
        return found

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """As click does, but a fault of the environment's value names the variable."""
        try:
            return super().handle_parse_result(ctx, opts, args)
        except click.BadParameter as fault:
            if ctx.get_parameter_source(self.name or "") is ParameterSource.ENVIRONMENT:
                fault.param_hint = self._variable()
            raise

    def _variable(self) -> str:
        return f"the environment variable {self.envvar}"


class LoneOption(click.Option):
    """An option without a twin: one that has to be said each time, with intent."""

    def __init__(self, declarations: Sequence[str], *, group: str = "Options", **attributes: Any) -> None:  # noqa: ANN401 - click's own attributes
        super().__init__(declarations, **attributes)
        self.group = group


def flagged(option: str, arguments: Sequence[str]) -> bool:
    """Whether a flag was given, judged before (or without) parsing: for what is said about a usage error."""
    return option in arguments or truth(os.environ.get(twin_of(option), "")) is True

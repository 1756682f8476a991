"""A command: what it is called with, what it teaches, what it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import click

from runner.cli.console import Terminal
from runner.cli.faults import explain
from runner.cli.given import Given
from runner.cli.table import BY_NAME
from runner.cli.twin import LoneOption, TwinOption

Deed: TypeAlias = Callable[[Given, Terminal], int]
"""Does what the command is for and returns its exit code; raises `UserFault`, `StorageFault`."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What `--help` teaches: what the command does, and pairs of a command line and what it is good for."""

    text: str
    examples: Sequence[tuple[str, str]]


class Verb(click.Command):
    """One command of the program; its summary is that of the table."""

    def __init__(self, name: str, deed: Deed, lesson: Lesson, params: Sequence[click.Parameter]) -> None:
        entry = BY_NAME[name]
        super().__init__(name, params=list(params), help=lesson.text, short_help=entry.summary)
        self._deed = deed
        self._lesson = lesson

    def invoke(self, ctx: click.Context) -> int:
        """Do it; whatever it raises is told here, and becomes an exit code."""
        given = Given(ctx)
        console = Terminal(given.voice, given.site.runs_dir)
        try:
            return self.carry_out(given, console)
        except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001 - `explain` knows them all
            return explain(fault, console)

    def carry_out(self, given: Given, console: Terminal) -> int:
        """Do it. A first signal ends it at once (130)."""
        with given.interrupts.breaking():
            return self._deed(given, console)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The text, then the examples: they are what most people came for."""
        super().format_help_text(ctx, formatter)
        with formatter.section("Examples"):
            for line, purpose in self._lesson.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
                formatter.write(f"{'':>{formatter.current_indent}}    {purpose}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options in sections, each by its group, in the order in which they were named."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                group = param.group if isinstance(param, TwinOption | LoneOption) else _group_of(param)
                groups.setdefault(group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


class LaunchingVerb(Verb):
    """A command that may launch a run; it knows itself what a signal means at each of its stages."""

    def carry_out(self, given: Given, console: Terminal) -> int:
        """Do it. A first signal is kept in mind until the command asks for it."""
        return self._deed(given, console)


def _group_of(param: click.Parameter) -> str:
    return "Arguments" if isinstance(param, click.Argument) else "Options"

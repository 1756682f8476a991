"""`zuora-batch show`."""

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.values import Place, Whole
from runner.cli.verb import Lesson, Verb


def _show(given: Given, console: Terminal) -> int:
    from runner.compose.story import show_task  # noqa: PLC0415 - not for `--help`

    return show_task(given.site, given.text("run") or "", given.number("task") or 0, console)


VERB = Verb(
    "show",
    _show,
    Lesson(
        text="Show one task's whole history: what was frozen, every attempt and its reply, what was read, "
        "how it was decided, with the request ids that Zuora's support asks for.",
        examples=[
            ("zuora-batch show 2026-11 17", "task 17 of that run"),
            ("zuora-batch show runs/2026-11 17 --json", "for a program"),
        ],
    ),
    [
        click.Argument(["run"], metavar="RUN", type=Place(), help="A run id or a run directory."),
        click.Argument(
            ["task"], metavar="TASK", type=Whole(), help="The number of a task, as the ledger shows it."
        ),
        *common("runs_dir", "json"),
    ],
)

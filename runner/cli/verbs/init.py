"""`zuora-batch init`."""

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.values import Place
from runner.cli.verb import Lesson, Verb


def _init(given: Given, console: Terminal) -> int:
    from runner.compose.scaffold import scaffold  # noqa: PLC0415 - not for `--help`

    return scaffold(given.text("directory") or ".", console)


VERB = Verb(
    "init",
    _init,
    Lesson(
        text="Write a commented config.toml and one small example job for each operation into DIR "
        "(default: here). What is there already is left alone.",
        examples=[
            ("zuora-batch init", "in this directory"),
            ("zuora-batch init billing", "in a new directory"),
        ],
    ),
    [
        click.Argument(
            ["directory"],
            metavar="[DIR]",
            required=False,
            type=Place(),
            help="A directory; it is made where it is missing.",
        ),
        *common("json"),
    ],
)

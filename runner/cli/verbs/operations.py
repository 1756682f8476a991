"""`zuora-batch operations`."""

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.values import Line
from runner.cli.verb import Lesson, Verb


def _operations(given: Given, console: Terminal) -> int:
    from runner.compose.catalog import show_operation, show_operations  # noqa: PLC0415 - not for `--help`

    name = given.text("name")
    return show_operations(console) if name is None else show_operation(name, console)


VERB = Verb(
    "operations",
    _operations,
    Lesson(
        text="List the operations that a job may hold. With NAME: its fields and their limits, its scope "
        "rules, and how it is retried and settled.",
        examples=[
            ("zuora-batch operations", "what there is"),
            ("zuora-batch operations cancel_bill_run", "all about one"),
            ("zuora-batch operations detach_charges --json", "for a program, with its JSON Schema"),
        ],
    ),
    [
        click.Argument(["name"], metavar="[NAME]", required=False, type=Line(), help="An operation."),
        *common("json"),
    ],
)

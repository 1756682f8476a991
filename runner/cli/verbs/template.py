"""`zuora-batch template`."""

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.values import Line
from runner.cli.verb import Lesson, Verb


def _template(given: Given, console: Terminal) -> int:
    from runner.compose.catalog import show_csv_template, show_jsonl_template  # noqa: PLC0415 - not for `--help`

    name = given.text("operation") or ""
    return show_jsonl_template(name, console) if given.flag("jsonl") else show_csv_template(name, console)


VERB = Verb(
    "template",
    _template,
    Lesson(
        text="Print the header row of a CSV job (or one line of a JSONL job) for OPERATION, to fill in. "
        "Columns that are not needed may be deleted; an empty cell is an absent field.",
        examples=[
            ("zuora-batch template cancel_bill_run > jobs/cancel.csv", "a CSV to open in a spreadsheet"),
            ("zuora-batch template create_bill_run --jsonl >> jobs/bill-runs.jsonl", "one line of JSONL"),
        ],
    ),
    [
        click.Argument(["operation"], metavar="OPERATION", type=Line(), help="An operation."),
        TwinOption(["--jsonl"], is_flag=True, help="One JSONL line instead of a CSV header."),
        *common(),
    ],
)

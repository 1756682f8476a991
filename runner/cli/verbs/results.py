"""`zuora-batch results`."""

import click

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.verb import Lesson, Verb


def _results(given: Given, console: Terminal) -> int:
    from runner.compose.results import write_results  # noqa: PLC0415 - not for `--help`

    return write_results(given.site, given.text("run"), given.text("format"), console)


VERB = Verb(
    "results",
    _results,
    Lesson(
        text="Derive the ledger, the result files, the summary and report.html again from the checkpoint. "
        "With --format, the ledger is printed on standard output besides.",
        examples=[
            ("zuora-batch results", "the files of the latest run"),
            ("zuora-batch results 2026-11 --format csv > ledger.csv", "the ledger, for a spreadsheet"),
            ("zuora-batch results 2026-11 --format jsonl | jq .status", "the ledger, for a program"),
        ],
    ),
    [
        run_argument(),
        TwinOption(["--format"], type=click.Choice(["csv", "jsonl"]), help="Print the ledger like this."),
        *common("runs_dir", "json"),
    ],
)

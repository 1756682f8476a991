"""`zuora-batch check`."""

from runner.cli.common import common, job_argument, job_options, job_options_of
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _check(given: Given, console: Terminal) -> int:
    from runner.compose.check import check  # noqa: PLC0415 - `check --help` needs no job reader

    return check(given.site, job_options_of(given), console)


VERB = Verb(
    "check",
    _check,
    Lesson(
        text="Validate every row of JOB offline and print every problem as FILE:LINE:COLUMN-NAME: message "
        "on standard output. Exit code 2 with a problem, else 0. Nothing is sent, and no credentials "
        "are needed.",
        examples=[
            ("zuora-batch check jobs/month-end.csv", "every problem, one on a line"),
            ("zuora-batch check jobs/cancel.csv --operation cancel_bill_run", "a file without that column"),
            ("zuora-batch check export.csv --delimiter ';' --entity us", "rows that name no entity"),
            ("gzip -dc big.jsonl.gz | zuora-batch check - --format jsonl", "from a pipe"),
            ("zuora-batch check jobs/month-end.csv --json", "for a program"),
        ],
    ),
    [job_argument(), *job_options(), *common("config", "tenant", "json")],
)

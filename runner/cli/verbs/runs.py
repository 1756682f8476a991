"""`zuora-batch runs`."""

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _runs(given: Given, console: Terminal) -> int:
    from runner.compose.look import show_runs  # noqa: PLC0415 - not for `--help`

    return show_runs(given.site, console)


VERB = Verb(
    "runs",
    _runs,
    Lesson(
        text="List all runs of the runs directory, the latest first, with their state and counts.",
        examples=[
            ("zuora-batch runs", "all of ./runs"),
            ("zuora-batch runs --runs-dir /srv/billing/runs --json", "for a program"),
        ],
    ),
    common("runs_dir", "json"),
)

"""`zuora-batch status`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _status(given: Given, console: Terminal) -> int:
    from runner.compose.look import show_status  # noqa: PLC0415 - not for `--help`

    return show_status(given.site, given.text("run"), console)


VERB = Verb(
    "status",
    _status,
    Lesson(
        text="Show where a run stands, while it runs or after: running (a process holds it), stopped "
        "(something is left), finished, or ended for good.",
        examples=[
            ("zuora-batch status", "the latest run"),
            ("zuora-batch status 2026-11 --json", "summary.json, with the state, as it is now"),
            ("watch zuora-batch status", "from another terminal, while it runs"),
        ],
    ),
    [run_argument(), *common("runs_dir", "json")],
)

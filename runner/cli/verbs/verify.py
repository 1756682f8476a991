"""`zuora-batch verify`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _verify(given: Given, console: Terminal) -> int:
    from runner.compose.verifying import verify  # noqa: PLC0415 - not for `--help`

    return verify(given.site, given.text("run"), console)


VERB = Verb(
    "verify",
    _verify,
    Lesson(
        text="Check the whole checkpoint of a run (every event against the hash chain, every frozen task, "
        "the database itself), and that the ledger follows from it. It shows every edit that does "
        "not recompute the chain. Exit code 5 where anything is wrong.",
        examples=[
            ("zuora-batch verify", "the latest run"),
            ("zuora-batch verify 2026-11 --json", "that run, for a program"),
        ],
    ),
    [run_argument(), *common("runs_dir", "json")],
)

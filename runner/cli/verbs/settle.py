"""`zuora-batch settle`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import LaunchingVerb, Lesson
from runner.core.options import Invocation


def _settle(given: Given, console: Terminal) -> int:
    from runner.compose.resuming import settle  # noqa: PLC0415 - not for `--help`

    invocation = Invocation(site=given.site, voice=given.voice, run=given.text("run"))
    return settle(invocation, console, given.interrupts)


VERB = LaunchingVerb(
    "settle",
    _settle,
    Lesson(
        text="Find out what became of tasks that are unknown or accepted, by reading alone: what is found "
        "done becomes succeeded, what is proven not there becomes failed, and what neither shows "
        "stays unknown. Nothing is written to the tenant. Exit codes are those of `run`.",
        examples=[
            ("zuora-batch settle", "the latest run"),
            ("zuora-batch settle 2026-11 --json", "that run; summary.json on standard output"),
        ],
    ),
    [run_argument(), *common("config", "tenant", "runs_dir", "json")],
)

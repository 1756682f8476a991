"""`zuora-batch resume`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.execution import (
    consent_of,
    consent_options,
    extent_options,
    guard_options,
    launch_options_of,
)
from runner.cli.given import Given
from runner.cli.verb import LaunchingVerb, Lesson
from runner.core.options import Invocation


def _resume(given: Given, console: Terminal) -> int:
    from runner.compose.resuming import resume  # noqa: PLC0415 - `resume --help` needs no engine

    launch, told = launch_options_of(given)
    invocation = Invocation(
        site=given.site,
        voice=given.voice,
        run=given.text("run"),
        launch=launch,
        told=told,
        consent=consent_of(given),
    )
    return resume(invocation, console, given.interrupts)


VERB = LaunchingVerb(
    "resume",
    _resume,
    Lesson(
        text="Continue a run that stopped: first what is in doubt is settled, then the rest is sent. The "
        "run keeps its label, --until, --rate, --concurrency, --no-preflight and consent unless told "
        "otherwise here; --limit means so many further tasks. A finished run sends nothing. Exit "
        "codes are those of `run`.",
        examples=[
            ("zuora-batch resume", "the latest run"),
            ("zuora-batch resume 2026-11", "that run"),
            ("zuora-batch resume 2026-11 --rate 100/minute --limit 50", "slower, and 50 more tasks at most"),
        ],
    ),
    [
        run_argument(),
        *extent_options(),
        *guard_options(),
        *consent_options(),
        *common("config", "tenant", "runs_dir", "json"),
    ],
)

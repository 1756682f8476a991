"""`zuora-batch retry`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.execution import (
    consent_of,
    consent_options,
    extent_options,
    guard_options,
    launch_options_of,
    run_id_option,
)
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.verb import LaunchingVerb, Lesson
from runner.core.options import Invocation


def _retry(given: Given, console: Terminal) -> int:
    from runner.compose.retrying import retry  # noqa: PLC0415 - `retry --help` needs no engine

    launch, told = launch_options_of(given)
    invocation = Invocation(
        site=given.site,
        voice=given.voice,
        run=given.text("run"),
        launch=launch,
        told=told,
        consent=consent_of(given),
        run_id=given.text("run_id"),
        retryable=given.flag("retryable"),
    )
    return retry(invocation, console, given.interrupts)


VERB = LaunchingVerb(
    "retry",
    _retry,
    Lesson(
        text="Make a new run of the failed tasks of RUN, with the very bytes that were frozen then, linked "
        "to it. What later runs have done, have in doubt or still have to do is left out. Consent is "
        "asked for anew.",
        examples=[
            ("zuora-batch retry", "all failed tasks of the latest run"),
            ("zuora-batch retry 2026-11 --retryable", "only those that may well succeed by now"),
            ("zuora-batch retry 2026-11 --tenant prod --confirm prod --yes", "in production, unattended"),
        ],
    ),
    [
        run_argument(),
        TwinOption(["--retryable"], is_flag=True, help="Only tasks that may well succeed later."),
        run_id_option("Name the new run; an ID that exists is refused."),
        *extent_options(),
        *guard_options(),
        *consent_options(),
        *common("config", "tenant", "runs_dir", "json"),
    ],
)

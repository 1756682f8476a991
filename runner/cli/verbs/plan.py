"""`zuora-batch plan`."""

from runner.cli.common import common, job_argument, job_options, job_options_of
from runner.cli.console import Terminal
from runner.cli.execution import (
    extent_options,
    launch_options_of,
    run_label_option,
)
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.values import Place
from runner.cli.verb import Lesson, Verb
from runner.core.options import Invocation


def _plan(given: Given, console: Terminal) -> int:
    from runner.compose.plan import plan  # noqa: PLC0415 - `plan --help` needs no job reader

    launch, told = launch_options_of(given)
    invocation = Invocation(
        site=given.site,
        voice=given.voice,
        job=job_options_of(given),
        launch=launch,
        told=told,
        run_label=given.text("run_label"),
    )
    return plan(invocation, given.text("output"), console)


VERB = Verb(
    "plan",
    _plan,
    Lesson(
        text="Show what `run` would send, without sending anything: counts for each operation, entity and "
        "org, the requests, the time they take under the limits, risks, and acts that an earlier run "
        "has already.",
        examples=[
            ("zuora-batch plan jobs/month-end.csv", "what month-end would do"),
            ("zuora-batch plan jobs/month-end.csv -o plan.json", "write it down for a colleague to look at"),
            ("zuora-batch run plan.json", "run exactly that: a job that changed since is refused"),
            ("zuora-batch plan jobs/month-end.csv --rate 300/minute --json", "for a program"),
        ],
    ),
    [
        job_argument(),
        TwinOption(["-o", "--output"], type=Place(), metavar="FILE", help="Write the plan, for `run FILE`."),
        *job_options(),
        run_label_option(),
        *extent_options(),
        *common("config", "tenant", "runs_dir", "json"),
    ],
)

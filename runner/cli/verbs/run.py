"""`zuora-batch run`."""

from runner.cli.common import common, job_argument, job_options, job_options_of
from runner.cli.console import Terminal
from runner.cli.execution import (
    consent_of,
    consent_options,
    extent_options,
    guard_options,
    launch_options_of,
    run_id_option,
    run_label_option,
)
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.verb import LaunchingVerb, Lesson
from runner.core.options import Invocation


def _run(given: Given, console: Terminal) -> int:
    from runner.compose.launch import run  # noqa: PLC0415 - `run --help` needs no engine

    launch, told = launch_options_of(given)
    invocation = Invocation(
        site=given.site,
        voice=given.voice,
        job=job_options_of(given),
        launch=launch,
        told=told,
        consent=consent_of(given),
        run_label=given.text("run_label"),
        run_id=given.text("run_id"),
        skip_done=given.flag("skip_done"),
    )
    return run(invocation, console, given.interrupts)


VERB = LaunchingVerb(
    "run",
    _run,
    Lesson(
        text="Check a job (or a plan), plan it, ask, and execute it. Nothing is sent before every row is "
        "valid. A run that stops for any reason goes on with `resume`. Exit code 0 only if every task "
        "is done: 1 some failed, 2 refused, 3 something is unknown or accepted, 4 something is left "
        "to attempt, 5 storage, 6 another process holds the run, 7 the token was refused.",
        examples=[
            ("zuora-batch run jobs/month-end.csv", "on the default tenant; asks before it writes"),
            ("zuora-batch run jobs/month-end.csv --tenant acme --limit 5 --yes", "the first five tasks only"),
            ("zuora-batch run job.csv --tenant prod --confirm prod --reason 'ticket 4711'", "production"),
            ("zuora-batch run job.csv --run-id 2026-11 --yes", "for a scheduler: it may repeat this line"),
            ("zuora-batch run runs/2026-11/failed.csv", "the failed rows, once they are corrected"),
            ("zuora-batch run plan.json", "what `plan -o plan.json` wrote down"),
        ],
    ),
    [
        job_argument("JOB_OR_PLAN"),
        *job_options(),
        *extent_options(),
        *guard_options(),
        run_id_option(),
        run_label_option(),
        TwinOption(
            ["--skip-done"],
            is_flag=True,
            group="Identity",
            help="Rows that an earlier run has done end as unchanged.",
        ),
        *consent_options(),
        *common("config", "tenant", "runs_dir", "json"),
    ],
)

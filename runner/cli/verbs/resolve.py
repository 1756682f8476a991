"""`zuora-batch resolve`."""

from pathlib import Path

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.values import Line, Place
from runner.cli.verb import Lesson, Verb
from runner.core.fault import UserFault
from runner.core.options import Invocation


def _resolve(given: Given, console: Terminal) -> int:
    from runner.compose.decisions import decision, decisions_in  # noqa: PLC0415 - not for `--help`
    from runner.compose.resolving import resolve  # noqa: PLC0415 - not for `--help`

    invocation = Invocation(site=given.site, voice=given.voice, run=given.text("run"))
    task, status, reason = given.text("task"), given.text("as"), given.text("reason")
    source = given.text("from")
    if source is not None:
        if task or status or reason or given.text("result_id"):
            raise UserFault("--from: the file says which tasks and how; leave TASK and the other options out")
        return resolve(invocation, decisions_in(Path(source)), console)
    if task is None or status is None or reason is None:
        raise UserFault(
            "resolve needs TASK, --as and --reason",
            hint='for instance: zuora-batch resolve RUN 17 --as succeeded --reason "seen in the UI"',
        )
    return resolve(invocation, decision(task, status, reason, given.text("result_id")), console)


VERB = Verb(
    "resolve",
    _resolve,
    Lesson(
        text="Decide a task that is unknown or accepted, where reading cannot; or correct an earlier "
        "decision. It is recorded with who, when and why. A bill run whose id is known cannot be "
        "resolved as failed. The file of --from is a CSV with the columns task, as, reason and "
        "result_id (which may be empty); all of its decisions are taken, or none.",
        examples=[
            ('zuora-batch resolve 2026-11 17 --as succeeded --reason "seen in the UI"', "one task"),
            ("zuora-batch resolve 2026-11 --from decisions.csv", "many"),
        ],
    ),
    [
        click.Argument(["run"], metavar="RUN", type=Place(), help="A run id or a run directory."),
        click.Argument(["task"], metavar="[TASK]", required=False, help="Its number in the ledger."),
        TwinOption(["--as"], type=click.Choice(["succeeded", "failed", "partial"]), help="How it ended."),
        TwinOption(["--reason"], type=Line(), metavar="TEXT", help="Why you know."),
        TwinOption(["--result-id"], type=Line(), metavar="ID", help="What it made, where known."),
        TwinOption(["--from"], type=Place(), metavar="FILE", help="Decisions from a CSV."),
        *common("runs_dir", "json"),
    ],
)

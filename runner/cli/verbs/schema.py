"""`zuora-batch schema`."""

import click

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _schema(given: Given, console: Terminal) -> int:
    from runner.compose.schema import show_config_schema, show_job_schema  # noqa: PLC0415 - not for `--help`

    return show_config_schema(console) if given.text("subject") == "config" else show_job_schema(console)


VERB = Verb(
    "schema",
    _schema,
    Lesson(
        text="Print the JSON Schema of one JSONL row of a job, or of config.toml, so that an editor "
        "completes and checks what you write.",
        examples=[
            ("zuora-batch schema > job.schema.json", "for rows of a JSONL job"),
            ("zuora-batch schema config > config.schema.json", "for config.toml"),
        ],
    ),
    [
        click.Argument(
            ["subject"],
            metavar="[job|config]",
            required=False,
            default="job",
            type=click.Choice(["job", "config"]),
        ),
        *common(),
    ],
)

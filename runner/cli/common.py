"""The options that several commands share."""

from typing import Final, Literal, TypeAlias, cast

import click

from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.values import Delimiter, Line, Place
from runner.core.job import JobFormat
from runner.core.options import JobOptions

Options: TypeAlias = list[click.Parameter]

_COMMON: Final = "Common options"
_JOB: Final = "How the job file is read"


def job_argument(metavar: str = "JOB") -> click.Argument:
    """The job file."""
    return click.Argument(
        ["job"],
        metavar=metavar,
        type=Place(),
        help="A CSV or JSONL file (also .gz), or - for standard input.",
    )


def run_argument() -> click.Argument:
    """A run id, a run directory, or nothing: the latest run."""
    return click.Argument(
        ["run"],
        metavar="[RUN]",
        required=False,
        type=Place(),
        help="A run id or a run directory; without it: the latest run.",
    )


def common(*names: str) -> Options:
    """The common options; help shows those that are named (config, tenant, runs_dir, json), `-q` and `-v`.

    Every command takes all of them, so that a script may give the same ones throughout.
    """
    made = {
        "config": TwinOption(
            ["--config"],
            type=Place(),
            metavar="FILE",
            group=_COMMON,
            help="The config (default: ./config.toml; without any, the built-in tenant alone).",
        ),
        "tenant": TwinOption(
            ["--tenant"],
            type=Line(),
            metavar="NAME",
            group=_COMMON,
            help="The tenant (default: default_tenant of the config).",
        ),
        "runs_dir": TwinOption(
            ["--runs-dir"],
            type=Place(),
            metavar="DIR",
            default="runs",
            group=_COMMON,
            help="Where runs are kept (default: ./runs).",
        ),
        "json": TwinOption(
            ["--json"], is_flag=True, group=_COMMON, help="One JSON document on standard output."
        ),
    }
    for name, option in made.items():
        option.hidden = name not in names
    return [
        *made.values(),
        TwinOption(["-q", "--quiet"], is_flag=True, group=_COMMON, help="No progress and no notes."),
        TwinOption(["-v", "--verbose"], is_flag=True, group=_COMMON, help="More notes."),
    ]


def job_options() -> Options:
    """How a job file is read: they go wherever one is."""
    return [
        TwinOption(
            ["--format"],
            type=click.Choice(["csv", "jsonl"]),
            group=_JOB,
            help="Instead of what the file's name says.",
        ),
        TwinOption(
            ["--operation"],
            type=Line(),
            metavar="NAME",
            group=_JOB,
            help="For rows that name none.",
        ),
        TwinOption(["--delimiter"], type=Delimiter(), metavar=",|;|tab", group=_JOB, help="Of a CSV."),
        TwinOption(
            ["--entity"],
            multiple=True,
            metavar="E",
            group=_JOB,
            help="For rows that name none; repeatable: each row becomes a task in each.",
        ),
        TwinOption(["--org"], multiple=True, metavar="O", group=_JOB, help="Likewise."),
        TwinOption(["--allow-duplicates"], is_flag=True, group=_JOB, help="Accept equal rows."),
        TwinOption(["--allow-empty"], is_flag=True, group=_JOB, help="Accept a job without rows."),
        TwinOption(
            ["--skip-invalid"],
            is_flag=True,
            group=_JOB,
            help="Leave invalid rows out; they end as rejected.",
        ),
    ]


def job_options_of(given: Given) -> JobOptions:
    """What `job_options` and the argument JOB were given."""
    return JobOptions(
        path=given.text("job") or "",
        format=cast("JobFormat | None", given.text("format")),
        operation=given.text("operation"),
        delimiter=cast('Literal[",", ";", "\\t"] | None', given.text("delimiter")),
        entities=given.several("entity"),
        orgs=given.several("org"),
        allow_duplicates=given.flag("allow_duplicates"),
        allow_empty=given.flag("allow_empty"),
        skip_invalid=given.flag("skip_invalid"),
    )

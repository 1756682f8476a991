"""The options of commands that execute, or plan to."""

from typing import Final, cast

import click

from runner.cli.common import Options
from runner.cli.given import Given
from runner.cli.twin import LoneOption, TwinOption
from runner.cli.values import Duration, Failures, Line, Rate, RunId, Whole
from runner.core.operation import Until
from runner.core.options import Consent, FailureLimit, LaunchOptions

_EXTENT: Final = "How far, how fast"
_GUARDS: Final = "Guards"
_CONSENT: Final = "Consent"


def extent_options() -> Options:
    """How far tasks are followed, and how fast they go: what a plan reckons with too."""
    return [
        TwinOption(
            ["--until"],
            type=click.Choice(["accepted", "settled", "completed"]),
            group=_EXTENT,
            help="How far a task is followed (default: settled).",
        ),
        TwinOption(
            ["--concurrency"],
            type=Whole(1000),
            metavar="N",
            group=_EXTENT,
            help="Requests under way at once, for each entity.",
        ),
        TwinOption(
            ["--rate"], type=Rate(), metavar="N/minute", group=_EXTENT, help="Requests of the whole tenant."
        ),
        TwinOption(
            ["--limit"],
            type=Whole(),
            metavar="N",
            group=_EXTENT,
            help="Only the first N tasks; resume does the rest.",
        ),
        TwinOption(
            ["--no-preflight"],
            is_flag=True,
            group=_EXTENT,
            help="No read before a write; a lost one may then need `resolve`.",
        ),
    ]


def guard_options() -> Options:
    """What stops a launch."""
    return [
        TwinOption(
            ["--max-failures"],
            type=Failures(),
            metavar="N|N%",
            group=_GUARDS,
            help="Stop when more are failed (default: 50% of the finished ones, from the 100th on).",
        ),
        TwinOption(
            ["--max-duration"],
            type=Duration(),
            metavar="90m|2h|45s",
            group=_GUARDS,
            help="Stop admitting tasks after that time.",
        ),
        TwinOption(
            ["--canary/--no-canary"],
            default=None,
            group=_GUARDS,
            help="First 1, then 10 tasks to their end, then the rest (default: in production).",
        ),
        TwinOption(
            ["--progress"],
            type=click.Choice(["auto", "bar", "plain", "json", "none"]),
            group=_GUARDS,
            help="How progress is shown on standard error (default: auto).",
        ),
    ]


def consent_options() -> Options:
    """What the user agrees to."""
    return [
        TwinOption(
            ["--yes"], is_flag=True, group=_CONSENT, help="Do not ask; needed where nobody can be asked."
        ),
        LoneOption(
            ["--confirm"],
            type=Line(),
            metavar="TENANT",
            group=_CONSENT,
            help="The name of a production tenant, typed out: always needed there.",
        ),
        TwinOption(["--reason"], type=Line(), metavar="TEXT", group=_CONSENT, help="Recorded with the run."),
    ]


def run_id_option(
    told: str = "Name the run; an ID that exists is resumed, if job and options are the same.",
) -> LoneOption:
    """`--run-id`, which has no twin: two runs of one shell must not share it by accident."""
    return LoneOption(
        ["--run-id"],
        type=RunId(),
        metavar="ID",
        group="Identity",
        help=told,
    )


def run_label_option() -> TwinOption:
    """`--run-label`."""
    return TwinOption(
        ["--run-label"],
        type=Line(),
        metavar="TEXT",
        group="Identity",
        help="Makes the same rows other acts: a deliberate repetition.",
    )


def launch_options_of(given: Given) -> tuple[LaunchOptions, frozenset[str]]:
    """What was given of `extent_options` and `guard_options`, and which fields somebody gave."""
    names = {
        "until": "until", "concurrency": "concurrency", "rate_per_minute": "rate", "limit": "limit",
        "max_failures": "max_failures", "max_duration_s": "max_duration", "preflight": "no_preflight",
        "canary": "canary",
    }  # fmt: skip
    known = {field: option for field, option in names.items() if given.has(option)}
    told = frozenset(field for field, option in known.items() if given.is_told(option))
    values = {field: given.value(known[field]) for field in told}
    if "preflight" in values:
        values["preflight"] = not values["preflight"]
    default = LaunchOptions()
    return (
        LaunchOptions(
            until=cast("Until", values.get("until", default.until)),
            concurrency=cast("int | None", values.get("concurrency")),
            rate_per_minute=cast("int | None", values.get("rate_per_minute")),
            limit=cast("int | None", values.get("limit")),
            max_failures=cast("FailureLimit", values.get("max_failures", default.max_failures)),
            max_duration_s=cast("float | None", values.get("max_duration_s")),
            preflight=bool(values.get("preflight", default.preflight)),
            canary=cast("bool | None", values.get("canary")),
        ),
        told,
    )


def consent_of(given: Given) -> Consent:
    """What `consent_options` were given."""
    return Consent(yes=given.flag("yes"), confirm=given.text("confirm"), reason=given.text("reason"))

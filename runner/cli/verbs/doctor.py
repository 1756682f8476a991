"""`zuora-batch doctor`."""

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.verb import Lesson, Verb


def _doctor(given: Given, console: Terminal) -> int:
    from runner.compose.doctor import doctor  # noqa: PLC0415 - not for `--help`

    return doctor(given.site, console)


VERB = Verb(
    "doctor",
    _doctor,
    Lesson(
        text="Show the config of a tenant and where each value came from, then reach it: credentials, "
        "clock, limits, and whether every configured entity and org can be read. Reads only.",
        examples=[
            ("zuora-batch doctor", "the default tenant"),
            ("zuora-batch doctor --tenant acme", "that tenant"),
        ],
    ),
    [*common("config", "tenant", "runs_dir", "json")],
)

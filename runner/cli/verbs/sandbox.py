"""`zuora-batch sandbox`."""

from runner.cli.common import common
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.values import Place, Whole
from runner.cli.verb import Lesson, Verb

_PORT_MAX = 65535


def _sandbox(given: Given, console: Terminal) -> int:
    from runner.compose.rehearse import Stage, rehearse  # noqa: PLC0415 - not for `--help`

    stage = Stage(port=given.number("port"), scenario=given.text("scenario"), reset=given.flag("reset"))
    return rehearse(given.site, stage, console)


VERB = Verb(
    "sandbox",
    _sandbox,
    Lesson(
        text="Serve the simulated tenant over HTTP until stopped (Ctrl-C). The first line on standard "
        "output is its address. It keeps its state in DIR/.tenant; runs join it while it is up, and "
        "start it where it is not.",
        examples=[
            ("zuora-batch sandbox", "serve it, at any free port"),
            ("zuora-batch sandbox --port 8080", "at that port"),
            ("zuora-batch sandbox --reset", "begin a new, empty tenant, and return"),
            ("zuora-batch sandbox --scenario jobs/month-end-scenario.toml", "with objects in other states"),
        ],
    ),
    [
        TwinOption(["--port"], type=Whole(_PORT_MAX), metavar="N", help="Serve at this port."),
        TwinOption(["--scenario"], type=Place(), metavar="FILE", help="What is not as it should be."),
        TwinOption(["--reset"], is_flag=True, help="Begin a new, empty tenant; without --port: and return."),
        *common("config", "tenant", "runs_dir"),
    ],
)

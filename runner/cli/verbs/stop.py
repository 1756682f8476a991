"""`zuora-batch stop`."""

from runner.cli.common import common, run_argument
from runner.cli.console import Terminal
from runner.cli.given import Given
from runner.cli.twin import TwinOption
from runner.cli.verb import Lesson, Verb
from runner.core.options import Invocation


def _stop(given: Given, console: Terminal) -> int:
    from runner.compose.stopping import stop, stop_for_good  # noqa: PLC0415 - not for `--help`

    invocation = Invocation(site=given.site, voice=given.voice, run=given.text("run"))
    return (stop_for_good if given.flag("for_good") else stop)(invocation, console)


VERB = Verb(
    "stop",
    _stop,
    Lesson(
        text="Ask a running run to stop as one Ctrl-C does: nothing new begins, what is in flight is "
        "finished, and `resume` goes on later. With --for-good the run is ended: it may be settled "
        "still, and sends nothing more, so that its open rows may be run elsewhere.",
        examples=[
            ("zuora-batch stop", "the latest run"),
            ("zuora-batch stop 2026-11 --for-good", "give up what it has not attempted"),
        ],
    ),
    [
        run_argument(),
        TwinOption(["--for-good"], is_flag=True, help="End the run: it sends nothing more."),
        *common("runs_dir", "json"),
    ],
)

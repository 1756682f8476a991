"""`report.html`: what happened, in one self-contained page that prints and needs no network and no script."""

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from runner.core.plaintext import plain
from runner.core.runsummary import RunFacts, Summary
from runner.edge.output.reportview import BAR_WIDTH, ReportView, name_text
from runner.edge.output.reportwords import exit_words, next_commands
from runner.edge.output.tally import GOOD, Tally

REPORT_HTML: Final = "report.html"


def report_text(run: RunFacts, summary: Summary, tally: Tally) -> str:
    """The whole page; the same for the same run and the same tasks."""
    view = ReportView(run, tally)
    style = _own_file("report.css")
    # The page allows this one style sheet by its digest, and nothing else at all.
    digest = b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _template().render(
        style=Markup(style),  # noqa: S704 - our own file, not a text of others
        style_sha256=digest,
        run_id=name_text(run.run_id),
        tenant=name_text(run.tenant),
        job=plain(run.job),
        parent_run=name_text(run.parent_run),
        run_label=plain(run.run_label or ""),
        summary=summary,
        number=_number,
        exit_words=exit_words(summary.exit_code),
        done=sum(summary.counts[status] for status in GOOD),
        bar_width=BAR_WIDTH,
        view=view,
        statuses=list(view.statuses()),
        sections=list(view.sections()),
        commands=next_commands(run, summary, tally.retryable),
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_own_file("report.html.j2"))


def _own_file(name: str) -> str:
    return files("runner.edge.output").joinpath(name).read_text(encoding="utf-8")


def _number(number: int) -> str:
    return f"{number:,}"

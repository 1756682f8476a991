import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from runner.core.outcome import Status
from runner.edge.output.derive import write_all
from tests.edge.output.making import HOSTILE, Entry, entry, facts

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "section", "svg",
    "rect", "span", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "code", "br", "footer",
}  # fmt: skip


class Tags(HTMLParser):
    """The names of all tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def page_of(directory: Path, made: list[Entry], **changes: Any) -> str:
    """The report of a run of these tasks."""
    write_all(directory, facts(len(made), **changes), made)
    return (directory / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_others_becomes_markup(tmp_path: Path, text: str):
    """Whatever stands in texts and names, the page has our own tags alone, and nothing invisible."""
    made = [entry(number, status, text=text) for number, status in enumerate(Status, 1)]
    page = page_of(tmp_path, made, tenant=text, job=text, run_label=text, parent_run=text)
    tags = Tags()
    tags.feed(page)
    assert tags.tags <= ALLOWED
    assert not [name for name in tags.attributes if name.startswith("on") or name in {"href", "src", "style"}]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f-\x9f]", page)


def test_the_page_needs_nothing_from_outside(tmp_path: Path):
    """The page forbids by its own policy all scripts and resources, but for its one style sheet."""
    page = page_of(tmp_path, [entry()])
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "http://" not in page
    assert "https://" not in page


def test_reasons_are_told_together(tmp_path: Path):
    """Failures that differ in an id alone are one reason, with their number and the first tasks."""
    made = [entry(number, Status.FAILED, text=f"Bill run {number:032x} is posted") for number in range(1, 9)]
    page = page_of(tmp_path, [(task, _coded(past), source) for task, past, source in made])
    assert '<td class="n">8</td><td><code>4711</code>' in page
    assert "1, 2, 3, 4, 5, ..." in page


def _coded(past):
    from dataclasses import replace  # noqa: PLC0415 - used here alone

    return past._replace(outcome=replace(past.outcome, reason_code="4711"))


def test_the_page_stays_small(tmp_path: Path):
    """A run with thousands of different failures gives a page of bounded size that says where the rest is."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    made = [
        entry(number, Status.FAILED, text=f"reason {letters[number % 26]}{letters[number // 26 % 26]}" * 3)
        for number in range(1, 3001)
    ]
    page = page_of(tmp_path, made)
    assert "and 2,940 more: see <code>failed.csv</code>" in page
    assert "other reasons" in page
    assert len(page) < 200_000


def test_the_page_says_what_to_type_next(tmp_path: Path):
    """The page names the commands that lead on, and none where everything is done."""
    page = page_of(
        tmp_path, [entry(1, Status.UNKNOWN), entry(2, Status.NOT_ATTEMPTED), entry(3, Status.FAILED)]
    )
    assert "zuora-batch settle r-1" in page
    assert "zuora-batch resume r-1" in page
    assert "zuora-batch run --tenant acme runs/r-1/failed.csv" in page
    ended = page_of(tmp_path, [entry(1, Status.NOT_ATTEMPTED)], ended=True)
    assert "resume r-1" not in ended
    assert "Everything is done." in page_of(tmp_path, [entry()])

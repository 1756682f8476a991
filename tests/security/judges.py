"""What may stand where: each judge reads as its victim would, and shares no code with the program."""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Final

from tests.security.corpus import FORGED

_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_HIDING: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d\u180f\ufeff")
_VARIANTS: Final = range(0xFE00, 0xFE10)
_TAGGED: Final = 0xE0000
_TAGS: Final = frozenset({
    "html", "head", "meta", "title", "style", "body", "header", "h1", "p", "section", "h2", "svg", "rect",
    "table", "thead", "tbody", "tfoot", "tr", "th", "td", "code", "br", "span", "h3", "footer",
})  # fmt: skip
_ATTRIBUTES: Final = frozenset({
    "lang", "charset", "http-equiv", "content", "name", "class", "viewbox", "preserveaspectratio", "role",
    "aria-label", "aria-hidden", "x", "y", "width", "height",
})  # fmt: skip
_VOID: Final = frozenset({"meta", "br"})


def hidden(text: str) -> Iterator[str]:
    """Characters that a terminal obeys or hides: all but what is seen, the line feed and the tab."""
    for character in text:
        if character in "\n\t":
            continue
        is_blank = unicodedata.category(character)[0] in "CZ" and character != " "
        if is_blank or character in _HIDING or ord(character) in _VARIANTS or ord(character) >= _TAGGED:
            yield character


def judge_terminal(text: str) -> list[str]:
    """What is wrong with what a command printed: hidden characters, and lines that others wrote."""
    found = [f"the character {each!a}" for each in dict.fromkeys(hidden(text))]
    forged = [
        line[:80] for line in text.split("\n") if line.lstrip().startswith((FORGED, f"error: {FORGED}"))
    ]
    return found + [f"the line {line!a}" for line in forged]


def cells_of(text: str, delimiter: str) -> Iterator[str]:
    """A CSV as a spreadsheet reads it: quotes count at a cell's beginning, and lines end anywhere else."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    for row in reader:
        yield from row


def judge_formulas(text: str, is_known: Callable[[str], bool]) -> list[str]:
    """Cells that a spreadsheet would calculate, cut by commas or semicolons, but for the user's own."""
    return [
        f"the cell {cell[:80]!a} (by {delimiter!r})"
        for delimiter in ",;"
        for cell in cells_of(text, delimiter)
        if cell.startswith(_FORMULA) and not is_known(cell)
    ]


class _Page(HTMLParser):
    """Keeps what a page is made of, without its texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.policies: list[str] = []
        self._open: list[str] = []
        self._style = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that is not one of ours, or has an attribute that is not."""
        if tag not in _TAGS:
            self.found.append(f"the tag <{tag[:40]!a}>")
        self.found += [f"the attribute {name[:40]!a}" for name, _ in attrs if name not in _ATTRIBUTES]
        values = dict(attrs)
        if values.get("http-equiv"):
            self.policies.append(values.get("content") or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """There is none of these."""
        self.found.append(f"the tag <{tag[:40]!a} {attrs!a:.80}/>")

    def handle_endtag(self, tag: str) -> None:
        """It closes what was opened last."""
        if not self._open or self._open.pop() != tag:
            self.found.append(f"the end </{tag[:40]!a}>")

    def handle_comment(self, data: str) -> None:
        """There is none."""
        self.found.append(f"the comment {data[:40]!a}")

    def handle_pi(self, data: str) -> None:
        """There is none."""
        self.found.append(f"the instruction {data[:40]!a}")

    def unknown_decl(self, data: str) -> None:
        """There is none."""
        self.found.append(f"the declaration {data[:40]!a}")

    def handle_data(self, data: str) -> None:
        """Only the style may name a resource."""
        if self._open[-1:] == ["style"] and ("url(" in data or "@import" in data):
            self.found.append("a resource in the style")


def judge_page(text: str) -> list[str]:
    """What is wrong with a report: tags, attributes or comments that are not ours, no or another policy."""
    page = _Page()
    page.feed(text)
    page.close()
    if len(page.policies) != 1 or not page.policies[0].startswith("default-src 'none'; style-src 'sha256-"):
        page.found.append(f"the policies {page.policies!a}")
    return page.found

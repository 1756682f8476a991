"""What a reply points to: next pages, cursors and ids. The program decides itself where it goes."""

import json
from collections.abc import Generator, Mapping
from typing import TypeVar

from runner.core.operation import Question
from runner.core.sighting import Unread
from runner.core.wire import Arrived, Reply, Request
from runner.edge.http.address import target_of
from runner.operations import CATALOG
from tests.operations.talk import task
from tests.security.corpus import STRINGS
from tests.security.injection import SENT

PAGES = (
    "https://evil.example/v1/journal-entries/journal-runs/JR-00000007?page=2",
    "//evil.example/journal-entries/journal-runs/JR-00000007",
    "https://[bad/journal-entries/journal-runs/JR-00000007",
    "http://[::1/x",
    "file:///etc/passwd",
)
_Found = TypeVar("_Found")


def asked(
    inquiry: Generator[Request, Reply, _Found], documents: Mapping[str, object]
) -> tuple[list[str], _Found]:
    """What an inquiry asks for where each path is answered with a document, and what it finds."""
    paths: list[str] = []
    try:
        request = next(inquiry)
        while True:
            assert str(target_of("http://127.0.0.1:1", request.path)).startswith("http://127.0.0.1:1/")
            paths.append(f"{request.method} {request.path}")
            said = next(document for start, document in documents.items() if request.path.startswith(start))
            request = inquiry.send(Arrived(200, {}, json.dumps(said).encode()))
    except StopIteration as end:
        return paths, end.value


def test_a_next_page_is_asked_for_at_its_own_place():
    """Whatever a next page of entries says, the path that is asked for is ours, and nothing breaks."""
    question = Question(task("cancel_journal_run", {"jr-number": "JR-00000007"}), "settle")
    run = {"success": True, "number": "JR-00000007", "status": "Completed"}
    for text in (*PAGES, *STRINGS):
        pages = {"journalEntries": [{"number": "JE-1", "status": "Created"}], "nextPage": text}
        documents = {"/v1/journal-entries": pages, "/v1/journal-runs": run}
        paths, found = asked(CATALOG["cancel_journal_run"].look([question]), documents)
        assert all(SENT.fullmatch(path) for path in paths), text
        assert set(found) == {1}, text


def test_a_cursor_is_a_value_of_our_own_path():
    """Whatever a cursor says, it is sent as a value, to the path that was asked."""
    for text in (*PAGES, *STRINGS):
        row = {"billingRunNumber": "BR-00000001", "id": "a" * 32}
        documents = {"/object-query": {"data": [row], "nextPage": text}}
        paths, _ = asked(CATALOG["cancel_bill_run"].lookup(["BR-00000001"]), documents)
        assert all(SENT.fullmatch(path) for path in paths), text


def test_an_id_that_is_none_aims_nothing():
    """An id that was looked up becomes part of a path only where it is an id."""
    for text in STRINGS:
        rows = {"data": [{"billingRunNumber": "BR-00000001", "id": text}], "nextPage": None}
        _, found = asked(CATALOG["cancel_bill_run"].lookup(["BR-00000001"]), {"/object-query": rows})
        assert isinstance(found, Unread), text

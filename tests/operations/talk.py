"""How the tests of operations talk to them: rows, tasks, and a tenant that answers by path."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote

from runner.core.job import FieldProblem, JobFormat, Row
from runner.core.jsonvalue import JsonObject, dumps
from runner.core.operation import CompileContext, Draft, Question
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Unread
from runner.core.task import Task
from runner.core.wire import Arrived, Reply, Request
from runner.operations import CATALOG

ACT = "0123456789abcdef" * 4
MARKER = "zbr-0123456789abcdef"
CONTEXT = CompileContext("2026-01-31", {"north": "8a90a", "south": "8a90b"})
_R = TypeVar("_R")


def row(cells: Mapping[str, Any], format_: JobFormat = "jsonl") -> Row:
    """A row as the readers of job files hand it over."""
    return Row(1, 2, format_, cells, "")


def draft(
    operation: str, cells: Mapping[str, Any], format_: JobFormat = "jsonl", scope: Scope | None = None
) -> Draft:
    """The draft of a row that is valid."""
    fields = CATALOG[operation].read(row(cells, format_))
    assert not isinstance(fields, list), fields
    made = CATALOG[operation].draft(fields, scope or Scope(), CONTEXT)
    assert isinstance(made, Draft), made
    return made


def problems(operation: str, cells: Mapping[str, Any], format_: JobFormat = "jsonl") -> list[tuple[str, str]]:
    """What is wrong with a row, as column and message; a row without a fault is refused by its draft."""
    found = CATALOG[operation].read(row(cells, format_))
    if not isinstance(found, list):
        found = CATALOG[operation].draft(found, Scope(), CONTEXT)
    assert isinstance(found, list), found
    return [(problem.column, problem.message) for problem in found if isinstance(problem, FieldProblem)]


def task(operation: str, cells: Mapping[str, Any], number: int = 1, *, marker: bool = True) -> Task:
    """The frozen task of a row."""
    made = draft(operation, cells)
    frozen = CATALOG[operation].freeze(made, ACT, replace(CONTEXT, marker=marker))
    return Task(
        number=number,
        row=number,
        line=number,
        custom_id=None,
        operation=operation,
        scope=made.scope,
        method=CATALOG[operation].method,
        path=frozen.path,
        body=frozen.body,
        act=ACT,
        fields=made.normal,
        target=frozen.target,
        marker=frozen.marker,
    )


def arrived(body: Any, status: int = 200) -> Arrived:
    """A reply with a JSON body, or with bytes as they are."""
    return Arrived(status, {}, body if isinstance(body, bytes) else dumps(body).encode())


def missing() -> Arrived:
    """The reply that says: no such object."""
    return refused(404, "50000040", "Cannot find entity by key")


def refused(status: int, code: str, message: str = "no") -> Arrived:
    """A refusal with one reason."""
    body: JsonObject = {"success": False, "reasons": [{"code": code, "message": message}]}
    return arrived(body, status)


class Answers:
    """A tenant that answers each path (percent-decoded) with what was laid down for it, and remembers."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = replies
        self.asked: list[str] = []

    def run(self, inquiry: Generator[Request, Reply, _R]) -> _R:
        """Carry an inquiry to its end."""
        try:
            request = next(inquiry)
            while True:
                assert (request.method, request.body) == ("GET", b"")
                assert request.path.isascii()
                assert " " not in request.path
                self.asked.append(unquote(request.path))
                request = inquiry.send(self.replies[self.asked[-1]])
        except StopIteration as end:
            return end.value


def look(question: Question, replies: Mapping[str, Reply]) -> Sighting | Unread:
    """What one question finds."""
    inquiry = CATALOG[question.task.operation].look([question])
    return Answers(replies).run(inquiry)[question.task.number]

"""Everything that is wrong with a job, in file order, put aside on disk."""

import heapq
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

from runner.compose.pile import Pile
from runner.core.fault import UserFault
from runner.core.job import Problem
from runner.core.jsonvalue import JsonObject
from runner.core.plaintext import plain, shown


class Findings:
    """Problems, as many as there may be; `len` says how many."""

    def __init__(self) -> None:
        self._pile = Pile()

    def add(self, problem: Problem) -> None:
        """Add one; lines ascend."""
        self._pile.add(json.dumps([problem.line, problem.column, problem.message]))

    def merge(self, others: Iterable[Problem]) -> None:
        """Add others, which are in file order among themselves."""
        merged = Findings()
        for problem in heapq.merge(self, others, key=lambda each: each.line):
            merged.add(problem)
        self._pile.close()
        self._pile = merged._pile

    def first(self, count: int) -> list[Problem]:
        """At most so many of them, from the beginning."""
        return list(islice(self, count))

    def __len__(self) -> int:
        return self._pile.count

    def __iter__(self) -> Iterator[Problem]:
        """All of them, in file order; one reader at a time."""
        for line in self._pile:
            at, column, message = cast("tuple[int, str, str]", tuple(json.loads(line)))
            yield Problem(at, column, message)

    def close(self) -> None:
        """Forget them."""
        self._pile.close()


class JobRefused(UserFault):
    """A job that is not valid (exit code 2); `problems` are the first of them, as `--json` shows them."""

    def __init__(self, message: str, hint: str, problems: list[JsonObject]) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


def spelled(file: str, problem: Problem) -> str:
    """`FILE:LINE:COLUMN: message`; where the whole row or file is meant, `FILE:LINE: message`."""
    place = f"{file}:{problem.line}"
    if problem.column:  # a JSONL member may have any name, also one with line feeds
        place += f":{shown(problem.column)}"
    return f"{place}: {plain(problem.message)}"


def document_of(file: str, problem: Problem) -> JsonObject:
    """One problem, as `--json` shows it."""
    return {"file": file, "line": problem.line, "column": problem.column, "message": problem.message}

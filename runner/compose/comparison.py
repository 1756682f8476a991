"""Rows of one job that do not go together, in words."""

import heapq
from collections.abc import Iterator

from runner.core.job import Problem
from runner.core.options import JobOptions
from runner.core.plaintext import quoted, shown
from runner.edge.spool import Spool
from runner.edge.spoolentry import Pair

_CUSTOM_ID = "custom_id"


def comparisons(spool: Spool, options: JobOptions) -> Iterator[Problem]:
    """What is wrong between rows, by the line of the later one of each pair."""
    equal: Iterator[Problem] = iter(())
    if not options.allow_duplicates:
        equal = map(_equal, spool.equal_entries())
    repeated = map(_repeated, spool.repeated_ids())
    # These come by their first row; only as many as there are mistakes are in memory.
    contradicting = sorted(map(_contradicting, spool.contradictions()), key=_line)
    last: Problem | None = None
    for problem in heapq.merge(equal, repeated, contradicting, key=_line):
        if problem != last:  # a row that fans out repeats itself
            yield problem
        last = problem


def rejections(spool: Spool, options: JobOptions) -> Iterator[tuple[int, str]]:
    """Rows to leave out, with the reason: the later one of two that repeat, both of a contradiction."""
    found: list[tuple[int, str]] = []
    for pair in spool.contradictions():
        found.append((pair.rows[1], _contradicting(pair).message))
        found.append((pair.rows[0], _contradicts(pair.lines[1], pair.what)))
    found.extend((pair.rows[1], f"{_CUSTOM_ID}: {_repeated(pair).message}") for pair in spool.repeated_ids())
    if not options.allow_duplicates:
        found.extend((pair.rows[1], _equal(pair).message) for pair in spool.equal_entries())
    yield from found


def _line(problem: Problem) -> int:
    return problem.line


def _equal(pair: Pair) -> Problem:
    return Problem(
        pair.lines[1],
        "",
        f"equal to the row on line {pair.lines[0]} (same operation, scope and fields): "
        "it would be done twice; delete one of them, or give --allow-duplicates",
    )


def _repeated(pair: Pair) -> Problem:
    return Problem(
        pair.lines[1],
        _CUSTOM_ID,
        f"{quoted(pair.what)} stands on line {pair.lines[0]} already, for the same entity and orgs; "
        "a custom_id is unique in its scope: change one, or leave it out",
    )


def _contradicting(pair: Pair) -> Problem:
    return Problem(pair.lines[1], "", _contradicts(pair.lines[0], pair.what))


def _contradicts(line: int, what: str) -> str:
    return (
        f"contradicts the row on line {line}: both are about {shown(what, 100)}, in different ways; "
        "delete one of them"
    )

"""Looking up what a job names by number, before anything is frozen."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TypeAlias

import anyio

from runner.compose.compiledjob import CompiledJob
from runner.compose.payload import digest_of, draft_of, payload_of
from runner.compose.tenancy import Reached
from runner.core.fault import UserFault
from runner.core.job import Problem
from runner.core.operation import Numbers
from runner.core.request import scoped
from runner.core.scope import Scope
from runner.core.sighting import Unread
from runner.core.summary import EXIT_NOT_ATTEMPTED
from runner.edge.spoolentry import Entry
from runner.operations.catalog import CATALOG

_Found: TypeAlias = dict[tuple[str, Scope, str], str | None]
_ROWS_TOGETHER: Final = 500
_TRIES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)


async def look_up_numbers(job: CompiledJob, reached: Reached, *, skip_invalid: bool) -> None:
    """Replace every number in a job by its id, then compare all rows again: two may mean the same now.

    A number that does not exist becomes a problem of the job, or with `skip_invalid` a rejected row.

    Raises:
        UserFault: the tenant does not answer (exit code 4; nothing was sent).
        StorageFault: the temporary directory is full.
    """
    for entries in _portions(job):
        found = await _resolved(entries, reached)
        for entry in entries:
            _revise(job, entry, found, skip_invalid=skip_invalid)
    job.compare()


def _portions(job: CompiledJob) -> Iterator[list[Entry]]:
    """The entries in portions of whole rows; between two of them the spool may be changed."""
    after_row = 0
    while True:
        portion: list[Entry] = []
        rows = 0
        for row, group in groupby(job.spool.in_order(after_row=after_row), key=lambda one: one.row):
            portion.extend(one for one in group if isinstance(one, Entry))
            after_row = row
            rows += 1
            if rows >= _ROWS_TOGETHER:
                break
        yield portion
        if rows < _ROWS_TOGETHER:
            return


async def _resolved(entries: Sequence[Entry], reached: Reached) -> _Found:
    wanted: dict[tuple[str, Scope], dict[str, None]] = {}
    for entry in entries:
        number = draft_of(entry).fields.number
        if number is not None:
            wanted.setdefault((entry.operation, entry.scope), {})[number] = None
    found: _Found = {}
    for (operation, scope), numbers in wanted.items():
        names = list(numbers)
        size = CATALOG[operation].look_max("settle")
        for start in range(0, len(names), size):
            asked = names[start : start + size]
            answered = await _ask(operation, scope, asked, reached)
            found |= {(operation, scope, number): answered.get(number) for number in asked}
    return found


def _revise(job: CompiledJob, entry: Entry, found: _Found, *, skip_invalid: bool) -> None:
    draft = draft_of(entry)
    number = draft.fields.number
    if number is None:
        return
    target = found[entry.operation, entry.scope, number]
    if target is not None:
        resolved = CATALOG[entry.operation].with_target(draft, target)
        job.spool.revise(entry.number, digest_of(resolved), payload_of(resolved), resolved.claims)
        return
    message = f"{number}: there is no such bill run in this entity and these orgs"
    if skip_invalid:
        job.spool.mark_rejected(entry.row, f"billRunNumber: {message}")
    else:
        job.problems.add(Problem(entry.line, "billRunNumber", message))


async def _ask(operation: str, scope: Scope, numbers: list[str], reached: Reached) -> dict[str, str | None]:
    for wait_s in (*_TRIES_S, None):
        found = await _once(CATALOG[operation].lookup(numbers), scope, reached)
        if not isinstance(found, Unread):
            return found
        if wait_s is None:
            raise UserFault(
                f"{reached.tenant.name}: {numbers[0]} could not be looked up ({found.detail})",
                hint="nothing was sent; try again later",
                exit_code=EXIT_NOT_ATTEMPTED,
            )
        await anyio.sleep(wait_s)
    return {}


async def _once(asking: Numbers, scope: Scope, reached: Reached) -> dict[str, str | None] | Unread:
    timeout_s = reached.tenant.read_timeout_s
    try:
        request = next(asking)
        while True:
            request = asking.send(await reached.transport.send(scoped(request, scope), timeout_s=timeout_s))
    except StopIteration as end:
        answer = end.value
    return answer if isinstance(answer, Unread) else dict(answer)

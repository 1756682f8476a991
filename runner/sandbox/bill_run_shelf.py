"""Where bill runs are kept: found by id, number and name, and counted while they are Pending."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from runner.sandbox.agenda import Agenda
from runner.sandbox.chance import digest
from runner.sandbox.state import BillRun, BillRunStatus, Where

_ID: Final = re.compile(r"^[0-9a-f]{32}\Z")
_NUMBER: Final = re.compile(r"^BR-([0-9]{8,12})\Z")
_MADE_ID: Final = re.compile(r"^([0-9a-f]{20})([0-9]{12})\Z")
_HASHED_DIGITS: Final = 20
_DIGITS_OF_ID_IN_NUMBER: Final = 9
RUN_COUNTS_FROM: Final = 50_000_001
"""Numbers of created bill runs begin here, out of the way of the numbers that people make up."""


def id_of_number(number: str) -> str:
    """The id of the unmentioned bill run with this number; `number_of_id` leads back."""
    digits = number.removeprefix("BR-")
    return digest("bill run", digits)[:_HASHED_DIGITS] + digits.zfill(12)


def number_of_id(run_id: str) -> str:
    """The number of the unmentioned bill run with this id."""
    made = _MADE_ID.match(run_id)
    if made is not None:
        for width in (8, 9, 10, 11, 12):
            number = f"BR-{int(made.group(2)):0{width}d}"
            if id_of_number(number) == run_id:
                return number
    return f"BR-9{int(digest(run_id)[:12], 16) % 10**_DIGITS_OF_ID_IN_NUMBER:09d}"


@dataclass(slots=True)
class BillRunShelf:
    """All bill runs of a tenant. `unmentioned_exist`: whether a well-formed id that nobody mentioned is one.

    Runs are kept by (home, id); a changed run is put as a new value in the old one's place, so that what the
    old one had planned does not happen any more.
    """

    agenda: Agenda
    born_at: float
    unmentioned_exist: bool = True
    gone: set[str] = field(default_factory=set[str])
    _runs: dict[tuple[str, str], BillRun] = field(default_factory=dict[tuple[str, str], BillRun])
    _ids: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    _order: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _names: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict[str, list[tuple[str, str]]](list)
    )
    _series: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict[str, list[tuple[str, str]]](list)
    )
    _pending: dict[int, BillRun] = field(default_factory=dict[int, BillRun])
    _pending_of: defaultdict[str | None, int] = field(
        default_factory=lambda: defaultdict[str | None, int](int)
    )

    def put(self, run: BillRun) -> None:
        """Keep a run, in place of the one with its id; what it plans will happen."""
        at = (run.home, run.id)
        old = self._runs.get(at)
        if old is None:
            run.place = len(self._order)
            self._order.append(at)
            self._ids[run.home, run.number] = run.id
            self._names[(run.name or "").casefold()].append(at)
            self._series[run.series or run.id].append(at)
        else:
            run.place = old.place
            self._uncount(old)
        self._runs[at] = run
        self._count(run)
        for due, status in run.plan:
            self.agenda.add(due, partial(self._turn, run, status))

    def created(self, run_id: str) -> BillRun:
        """The run that was created with this id, whoever asks."""
        return self._runs["", run_id]

    def find(self, key: str, where: Where) -> BillRun | None:
        """The run with this id or number as this scope sees it."""
        if _NUMBER.match(key) is None:
            return self._by_id(key.lower(), where) if _ID.match(key.lower()) else None
        run_id = self._ids.get((where.home, key)) or self._ids.get(("", key))
        if run_id is not None:
            return self._by_id(run_id, where)
        return None if key in self.gone else self._by_id(id_of_number(key), where)

    def named(self, name: str, where: Where) -> list[BillRun]:
        """The runs of this name, whatever its case (object query compares without it), oldest first."""
        return self._seen(self._names.get(name.casefold(), ()), where)

    def of_series(self, run: BillRun, where: Where) -> list[BillRun]:
        """The Pending runs of a run's series, and itself."""
        members = self._seen(self._series.get(run.series or run.id, ()), where)
        return [each for each in members if each.id == run.id or each.status == "Pending"]

    def pending(self, where: Where) -> list[BillRun]:
        """All Pending runs that this scope sees, oldest first."""
        return [run for _, run in sorted(self._pending.items()) if run.visible(where)]

    def pending_count(self, entity: str | None) -> int:
        """How many runs of an entity are Pending; the gate on creation counts those."""
        return self._pending_of[entity]

    def after(self, place: int, where: Where) -> Iterator[BillRun]:
        """All runs that this scope sees, from a place in the order of their making on."""
        for index in range(place, len(self._order)):
            run = self._runs[self._order[index]]
            if run.visible(where):
                yield run

    def _by_id(self, run_id: str, where: Where) -> BillRun | None:
        run = self._runs.get(("", run_id)) or self._runs.get((where.home, run_id))
        if run is not None:
            return run if run.visible(where) else None
        if run_id in self.gone or not self.unmentioned_exist:
            return None
        return self._unmentioned(run_id, where)

    def _unmentioned(self, run_id: str, where: Where) -> BillRun:
        """An ad hoc run that completed before the tenant began; it is kept once it changes."""
        number = number_of_id(run_id)
        made_at = self.born_at - 86400.0
        return BillRun(
            id=run_id,
            number=number,
            name=f"Bill run {number}",
            status="Completed",
            created_at=made_at,
            updated_at=made_at + 60,
            entity=where.entity,
            orgs=where.orgs,
            home=where.home,
            accounts=1,
            invoices=1,
            executed_at=made_at + 2,
            ended_at=made_at + 60,
            series=run_id,
        )

    def _seen(self, places: list[tuple[str, str]] | tuple[()], where: Where) -> list[BillRun]:
        return [run for run in map(self._runs.__getitem__, places) if run.visible(where)]

    def _turn(self, run: BillRun, status: BillRunStatus, at: float) -> None:
        if self._runs.get((run.home, run.id)) is not run:
            return  # it was changed since, and plans something else
        self._uncount(run)
        run.status = status
        run.updated_at = at
        run.executed_at = at if status == "Processing" else run.executed_at
        run.ended_at = at if status in {"Completed", "Error"} else run.ended_at
        self._count(run)

    def _count(self, run: BillRun) -> None:
        if run.status == "Pending":
            self._pending[run.place] = run
            self._pending_of[run.entity] += 1

    def _uncount(self, run: BillRun) -> None:
        if self._pending.pop(run.place, None) is not None:
            self._pending_of[run.entity] -= 1


def changed(
    run: BillRun, now: float, status: BillRunStatus, plan: list[tuple[float, BillRunStatus]]
) -> BillRun:
    """A new value for a run that somebody changes: another state, and another plan."""
    return replace(run, status=status, updated_at=now, plan=plan)

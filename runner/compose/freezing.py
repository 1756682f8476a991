"""From compiled rows to frozen tasks: acts, what earlier runs know of them, and the exact bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from runner.compose.compiledjob import CompiledJob
from runner.compose.heritage import Heritage
from runner.compose.parents import Parents
from runner.compose.payload import draft_of
from runner.compose.places import Meaning, Places
from runner.compose.rivals import HOW
from runner.core.acts import HoldKind
from runner.core.job import Problem
from runner.core.jsonvalue import canonical
from runner.core.operation import CompileContext, Draft
from runner.core.scope import Scope
from runner.core.task import DoneBy, Task
from runner.edge.checkpoint.acts import ActSession, Holding
from runner.edge.spoolentry import Entry, RejectedRow
from runner.operations.catalog import CATALOG

_TOGETHER: Final = 1_000
_REFUSED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """One row with its tasks, as they go into the checkpoint."""

    row: int
    line: int
    source: str
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry with its draft and its act. `alone`: nothing in the job tells its place among equal rows."""

    entry: Entry
    draft: Draft
    act: str
    alone: bool


class Freezer:
    """Makes the tasks of one run, in file order; `refused` holds (the first 1,000) rows that may not run."""

    def __init__(
        self,
        meaning: Meaning,
        context: CompileContext,
        session: ActSession,
        parents: Parents,
        heritage: Heritage,
    ) -> None:
        self._heritage = heritage
        self._meaning = meaning
        self._context = context
        self._session = session
        self._parents = parents
        self._places = Places(meaning, session)
        self._tasks = 0
        self.refused: list[Problem] = []
        self.refused_count = 0

    def freeze(self, job: CompiledJob) -> Iterator[FrozenRow]:
        """Each row with its tasks. Raises `StorageFault` where an earlier run cannot be read."""
        self._give_places(job)
        for portion in _portions(job):
            named, held = self._compared([one for one in portion if isinstance(one, Entry)])
            for _, group in groupby(portion, key=lambda one: one.row):
                yield self._row(job, list(group), named, held)

    def holdings(self, job: CompiledJob) -> Iterator[Holding]:
        """What earlier runs know of each row's act, but for rows whose number is not looked up yet."""
        self._give_places(job)
        for portion in _portions(job):
            entries = [one for one in portion if isinstance(one, Entry)]
            named, held = self._compared([one for one in entries if draft_of(one).fields.number is None])
            for each in named.values():
                yield from held.get(each.act, ())

    def _compared(self, entries: Sequence[Entry]) -> tuple[dict[int, _Named], dict[str, list[Holding]]]:
        """Entries by number with their acts, and by act what earlier runs know of them."""
        named = {one.number: self._named(one) for one in entries}
        held = self._held(named.values())
        moved = {number: self._moved(each) for number, each in named.items() if _is_free(each, held)}
        held |= self._held(moved.values())
        return named | moved, held

    def _held(self, named: Iterable[_Named]) -> dict[str, list[Holding]]:
        held: dict[str, list[Holding]] = {}
        acts = (each.act for each in named)
        for holding in self._session.holdings(acts, besides=(self._meaning.run_id,)):
            held.setdefault(holding.act, []).append(holding)
        return held

    def _give_places(self, job: CompiledJob) -> None:
        """Equal rows are told apart by their places: those of parents' tasks, then as `Places.order` says."""
        for group in job.spool.equal_groups():
            own: dict[int, int] = {}  # place: entry; one that a row has repeated is the first one's
            for entry in group:
                place = self._place_of_parent(entry, draft_of(entry))
                if place is not None:
                    own.setdefault(place, entry.number)
            order = self._places.order(group[0].operation, draft_of(group[0]), own)
            place_of = {number: place for place, number in own.items()}
            for entry in group:
                place = place_of.get(entry.number)
                job.spool.set_place(entry.number, next(order) if place is None else place)

    def _named(self, entry: Entry) -> _Named:
        draft = draft_of(entry)
        place = self._place_of_parent(entry, draft) if entry.place is None else entry.place
        act = self._meaning.act(entry.operation, draft, place or 0)
        return _Named(entry, draft, act, alone=place is None)

    def _moved(self, named: _Named) -> _Named:
        """The same row in the place that it takes where no run holds the first one any more."""
        operation, draft = named.entry.operation, named.draft
        place = next(self._places.order(operation, draft))
        return replace(named, act=self._meaning.act(operation, draft, place))

    def _place_of_parent(self, entry: Entry, draft: Draft) -> int | None:
        """The place of the parent's task, while the row still equals it."""
        parent = self._parents.task_of(entry.parent)
        if parent is None or (parent.operation, parent.scope) != (entry.operation, draft.scope):
            return None
        if canonical(parent.fields) != canonical(draft.normal):
            return None
        places = range(self._parents.places_max)
        acts = (self._meaning.act(entry.operation, draft, one) for one in places)
        return next((place for place, act in enumerate(acts) if act == parent.act), None)

    def _row(
        self,
        job: CompiledJob,
        group: Sequence[Entry | RejectedRow],
        named: dict[int, _Named],
        held: dict[str, list[Holding]],
    ) -> FrozenRow:
        first = group[0]
        tasks: list[Task] = []
        for one in group:
            self._tasks += 1
            if isinstance(one, RejectedRow):
                tasks.append(_rejected(self._tasks, one, job.keys_of(one)))
            else:
                each = named[one.number]
                tasks.append(self._task(each, held.get(each.act, ())))
        return FrozenRow(first.row, first.line, first.source, tasks)

    def _task(self, named: _Named, holdings: Sequence[Holding]) -> Task:
        entry = named.entry
        operation = CATALOG[entry.operation]
        frozen = operation.freeze(named.draft, named.act, self._context)
        task = Task(
            number=self._tasks,
            row=entry.row,
            line=entry.line,
            custom_id=entry.custom_id,
            operation=entry.operation,
            scope=entry.scope,
            method=operation.method,
            path=frozen.path,
            body=frozen.body,
            act=named.act,
            fields=named.draft.normal,
            target=frozen.target,
            marker=frozen.marker,
            done_by=self._done_by(entry, holdings),
        )
        return self._heritage.hand_on(task, holdings)

    def _done_by(self, entry: Entry, holdings: Sequence[Holding]) -> DoneBy | None:
        """The run that has done the act, with `--skip-done`; whatever else is held is refused."""
        for holding in holdings:
            if holding.kind is HoldKind.FREE:
                continue
            if holding.kind is HoldKind.DONE and self._meaning.skip_done:
                return DoneBy(holding.run_id, holding.number, holding.result_id)
            self._refuse(entry, holding)
            return None
        return None

    def _refuse(self, entry: Entry, holding: Holding) -> None:
        self.refused_count += 1
        if len(self.refused) < _REFUSED_MAX:
            who = f"run {holding.run_id} (task {holding.number}, {holding.outcome.status.value})"
            self.refused.append(Problem(entry.line, "", f"this act {HOW[holding.kind]} {who}"))


def _is_free(named: _Named, held: Mapping[str, Sequence[Holding]]) -> bool:
    """Whether earlier runs know the act of a row that stands alone, and none of them holds it."""
    known = held.get(named.act, ())
    return named.alone and bool(known) and all(one.kind is HoldKind.FREE for one in known)


def _portions(job: CompiledJob) -> Iterator[list[Entry | RejectedRow]]:
    """The rows of a job in portions of whole rows."""
    portion: list[Entry | RejectedRow] = []
    for _, group in groupby(job.spool.in_order(), key=lambda one: one.row):
        portion.extend(group)
        if len(portion) >= _TOGETHER:
            yield portion
            portion = []
    if portion:
        yield portion


def _rejected(number: int, row: RejectedRow, keys: tuple[str, str | None]) -> Task:
    operation, custom_id = keys
    return Task(
        number=number,
        row=row.row,
        line=row.line,
        custom_id=custom_id,
        operation=operation,
        scope=Scope(),
        method="PUT",
        path="",
        body=b"",
        act="",
        fields={},
        target="",
        rejected=row.reason,
    )

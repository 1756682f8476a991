"""From compiled rows to frozen tasks: acts, what earlier runs know of them, and the exact bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from runner.compose.compiledjob import CompiledJob
from runner.compose.parents import Parents
from runner.compose.payload import draft_of
from runner.core.acts import HoldKind
from runner.core.job import Problem
from runner.core.operation import CompileContext, Draft
from runner.core.scope import Scope
from runner.core.task import Act, DoneBy, Task
from runner.edge.checkpoint.acts import ActSession, Holding
from runner.edge.spoolentry import Entry, RejectedRow
from runner.operations.catalog import CATALOG

_TOGETHER: Final = 1_000
_REFUSED_MAX: Final = 1_000
_HOW: Final = {
    HoldKind.DONE: "was done by",
    HoldKind.IN_DOUBT: "is in doubt in",
    HoldKind.TO_DO: "is still to be done by",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whose acts these are: what all tasks of a run have in common. `skip_done`: done ones are left out."""

    origin: str
    tenant_id: str
    run_id: str
    run_label: str
    skip_done: bool = False

    def act(self, operation: str, draft: Draft, place: int) -> str:
        """The digest of one act."""
        return Act(
            origin=self.origin,
            tenant=self.tenant_id,
            operation=operation,
            scope=draft.scope,
            fields=draft.normal,
            run_label=self.run_label,
            place=place,
        ).digest()


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """One row with its tasks, as they go into the checkpoint."""

    row: int
    line: int
    source: str
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry with its draft and its act."""

    entry: Entry
    draft: Draft
    act: str


class Freezer:
    """Makes the tasks of one run, in file order; `refused` holds (the first 1,000) rows that may not run."""

    def __init__(
        self, meaning: Meaning, context: CompileContext, session: ActSession, parents: Parents
    ) -> None:
        self._meaning = meaning
        self._context = context
        self._session = session
        self._parents = parents
        self._tasks = 0
        self.refused: list[Problem] = []
        self.refused_count = 0

    def freeze(self, job: CompiledJob) -> Iterator[FrozenRow]:
        """Each row with its tasks. Raises `StorageFault` where an earlier run cannot be read."""
        self._give_places(job)
        for portion in _portions(job):
            named = {one.number: self._named(one) for one in portion if isinstance(one, Entry)}
            held: dict[str, list[Holding]] = {}
            acts = (each.act for each in named.values())
            for holding in self._session.holdings(acts, besides=self._meaning.run_id):
                held.setdefault(holding.act, []).append(holding)
            for _, group in groupby(portion, key=lambda one: one.row):
                yield self._row(job, list(group), named, held)

    def _give_places(self, job: CompiledJob) -> None:
        """Equal rows are told apart by their places: those of a parent's tasks, then the lowest free ones."""
        for group in job.spool.equal_groups():
            own = {entry.number: self._place_of_parent(entry, draft_of(entry)) for entry in group}
            taken = {place for place in own.values() if place is not None}
            free = (place for place in range(len(group) + len(taken)) if place not in taken)
            for entry in group:
                if own[entry.number] is None:
                    job.spool.set_place(entry.number, next(free))

    def _named(self, entry: Entry) -> _Named:
        draft = draft_of(entry)
        place = self._place_of_parent(entry, draft)
        act = self._meaning.act(entry.operation, draft, entry.place if place is None else place)
        return _Named(entry, draft, act)

    def _place_of_parent(self, entry: Entry, draft: Draft) -> int | None:
        """The place of the parent's task, while the row still equals it."""
        parent = self._parents.act_of(entry.parent)
        if parent is None:
            return None
        places = range(self._parents.places_max)
        return next((one for one in places if self._meaning.act(entry.operation, draft, one) == parent), None)

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
        return Task(
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
            generation=1 + max((holding.generation for holding in holdings), default=0),
            done_by=self._done_by(entry, holdings),
        )

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
            self.refused.append(Problem(entry.line, "", f"this act {_HOW[holding.kind]} {who}"))


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

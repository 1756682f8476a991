"""The registry of acts: which run has done, has in doubt, or still has to do what.

The index says which run and task; how they stand is read from that run's checkpoint each time.
"""

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.core.acts import HoldKind, hold_kind
from runner.core.history import Past
from runner.core.ledgerline import outcome_of
from runner.core.outcome import Outcome, Status
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.actcompare import Comparison, compare
from runner.edge.checkpoint.actguard import Guard
from runner.edge.checkpoint.actindex import ActIndex, Found, pages
from runner.edge.checkpoint.reader import CheckpointReader

_READERS_MAX: Final = 16
_NO_PAST: Final = Past()


@dataclass(frozen=True, slots=True)
class Holding:
    """One run's task of an act, and how it stands.

    `task` is None while its run is still being planned. `generation` is the last key generation that was
    sent, 0 for none; whether that key is still trusted follows from `past.key_since`.
    """

    act: str
    run_id: str
    number: int
    kind: HoldKind
    outcome: Outcome
    task: Task | None = None
    past: Past = _NO_PAST

    @property
    def generation(self) -> int:
        """The last key generation that was sent; 0 for none."""
        return self.past.generation

    @property
    def result_id(self) -> str | None:
        """What was made or changed, as far as it is known."""
        made = self.past.success.result_id if self.past.success else None
        return self.outcome.result_id or made


class ActSession:
    """The registry while no other program may change it."""

    def __init__(self, runs_dir: Path, index: ActIndex) -> None:
        self._runs_dir = runs_dir
        self._index = index
        self._readers: dict[str, tuple[CheckpointReader, bool]] = {}

    def holdings(self, acts: Iterable[str], *, besides: Collection[str] = ()) -> Iterator[Holding]:
        """Every task that runs other than `besides` have of these acts (64 hex digits), free ones too.

        Looked up 1,000 at a time; within these by act, the older run first. Raises `StorageFault`.
        """
        for page in pages(acts):
            found = [one for one in self._index.find(page) if one.run_id not in besides]
            yield from self._standing(found)

    def claim(self, run_id: str, acts: Iterable[tuple[str, int]]) -> None:
        """Claim acts and their tasks for a run whose lock is held, in place of what it claimed before.

        Committed when the session ends without a fault. Raises `StorageFault`.
        """
        self._index.learn(run_id, "", "", acts)

    def close(self) -> None:
        """Close the checkpoints that were looked into."""
        while self._readers:
            self._readers.popitem()[1][0].close()

    def _standing(self, found: Sequence[Found]) -> list[Holding]:
        numbers: dict[str, list[int]] = {}
        for one in found:
            if one.plan:
                numbers.setdefault(one.run_id, []).append(one.task)
        known: dict[tuple[str, int], tuple[Task, Past, bool]] = {}
        for run_id, wanted in numbers.items():
            reader, ended = self._reader(run_id)
            known |= {(run_id, task.number): (task, past, ended) for task, past in reader.some(wanted)}
        return _followed([_holding(one, known.get((one.run_id, one.task))) for one in found])

    def _reader(self, run_id: str) -> tuple[CheckpointReader, bool]:
        if run_id not in self._readers:
            if len(self._readers) >= _READERS_MAX:
                self._readers.pop(next(iter(self._readers)))[0].close()
            try:
                reader = CheckpointReader(self._runs_dir / run_id)
            except StorageFault as fault:
                raise StorageFault(f"{fault}\nit has some of the same rows; move {run_id} away") from fault
            self._readers[run_id] = (reader, reader.is_ended())
        return self._readers[run_id]


@contextmanager
def registry_of_acts(
    runs_dir: Path,
    *,
    planning: str | None = None,
    passes_damaged: bool = False,
    on_wait: Callable[[], None] | None = None,
) -> Generator[ActSession]:
    """Compare the registry with the run directories, then hold it for one comparison and claim.

    `planning` is the run that the caller is about to plan, if any: it has claimed nothing yet.
    `passes_damaged`: a run that cannot be read counts by what was known of it; for one who plans nothing.
    `on_wait` is called where another program has to be waited for.
    What was claimed is on disk when the block ends without a fault; with one, nothing was claimed. Other
    programs wait meanwhile. Raises `StorageFault` (or `NewerFault`) where any run directory cannot be read.
    """
    with Guard.held(runs_dir, on_wait) as guard:
        index = ActIndex.open(runs_dir, distrusted=guard.index_has_changed)
        session = ActSession(runs_dir, index)
        with guard.remembering_index(), contextlib.closing(index), contextlib.closing(session):
            with _transaction(index):
                how = Comparison(planning, index.is_new and not guard.is_first, passes_damaged)
                compare(runs_dir, index, how)
            with _transaction(index):
                yield session


@contextmanager
def _transaction(index: ActIndex) -> Generator[None]:
    index.begin()
    try:
        yield
    except BaseException:
        with contextlib.suppress(StorageFault):
            index.rollback()
        raise
    index.commit()


def _followed(holdings: list[Holding]) -> list[Holding]:
    """A row that was left out as done by another run holds its act no longer than that one does."""
    task_of = {(one.act, one.run_id, one.number): one for one in holdings}

    def followed(one: Holding) -> Holding:
        held, seen = one, {(one.run_id, one.number)}
        while held.task is not None and held.task.done_by is not None:
            done = held.task.done_by
            earlier = task_of.get((held.act, done.run, done.task))
            # Of runs that were away in turns each may name the other.
            if earlier is None or (done.run, done.task) in seen:
                return one
            seen.add((done.run, done.task))
            held = earlier
        return replace(one, kind=HoldKind.FREE) if held.kind is HoldKind.FREE else one

    return [followed(one) for one in holdings]


def _holding(found: Found, known: tuple[Task, Past, bool] | None) -> Holding:
    if known is None:
        outcome = Outcome(Status.NOT_ATTEMPTED, note="its run is being planned")
        return Holding(found.act, found.run_id, found.task, HoldKind.TO_DO, outcome)
    task, past, ended = known
    kind = hold_kind(task, past, ended=ended)
    return Holding(found.act, found.run_id, found.task, kind, outcome_of(task, past), task, past)

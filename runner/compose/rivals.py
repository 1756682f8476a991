"""Whether another run has the acts that a run still means to do: then its resume is refused."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from runner.compose.console import Console, noting_wait
from runner.compose.runrecord import RunRecord
from runner.core.acts import HoldKind, hold_kind
from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint.actindex import pages
from runner.edge.checkpoint.acts import ActSession, Holding, registry_of_acts
from runner.edge.checkpoint.reader import CheckpointReader

_OPEN: Final = frozenset({HoldKind.TO_DO, HoldKind.IN_DOUBT})
HOW: Final = {
    HoldKind.DONE: "was done by",
    HoldKind.IN_DOUBT: "is in doubt in",
    HoldKind.TO_DO: "is still to be done by",
}
"""How an earlier run has an act, before that run's name."""


class _Rival(NamedTuple):
    """A task of ours, and how another run has its act."""

    task: int
    holding: Holding


def refuse_rivals(directory: Path, console: Console) -> None:
    """Refuse to go on with a run that is damaged, or has an open act of another run's; its lock is held.

    No run can plan what another one has. But this one's directory may have been moved away meanwhile, which
    gives up what it knew. Copies of it send nothing themselves. A parent that cannot be read is passed over:
    what failed in it was free when this run was planned.

    Raises:
        UserFault: another run has done, has in doubt or still has to do what this one would do.
        StorageFault: the registry, any of this run, or one that has acts of it cannot be read.
    """
    run_id = directory.name
    with CheckpointReader(directory) as reader:
        reader.check_log()
    with (
        CheckpointReader(directory) as reader,
        registry_of_acts(directory.parent, passes_damaged=True, on_wait=noting_wait(console)) as session,
    ):
        rivals = list(_rivals(reader, session, {run_id, *_unreadable_parents(directory)}))
    copies = _copies(directory, {one.holding.run_id for one in rivals})
    rivals = [one for one in rivals if one.holding.run_id not in copies]
    if not rivals:
        return
    first = rivals[0]
    whose = first.holding
    more = f" (and {len(rivals) - 1} more)" if len(rivals) > 1 else ""
    raise UserFault(
        f"task {first.task} of run {run_id}{more} {HOW[whose.kind]} run {whose.run_id} "
        f"(task {whose.number}, {whose.outcome.status.value}); nothing was sent",
        hint=f"was its directory away meanwhile? zuora-batch settle {run_id} finds out what it has in doubt, "
        f"zuora-batch stop {run_id} --for-good ends it",
    )


def _unreadable_parents(directory: Path) -> set[str]:
    """The first run in the line of parents that cannot be read; what came before it is not known."""
    seen: set[str] = set()
    name = directory.name
    while name not in seen:
        seen.add(name)
        try:
            with CheckpointReader(directory.parent / name) as reader:
                parent = RunRecord.from_json(reader.meta()).parent_run
        except (StorageFault, UserFault):
            return {name}
        name = name if parent is None else parent
    return set()


def _rivals(reader: CheckpointReader, session: ActSession, besides: Collection[str]) -> Iterator[_Rival]:
    ended = reader.is_ended()
    for page in pages(reader.acts()):
        number_of = dict(page)
        held = [
            _Rival(number_of[one.act], one)
            for one in session.holdings(number_of, besides=besides)
            if one.kind is not HoldKind.FREE
        ]
        ours = {task.number: (task, past) for task, past in reader.some([one.task for one in held])}
        yield from (one for one in held if hold_kind(*ours[one.task], ended=ended) in _OPEN)


def _copies(directory: Path, others: Iterable[str]) -> set[str]:
    """Those of the other runs that are one and the same run as this one, copied."""

    def own_token(name: str) -> str:
        # Not its id: a scheduler gives the same one again when the directory is away.
        try:
            with CheckpointReader(directory.parent / name) as reader:
                return RunRecord.from_json(reader.meta()).run_token
        except UserFault:  # it is only being planned, so no copy of one that was
            return ""

    ours = own_token(directory.name)
    return {name for name in others if own_token(name) == ours}

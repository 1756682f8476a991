"""The earlier runs that the rows of a job name (`#run`, `#task`), and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runner.compose.runrecord import RunRecord
from runner.core.fault import UserFault
from runner.core.task import Task
from runner.edge.checkpoint.reader import CheckpointReader

_DELETE: Final = "delete the column #run (and #task, #status) to make the rows acts of no earlier run"


@dataclass(frozen=True, slots=True)
class Whose:
    """The tenant of which a run is planned: as acts name it, and as the config does."""

    act_origin: str
    tenant_id: str
    name: str


class Parents:
    """Open checkpoints of the parents; a context manager.

    `places_max`: so many places are tried to find that of a parent's task again.
    """

    places_max: Final = 1_000

    def __init__(self) -> None:
        self._readers: dict[str, CheckpointReader] = {}
        self._records: dict[str, RunRecord] = {}

    def open(self, named: Mapping[str, int], runs_dir: Path, whose: Whose, file: str) -> None:
        """Open the runs that are named, each with the first line that names it.

        Raises:
            UserFault: a run is not in the runs directory, or belongs to another tenant.
            StorageFault: a run cannot be read.
        """
        for run_id, line in named.items():
            directory = runs_dir / run_id
            if not directory.is_dir():
                raise UserFault(f"{file}:{line}:#run: there is no run {run_id} in {runs_dir}", hint=_DELETE)
            reader = CheckpointReader(directory)
            self._readers[run_id] = reader
            record = RunRecord.from_json(reader.meta())
            self._records[run_id] = record
            if (record.act_origin, record.tenant_id) != (whose.act_origin, whose.tenant_id):
                raise UserFault(
                    f"{file}:{line}:#run: run {run_id} was on another tenant ({record.tenant}, "
                    f"id {record.tenant_id}), this is {whose.name}, id {whose.tenant_id}",
                    hint=_DELETE,
                )

    def label(self, given: str | None) -> str:
        """The run label: the parents', which have to agree with each other and with what is given."""
        labels = {record.run_label for record in self._records.values()}
        if len(labels) > 1:
            raise UserFault(
                f"the runs named in #run have different run labels: {_quoted(labels)}", hint=_DELETE
            )
        if labels and given is not None and given not in labels:
            raise UserFault(
                f'--run-label "{given}" is not that of the runs named in #run: {_quoted(labels)}',
                hint=_DELETE,
            )
        return next(iter(labels)) if labels else (given or "")

    @property
    def only_one(self) -> str | None:
        """The parent, where there is exactly one."""
        return next(iter(self._records)) if len(self._records) == 1 else None

    def task_of(self, parent: tuple[str, int] | None) -> Task | None:
        """A parent's task (by run id and number), None where there is none."""
        if parent is None or parent[0] not in self._readers:
            return None
        found = self._readers[parent[0]].some([parent[1]])
        return found[0][0] if found else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers.values():
            reader.close()


def _quoted(labels: set[str]) -> str:
    return ", ".join(f'"{label}"' for label in sorted(labels))

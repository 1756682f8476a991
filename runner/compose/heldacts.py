"""Which acts of a job earlier runs have already, found out offline."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.compose.compiledjob import CompiledJob
from runner.compose.freezing import Freezer
from runner.compose.heritage import Heritage
from runner.compose.parents import Parents, Whose
from runner.compose.places import Meaning
from runner.compose.runrecord import RunRecord
from runner.core.acts import HoldKind
from runner.core.fault import UserFault
from runner.core.jsonvalue import JsonObject
from runner.core.operation import CompileContext
from runner.core.ports import StorageFault
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.faults import UnplannedFault, in_the_way
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import list_runs

WORDS: Final = {
    HoldKind.DONE: "done",
    HoldKind.IN_DOUBT: "in doubt",
    HoldKind.TO_DO: "still to do",
}


@dataclass(frozen=True, slots=True)
class Held:
    """So many acts of the job are held by one run in one way; `first_task` is the first of them there."""

    run_id: str
    kind: HoldKind
    first_task: int
    tasks: int

    def to_json(self) -> JsonObject:
        """As `plan --json` shows it."""
        return {
            "run_id": self.run_id,
            "kind": self.kind.value,
            "first_task": self.first_task,
            "tasks": self.tasks,
        }


def held_acts(job: CompiledJob, runs_dir: Path, tenant: str, run_label: str | None) -> list[Held]:
    """Compare by the tenant id last seen: what is held is refused by `run`, or left out with `--skip-done`.

    Without any earlier run on the tenant nothing is held, as far as this machine knows. Rows that name their
    target by a number are not compared, since numbers are looked up online.

    Raises:
        StorageFault: the registry, or a run directory, cannot be read.
    """
    seen = _last_seen(runs_dir, tenant)
    if seen is None:
        return []
    counts: Counter[tuple[str, HoldKind]] = Counter()
    first: dict[tuple[str, HoldKind], int] = {}
    with Parents() as parents, registry_of_acts(runs_dir) as session:
        label = _label(job, runs_dir, seen, parents, run_label)
        meaning = Meaning(seen.act_origin, seen.tenant_id, "", label)
        nothing_made = CompileContext(today=None, org_names={})
        freezer = Freezer(meaning, nothing_made, session, parents, Heritage(now=0.0))
        for holding in freezer.holdings(job):
            if holding.kind is not HoldKind.FREE:
                key = (holding.run_id, holding.kind)
                counts[key] += 1
                first[key] = min(holding.number, first.get(key, holding.number))
    return [
        Held(run_id, kind, first[run_id, kind], count) for (run_id, kind), count in sorted(counts.items())
    ]


def _label(job: CompiledJob, runs_dir: Path, seen: RunRecord, parents: Parents, given: str | None) -> str:
    """The label of the runs that rows name; where `run` will refuse those, the one that is given."""
    try:
        whose = Whose(seen.act_origin, seen.tenant_id, seen.tenant)
        parents.open(job.parents, runs_dir, whose, job.display_name)
        return parents.label(given)
    except UserFault:
        return given or ""


def _last_seen(runs_dir: Path, tenant: str) -> RunRecord | None:
    for place in reversed(list_runs(runs_dir)):
        # Not by its head: a program may be killed when its plan is committed, and its head does not tell yet.
        try:
            with CheckpointReader(place.directory) as reader:
                record = RunRecord.from_json(reader.meta())
        except UnplannedFault:
            continue
        except StorageFault as fault:
            raise in_the_way(place.directory, fault) from fault
        if record.tenant == tenant:
            return record
    return None

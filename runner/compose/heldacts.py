"""Which acts of a job earlier runs have already, found out offline."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.compose.compiledjob import CompiledJob
from runner.compose.payload import draft_of
from runner.compose.runrecord import RunRecord
from runner.core.acts import HoldKind
from runner.core.jsonvalue import JsonObject
from runner.core.task import Act
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.faults import UnplannedFault
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import list_runs
from runner.edge.spoolentry import Entry

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


def held_acts(job: CompiledJob, runs_dir: Path, tenant: str, run_label: str) -> list[Held]:
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
    with registry_of_acts(runs_dir) as session:
        for holding in session.holdings(_digests(job, seen, run_label)):
            if holding.kind is not HoldKind.FREE:
                key = (holding.run_id, holding.kind)
                counts[key] += 1
                first[key] = min(holding.number, first.get(key, holding.number))
    return [
        Held(run_id, kind, first[run_id, kind], count) for (run_id, kind), count in sorted(counts.items())
    ]


def _last_seen(runs_dir: Path, tenant: str) -> RunRecord | None:
    for place in reversed(list_runs(runs_dir)):
        if not place.is_planned:
            continue
        try:
            with CheckpointReader(place.directory) as reader:
                record = RunRecord.from_json(reader.meta())
        except UnplannedFault:
            continue
        if record.tenant == tenant:
            return record
    return None


def _digests(job: CompiledJob, seen: RunRecord, run_label: str) -> Iterator[str]:
    # Only equal rows need a count, and there are none unless they are allowed.
    places: Counter[str] = Counter()
    for one in job.spool.in_order():
        if not isinstance(one, Entry):
            continue
        draft = draft_of(one)
        if draft.fields.number is not None:
            continue
        first = Act(
            origin=seen.act_origin,
            tenant=seen.tenant_id,
            operation=one.operation,
            scope=one.scope,
            fields=draft.normal,
            run_label=run_label,
            place=0,
        )
        digest = first.digest()
        if job.may_repeat:
            places[digest] += 1
            if places[digest] > 1:
                digest = replace(first, place=places[digest] - 1).digest()
        yield digest

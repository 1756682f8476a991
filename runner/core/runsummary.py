"""What is told of a run as a whole: its facts, and the sums of its tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runner.core.instant import rfc3339
from runner.core.job import JobFormat
from runner.core.jsonvalue import Json, JsonObject
from runner.core.outcome import Status
from runner.core.summary import Counts, exit_code_of


class SumsFault(Exception):
    """The sums of a run do not agree with its plan: a fault of the program itself (exit code 70)."""


def _no_names() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What every derived file needs to know of its run; all of it is frozen in the checkpoint.

    `tenant` is the configured name; `entities` and `orgs` map configured names to ids, as they were when the
    run was planned. `job` is the job's path as it was given. `header` is the header row of a CSV job as it
    stands (empty for JSONL). `tasks` and `rows` are the sums of the plan. Times are seconds since the epoch.
    `exit_code` is set where a launch ended by something other than its tasks (130, 70, 5, 6, 2, 7); None
    means that the tasks decide it. `ended`: after `stop --for-good`.
    """

    run_id: str
    tenant: str
    job: str
    job_sha256: str
    format: JobFormat
    tasks: int
    rows: int
    header: tuple[str, ...] = ()
    delimiter: Literal[",", ";", "\t"] = ","
    entities: Mapping[str, str] = field(default_factory=_no_names)
    orgs: Mapping[str, str] = field(default_factory=_no_names)
    parent_run: str | None = None
    run_label: str | None = None
    planned_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    exit_code: int | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """`summary.json`, and what `run --json` prints. Times are RFC 3339, UTC.

    Making one raises `SumsFault` where the counts do not add up to the tasks.
    """

    counts: Counts
    tasks: int
    rows: int
    exit_code: int
    run_id: str
    parent_run: str | None
    job: str
    job_sha256: str
    tenant: str
    run_label: str | None
    started_at: str | None
    finished_at: str | None

    def __post_init__(self) -> None:
        total = sum(self.counts.values())
        if total != self.tasks:
            raise SumsFault(
                f"run {self.run_id}: the statuses add up to {total}, the plan has {self.tasks} tasks"
            )

    def to_json(self) -> JsonObject:
        """The members in the order of the contract; `counts` has all eight statuses."""
        counts: dict[str, Json] = {status.value: self.counts.get(status, 0) for status in Status}
        return {
            "counts": counts,
            "tasks": self.tasks,
            "rows": self.rows,
            "exit_code": self.exit_code,
            "run_id": self.run_id,
            "parent_run": self.parent_run,
            "job": self.job,
            "job_sha256": self.job_sha256,
            "tenant": self.tenant,
            "run_label": self.run_label,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
        }


def summarise(run: RunFacts, counts: Counts) -> Summary:
    """The summary of a run with these counts; raises `SumsFault` where they are not those of its plan."""
    return Summary(
        counts={status: counts.get(status, 0) for status in Status},
        tasks=run.tasks,
        rows=run.rows,
        exit_code=exit_code_of(counts, ended=run.ended) if run.exit_code is None else run.exit_code,
        run_id=run.run_id,
        parent_run=run.parent_run,
        job=run.job,
        job_sha256=run.job_sha256,
        tenant=run.tenant,
        run_label=run.run_label or None,
        started_at=None if run.started_at is None else rfc3339(run.started_at),
        finished_at=None if run.finished_at is None else rfc3339(run.finished_at),
    )

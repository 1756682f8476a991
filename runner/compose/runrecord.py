"""What is frozen with a plan about its run as a whole, and the facts that files derive from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from runner.core.event import Closed, Launched, Planned, Rested, RunEvent
from runner.core.job import JobFormat
from runner.core.jsonvalue import Json, JsonObject
from runner.core.ports import StorageFault
from runner.core.runsummary import RunFacts
from runner.core.summary import EXIT_NOT_ATTEMPTED

_OWN_CODES_FROM: Final = EXIT_NOT_ATTEMPTED + 1
"""Exit codes from 5 on say how a launch ended; the smaller ones follow from the tasks."""


def _no_names() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The `meta` of a checkpoint. Times are seconds since the epoch.

    `tenant` is the configured name; `act_origin` and `tenant_id` say whose tenant it is. `entities` and
    `orgs` map configured names to ids as they were. `run_token`: 8 hex digits, for track ids. `asked` is what
    the job was asked for with (operation, entities, orgs), by which `--run-id` knows it again. `options` are
    the launch options that a resume keeps, as JSON.
    """

    run_id: str
    run_token: str
    tenant: str
    act_origin: str
    tenant_id: str
    job: str
    job_sha256: str
    format: JobFormat
    created_at: float
    delimiter: Literal[",", ";", "\t"] = ","
    header: tuple[str, ...] = ()
    entities: Mapping[str, str] = field(default_factory=_no_names)
    orgs: Mapping[str, str] = field(default_factory=_no_names)
    run_label: str = ""
    parent_run: str | None = None
    marker: bool = True
    asked: JsonObject = field(default_factory=dict[str, Json])
    options: JsonObject = field(default_factory=dict[str, Json])
    consent: JsonObject = field(default_factory=dict[str, Json])
    version: str = ""

    def to_json(self) -> JsonObject:
        """As it stands in the checkpoint."""
        members: JsonObject = {}
        for name in self.__slots__:
            value: object = getattr(self, name)
            if isinstance(value, tuple):
                value = list(cast("tuple[Json, ...]", value))
            elif isinstance(value, float):
                value = f"{value:.6f}"
            elif isinstance(value, Mapping):
                value = dict(cast("Mapping[str, Json]", value))
            members[name] = cast("Json", value)
        return members

    @classmethod
    def from_json(cls, meta: Mapping[str, Json]) -> "RunRecord":
        """Read it back; `StorageFault` where something is missing."""
        values: dict[str, object] = {}
        for name in cls.__slots__:
            if name not in meta:
                raise StorageFault(f"the checkpoint does not say its {name}: it is damaged")
            values[name] = meta[name]
        values["created_at"] = float(str(values["created_at"]))
        values["header"] = tuple(cast("list[str]", values["header"]))
        return cls(**values)  # pyright: ignore[reportArgumentType] - written by `to_json`


def run_facts(record: RunRecord, events: Sequence[RunEvent]) -> RunFacts:
    """The facts of a run from what is in its checkpoint alone, so that files can be derived again."""
    planned = next((event for event in events if isinstance(event, Planned)), Planned(0.0, 0, 0))
    started = next((event.at for event in events if isinstance(event, Launched)), None)
    ended = any(isinstance(event, Closed) for event in events)
    rested = next((event for event in reversed(events) if isinstance(event, Rested | Launched)), None)
    finished_at = rested.at if isinstance(rested, Rested) else None
    code = rested.exit_code if isinstance(rested, Rested) and rested.exit_code >= _OWN_CODES_FROM else None
    return RunFacts(
        run_id=record.run_id,
        tenant=record.tenant,
        job=record.job,
        job_sha256=record.job_sha256,
        format=record.format,
        tasks=planned.tasks,
        rows=planned.rows,
        header=record.header,
        delimiter=record.delimiter,
        entities=record.entities,
        orgs=record.orgs,
        parent_run=record.parent_run,
        run_label=record.run_label or None,
        planned_at=planned.at,
        started_at=started,
        finished_at=finished_at,
        exit_code=code,
        ended=ended,
    )

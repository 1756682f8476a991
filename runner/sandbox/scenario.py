"""Scenario files: what a simulated tenant holds, and what goes wrong in it.

A scenario is TOML. Every part is optional; a name that is not listed here is refused. Seconds are as they
stand, but for `[delays]`, which are divided by `speed`. A worked example, with every table:

    [tenant]
    speed = 20                      # asynchronous work is 20 times as fast as a real tenant's (default 10)
    seed = 7
    pending_max = 500               # more API-created bill runs than this in Pending: creation refused

    [limits]
    per_minute = 2500
    concurrency = 10

    [keys]
    store_429 = true                # a 429 is replayed under its idempotency key, too

    [bill_runs."BR-00000042"]       # by number, or by 32 hex digits
    status = "Processing"
    then = [{ after_s = 20, status = "Completed" }]

    [journal_runs."JR-00000075"]    # ends as Completed again, one entry stays
    entries = 10
    transferred = 1

    [invoice_schedules."IS-0000001"]
    charges = [{ orderKey = "O-1", subscriptionKey = "A-S1", chargeNumber = "C-1" }]

    [[created]]                     # the first rule that matches a created bill run decides about it
    name = "^broken"
    end = "Error"
    error_message = "tax engine timed out"

    [[faults]]                      # the first fault that matches a request strikes it
    match = { operation = "create_bill_run", nth = [3, 5] }
    fault = "reset_after"

What the scenario does not mention exists, in the state in which the operation works (`unmentioned`).
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from runner.sandbox.scenario_faults import FaultPart
from runner.sandbox.scenario_objects import (
    BillRunPart,
    CreatedPart,
    JournalRunPart,
    Part,
    PreloadPart,
    SchedulePart,
    TenantPart,
)

Range = Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=2)]
BillRunKey = Annotated[str, Field(pattern=r"^(BR-\d{8,12}|[0-9a-f]{32})$")]
JournalRunNumber = Annotated[str, Field(pattern=r"^JR-\d{8,}$")]
ScheduleKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ScenarioError(ValueError):
    """A scenario file cannot be used; the message names the file, the key and the reason."""


class LimitsPart(Part):
    """`[limits]`: production's by default (rate limits guide); failed calls count.

    `retry_after_s` stands on a 429 for concurrency (0: no header); `rate_retry_after` puts the header on a
    429 for the rate as well.
    """

    per_minute: int = Field(default=50_000, ge=1)
    per_hour: int = Field(default=2_250_000, ge=1)
    per_day: int = Field(default=27_000_000, ge=1)
    token_per_minute: int = Field(default=2_000, ge=1)
    concurrency: int = Field(default=40, ge=1)
    concurrency_object_query: int = Field(default=80, ge=1)
    retry_after_s: int = Field(default=120, ge=0)
    rate_retry_after: bool = False


class KeysPart(Part):
    """`[keys]`: what is stored under an idempotency key, for how long (idempotent requests guide: 24 h).

    Whether Zuora stores a 429 or a gateway's 502, 503, 504 is written nowhere, so both can be rehearsed.
    `replay_track_id`: a replay carries the stored headers, so the first request's track id; false echoes the
    resent request's own.
    """

    hours: float = Field(default=24.0, gt=0)
    store_429: bool = False
    store_5xx: bool = True
    store_gateway: bool = False
    replay_track_id: bool = True


class DelaysPart(Part):
    """`[delays]`: from and to, in seconds of a real tenant; `speed` divides them."""

    bill_run_queue: Range = Field(default=[1, 3])
    bill_run_processing: Range = Field(default=[19, 57])
    bill_run_post: Range = Field(default=[5, 10])
    bill_run_cancel: Range = Field(default=[5, 20])
    journal_run_cancel: Range = Field(default=[10, 40])


class Scenario(Part):
    """A whole scenario file."""

    tenant: TenantPart = TenantPart()
    limits: LimitsPart = LimitsPart()
    keys: KeysPart = KeysPart()
    delays: DelaysPart = DelaysPart()
    preload: PreloadPart = PreloadPart()
    bill_runs: dict[BillRunKey, BillRunPart] = Field(default_factory=dict[str, BillRunPart])
    journal_runs: dict[JournalRunNumber, JournalRunPart] = Field(default_factory=dict[str, JournalRunPart])
    invoice_schedules: dict[ScheduleKey, SchedulePart] = Field(default_factory=dict[str, SchedulePart])
    created: list[CreatedPart] = Field(default_factory=list[CreatedPart])
    faults: list[FaultPart] = Field(default_factory=list[FaultPart])

    @model_validator(mode="after")
    def _entries_add_up(self) -> Self:
        for number, part in self.journal_runs.items():
            if part.transferred + part.processing + part.stuck > part.entries:
                raise ValueError(f"journal_runs.{number}: transferred, processing and stuck exceed entries")
        return self


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read a scenario from its text; `ScenarioError` names `source` and every key that is wrong."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise ScenarioError(f"{source}: not TOML: {fault}") from None
    except ValidationError as fault:
        lines = [f"{source}: {_path(each['loc'])}: {each['msg']}" for each in fault.errors(include_url=False)]
        raise ScenarioError("\n".join(lines)) from None


def load_scenario(path: str | None) -> Scenario:
    """Read a scenario file; without a path, the scenario in which nothing is mentioned."""
    if path is None:
        return Scenario()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ScenarioError(f"{path}: cannot be read: {fault}") from None
    return parse_scenario(text, path)


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in place) or "the file"

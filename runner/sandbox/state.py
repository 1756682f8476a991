"""What a simulated tenant holds: plain values, each of which can be written down as JSON."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

BillRunStatus: TypeAlias = Literal[
    "Pending",
    "Processing",
    "Completed",
    "Error",
    "Canceled",
    "Posted",
    "PostInProgress",
    "CancelInProgress",
    "RemoveInProgress",
    "Paused",
]
"""Exact spellings of the OpenAPI document (2023 and 2026 agree)."""
JournalRunStatus: TypeAlias = Literal[
    "Pending", "Processing", "Completed", "Error", "CancelInprogress", "Cancelled", "DeleteInprogress"
]
"""Other spellings than a bill run's, and so they are (OpenAPI document)."""
ScheduleStatus: TypeAlias = Literal["Pending", "PartiallyProcessed", "Paused", "FullyProcessed"]


@dataclass(frozen=True, slots=True)
class Where:
    """The scope of one request: its entity (None: the tenant's only one) and its orgs, sorted."""

    entity: str | None = None
    orgs: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        """Where an object lives that nobody has mentioned: each scope that asks for it has its own."""
        return f"{self.entity or ''}|{','.join(self.orgs)}"


NOWHERE: Final = Where()
"""The scope of a request before its headers are read."""


@dataclass(frozen=True, slots=True)
class Birth:
    """A tenant's beginning: `id` is the N of `tenant.N`, `secret` signs its tokens, `at` is its time."""

    id: int
    secret: str
    at: float


@dataclass(slots=True)
class BillRun:
    """One bill run. `plan` is the states it will take by itself, with their times (Unix seconds).

    `home` is "" for one that was created or is in the scenario, else the scope that asked for it.
    `fields` is the body it was created with. `series` joins the occurrences of one schedule.
    """

    id: str
    number: str
    name: str | None
    status: BillRunStatus
    created_at: float
    updated_at: float
    entity: str | None = None
    orgs: tuple[str, ...] = ()
    home: str = ""
    fields: JsonObject = field(default_factory=dict[str, Json])
    plan: list[tuple[float, BillRunStatus]] = field(default_factory=list[tuple[float, BillRunStatus]])
    repeat_type: str = "None"
    series: str = ""
    posted_invoices: bool = False
    accounts: int = 0
    invoices: int = 0
    credit_memos: int = 0
    error_message: str | None = None
    executed_at: float | None = None
    ended_at: float | None = None
    cancel_s: float | None = None
    cancel_ends: str = "Canceled"
    place: int = -1

    def visible(self, where: Where) -> bool:
        """Whether a request of this scope sees it: same entity, and at least one org in common."""
        if self.home:
            return self.home == where.home
        if self.entity is not None and self.entity != where.entity:
            return False
        return not self.orgs or not where.orgs or not set(self.orgs).isdisjoint(where.orgs)


@dataclass(slots=True)
class JournalRun:
    """One journal run; its entries are numbered, and told apart by how many are of which kind."""

    number: str
    status: JournalRunStatus
    home: str = ""
    entity: str | None = None
    entries: int = 3
    transferred: int = 0
    processing: int = 0
    stuck: int = 0
    cancelled: int = 0
    cancelling: int = 0
    ends_at: float | None = None
    cancel_s: float | None = None
    cancel_ends: str = "ends"

    @property
    def staying(self) -> int:
        """How many entries a cancel would leave as they are."""
        return self.transferred + self.processing + self.stuck


Charge: TypeAlias = tuple[str, str, str]
"""Order key, subscription key, charge number ("*": every charge of the subscription)."""


@dataclass(slots=True)
class InvoiceSchedule:
    """One invoice schedule; `charges` None: any charge is attached unless it was detached."""

    key: str
    status: ScheduleStatus
    home: str = ""
    entity: str | None = None
    charges: list[Charge] | None = None
    detached: set[Charge] = field(default_factory=set[Charge])
    listed_by: str = "both"
    unposted_invoices: bool = False
    partial: bool = False
    stuck: tuple[str, ...] = ()

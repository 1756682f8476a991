"""The parts of a scenario that describe a tenant and what it holds."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from runner.sandbox.state import BillRunStatus, JournalRunStatus, ScheduleStatus

RepeatType: TypeAlias = Literal["None", "Daily", "Weekly", "Monthly"]


class Part(BaseModel):
    """One table of a scenario: no unknown names, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TenantPart(Part):
    """`[tenant]`: the tenant itself.

    `multi_org`: created bill runs need `organizationLabels`; absent, it is on where orgs are configured.
    `missing_org`: what a request without `Zuora-Org-Ids` meets where orgs are configured; the reference page
    says `all`, the runner must never rely on it, so the default refuses. `strict_scope` refuses the entity
    and org headers of a tenant that has none configured. `unmentioned`: whether what is not mentioned exists.
    """

    speed: float = Field(default=10.0, gt=0)
    seed: int = 1
    latency_s: float = Field(default=0.0, ge=0)
    multi_org: bool | None = None
    missing_org: Literal["refuse", "all"] = "refuse"
    strict_scope: bool = False
    auto_post: bool = True
    catch_up: bool = True
    batches_max: int = Field(default=200, ge=1)
    pending_max: int = Field(default=500, ge=0)
    token_s: int = Field(default=3599, ge=1)
    unmentioned: Literal["exist", "absent"] = "exist"


class PreloadPart(Part):
    """`[preload]`: so many API-created bill runs are Pending at the start, the last of them for `for_s`."""

    pending: int = Field(default=0, ge=0)
    for_s: float = Field(default=60.0, ge=0)


class TurnPart(Part):
    """A state that a bill run takes by itself, so many seconds after the start of the server."""

    after_s: float = Field(ge=0)
    status: BillRunStatus


class BillRunPart(Part):
    """`[bill_runs."..."]`: one bill run.

    `exists = false` makes it not found. `posted_invoices`: cancelling it is refused. `cancel_s` is how long
    its cancel takes, `cancel_ends` in what it ends. Without `entity` every entity has it, without `orgs`
    every org.
    """

    status: BillRunStatus = "Completed"
    exists: bool = True
    id: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    number: str | None = Field(default=None, pattern=r"^BR-\d{8,}$")
    name: str | None = None
    entity: str | None = None
    orgs: list[str] = Field(default_factory=list[str])
    repeat_type: RepeatType = "None"
    series: str | None = None
    posted_invoices: bool = False
    accounts: int = Field(default=1, ge=0)
    invoices: int = Field(default=1, ge=0)
    credit_memos: int = Field(default=0, ge=0)
    error_message: str | None = None
    cancel_s: float | None = Field(default=None, ge=0)
    cancel_ends: Literal["Canceled", "Completed", "never"] = "Canceled"
    then: list[TurnPart] = Field(default_factory=list[TurnPart])


class JournalRunPart(Part):
    """`[journal_runs."..."]`: one journal run.

    `transferred` entries are in the general ledger and stay; `processing` ones are on their way there and
    stay; `stuck` ones survive the first cancel and could go in a second. `cancel_ends = "never"`: it stays
    in CancelInprogress.
    """

    status: JournalRunStatus = "Completed"
    exists: bool = True
    entries: int = Field(default=3, ge=0, le=100_000)
    transferred: int = Field(default=0, ge=0)
    processing: int = Field(default=0, ge=0)
    stuck: int = Field(default=0, ge=0)
    entity: str | None = None
    cancel_s: float | None = Field(default=None, ge=0)
    cancel_ends: Literal["ends", "never"] = "ends"


class ChargePart(Part):
    """One attached charge, by the names that the reference page uses."""

    orderKey: str  # noqa: N815  (Zuora's own spelling)
    subscriptionKey: str  # noqa: N815
    chargeNumber: str  # noqa: N815


class SchedulePart(Part):
    """`[invoice_schedules."..."]`: one invoice schedule.

    `charges` are those attached; absent: any charge is, until it is detached, and no read names one.
    `listed_by`: which reads name the charges: the v1 read, the object query, both, none. `partial`: a detach
    does what it can and refuses the rest, rather than all or nothing; `stuck` charges are refused.
    """

    status: ScheduleStatus = "FullyProcessed"
    exists: bool = True
    charges: list[ChargePart] | None = None
    listed_by: Literal["both", "schedule", "query", "none"] = "both"
    unposted_invoices: bool = False
    partial: bool = False
    stuck: list[str] = Field(default_factory=list[str])
    entity: str | None = None


class RefusePart(Part):
    """A business refusal: a reason with a code of this category (error codes guide)."""

    category: int = Field(default=30, ge=10, le=99)
    message: str = "The account is on hold."


class CreatedPart(Part):
    """`[[created]]`: what becomes of created bill runs whose name, account and batch match.

    The three are regular expressions, searched for. `refuse` refuses the creation. Else the run ends as
    `end`, after `queue_s` and `processing_s` where given.
    """

    name: str = ""
    account: str = ""
    batch: str = ""
    refuse: RefusePart | None = None
    end: Literal["Completed", "Error"] = "Completed"
    error_message: str = "The bill run ended in error."
    queue_s: float | None = Field(default=None, ge=0)
    processing_s: float | None = Field(default=None, ge=0)
    accounts: int | None = Field(default=None, ge=0)
    invoices: int | None = Field(default=None, ge=0)
    credit_memos: int | None = Field(default=None, ge=0)

"""The body of a bill run that is created, member by member in the order of the reference page.

Sources: api/create-bill-run.txt; zuora.md 1.1 for includeSubscriptions, includeOrderLineItems, filters,
schedule and the flags of labels. Rules between members stand in `rules.py`.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from runner.operations.reading.grammar import Batch, CycleDay, DateText, Key, Name, Operand
from runner.operations.reading.row_reader import Strict

BATCHES_MAX = 300
CHARGE_TYPES_MAX = 2
MONTHS_MAX = 999
"""No limit of month offsets is documented; more than 83 years is a slip of the pen."""

Month: TypeAlias = Annotated[int, Field(ge=-MONTHS_MAX, le=MONTHS_MAX)]
DayOfMonth: TypeAlias = Annotated[int, Field(ge=1, le=31)]
Hour: TypeAlias = Annotated[int, Field(ge=0, le=23)]
Weekday: TypeAlias = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Operator: TypeAlias = Literal["eq", "neq", "gt", "lt", "gte", "lte", "lk", "in", "nl", "nnl"]


class Leaf(Strict):
    """One comparison; `nl` and `nnl` (is null, is not null) need no value."""

    field: Key
    operator: Operator
    value: Operand | None = None


class Group(Strict):
    """Comparisons joined by `and` or `or`."""

    relation: Literal["and", "or"]
    conditions: Annotated[list["Condition"], Field(min_length=1)]


def _tag(value: object) -> str:
    if isinstance(value, dict):
        return "<group>" if "relation" in value or "conditions" in value else "<leaf>"
    return "<group>" if isinstance(value, Group) else "<leaf>"


Condition: TypeAlias = Annotated[
    Annotated[Group, Tag("<group>")] | Annotated[Leaf, Tag("<leaf>")], Discriminator(_tag)
]


class BillRunFilter(Strict):
    """Whom the run is for: one account, one subscription of an account, or a condition."""

    account_id: Key | None = None
    filter_type: Literal["Account", "Subscription", "FilterCondition"]
    subscription_id: Key | None = None
    object_type: Literal["Account", "Subscription", "RatePlanCharge"] | None = None
    condition: Condition | None = None


class OrganizationLabel(Strict):
    """One org of the run, by id or by name."""

    organization_id: Key | None = None
    organization_name: Key | None = None
    cascading_down: bool | None = None
    excluded: bool | None = None


class Schedule(Strict):
    """When the run is executed; its presence makes the run a scheduled one."""

    repeat_from: DateText
    repeat_to: DateText | None = None
    repeat_type: Literal["None", "Daily", "Weekly", "Monthly"]
    run_time: Hour
    weekly_on_day: Annotated[list[Weekday], Field(min_length=1, max_length=7)] | None = None
    monthly_on_end_of_month: bool | None = None


class BillRunBody(Strict):
    """The whole request body."""

    auto_email: bool | None = None
    auto_post: bool | None = None
    auto_renewal: bool | None = None
    batches: Annotated[list[Batch], Field(min_length=1, max_length=BATCHES_MAX)] | None = None
    bill_cycle_day: CycleDay | None = None
    bill_run_filters: Annotated[list[BillRunFilter], Field(min_length=1)] | None = None
    bill_run_type: Literal["Regular", "CatchUp"] | None = None
    charge_type_to_exclude: (
        Annotated[
            list[Literal["OneTime", "Recurring", "Usage"]],
            Field(min_length=1, max_length=CHARGE_TYPES_MAX),
        ]
        | None
    ) = None
    include_order_line_items: bool | None = None
    include_subscriptions: bool | None = None
    invoice_date: DateText | None = None
    invoice_date_month_offset: Month | None = None
    invoice_date_day_of_month: DayOfMonth | None = None
    name: Name | None = None
    no_email_for_zero_amount_invoice: bool | None = None
    organization_labels: Annotated[list[OrganizationLabel], Field(min_length=1)] | None = None
    schedule: Schedule | None = None
    target_date: DateText | None = None
    target_date_month_offset: Month | None = None
    target_date_day_of_month: DayOfMonth | None = None

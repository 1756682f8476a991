"""Bill runs as the two families of the API show them (reference pages: retrieve, and list, bill runs)."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from runner.sandbox.chance import digest
from runner.sandbox.state import BillRun, Json, JsonObject

USER: Final = digest("sandbox", "user")
"""The id of the user behind every client."""
_BODY_FIELDS: Final = (
    "batches",
    "billCycleDay",
    "billRunType",
    "chargeTypeToExclude",
    "invoiceDate",
    "targetDate",
    "organizationLabels",
    "schedule",
    "invoiceDateMonthOffset",
    "invoiceDateDayOfMonth",
    "targetDateMonthOffset",
    "targetDateDayOfMonth",
)


def v1_view(run: BillRun, zone: tzinfo) -> JsonObject:
    """The bill-run object of the v1 family: no counts, no error text; times without a zone."""
    view: JsonObject = {name: run.fields.get(name) for name in _BODY_FIELDS}
    view |= {
        "id": run.id,
        "billRunNumber": run.number,
        "name": run.name,
        "status": run.status,
        "autoEmail": run.fields.get("autoEmail", False),
        "autoPost": run.fields.get("autoPost", False),
        "autoRenewal": run.fields.get("autoRenewal", False),
        "includeSubscriptions": run.fields.get("includeSubscriptions", True),
        "includeOrderLineItems": run.fields.get("includeOrderLineItems", True),
        "noEmailForZeroAmountInvoice": run.fields.get("noEmailForZeroAmountInvoice", False),
        "billRunFilters": _echoed_filters(run.fields.get("billRunFilters")),
        "scheduledExecutionTime": scheduled_time(run),
        "createdById": USER,
        "createdDate": _plain_time(run.created_at, zone),
        "updatedById": USER,
        "updatedDate": _plain_time(run.updated_at, zone),
        "success": True,
    }
    return view


def query_view(run: BillRun, zone: tzinfo) -> JsonObject:
    """The record of object query; null members are dropped by the caller unless they are asked for."""
    ended_ms = None
    if run.executed_at is not None and run.ended_at is not None:
        ended_ms = int((run.ended_at - run.executed_at) * 1000)
    return {
        "id": run.id,
        "billingRunNumber": run.number,
        "billingRunType": run.fields.get("billRunType", "Regular"),
        "name": run.name,
        "status": run.status,
        "accountId": _account(run),
        "autoEmail": run.fields.get("autoEmail", False),
        "autoPost": run.fields.get("autoPost", False),
        "autoRenewal": run.fields.get("autoRenewal", False),
        "batches": _joined(run.fields.get("batches")),
        "createdById": USER,
        "createdDate": _zoned_time(run.created_at, zone),
        "updatedById": USER,
        "updatedDate": _zoned_time(run.updated_at, zone),
        "executedDate": _zoned_time(run.executed_at, zone),
        "startDate": _zoned_time(run.executed_at, zone),
        "endDate": _zoned_time(run.ended_at, zone),
        "totalTime": ended_ms,
        "errorMessage": run.error_message if run.status == "Error" else None,
        "invoiceDate": run.fields.get("invoiceDate"),
        "targetDate": run.fields.get("targetDate"),
        "numberOfAccounts": run.accounts if run.ended_at else None,
        "numberOfInvoices": run.invoices if run.ended_at else None,
        "numberOfCreditMemos": run.credit_memos if run.ended_at else None,
        "repeatType": run.repeat_type,
        "targetType": "SingleAccount" if _account(run) else "Batch",
    }


def scheduled_time(run: BillRun) -> str | None:
    """When a scheduled run will execute; None for an ad hoc one."""
    schedule = run.fields.get("schedule")
    if not isinstance(schedule, dict):
        return None
    hour = schedule.get("runTime")
    return f"{schedule.get('repeatFrom')} {hour if isinstance(hour, int) else 0:02d}:00:00"


def today_in(zone: tzinfo, now: float) -> str:
    """The date in the tenant's timezone."""
    return _second(int(now), zone)[:10]


def utc_time(at: float) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def account_of(fields: JsonObject) -> str | None:
    """The account that a run's filters name."""
    filters = fields.get("billRunFilters")
    if not isinstance(filters, list):
        return None
    return next(
        (str(item["accountId"]) for item in filters if isinstance(item, dict) and item.get("accountId")), None
    )


def _account(run: BillRun) -> str | None:
    return account_of(run.fields)


def _echoed_filters(filters: Json) -> Json:
    """The type of each filter and its ids; the details of a condition are not echoed (product pages)."""
    if not isinstance(filters, list):
        return None
    names = ("accountId", "filterType", "subscriptionId", "objectType")
    return [{name: item.get(name) for name in names} for item in filters if isinstance(item, dict)]


def _joined(batches: Json) -> str | None:
    return ",".join(str(batch) for batch in batches) if isinstance(batches, list) else None


def _plain_time(at: float, zone: tzinfo) -> str:
    return _second(int(at), zone)[:19].replace("T", " ")


def _zoned_time(at: float | None, zone: tzinfo) -> str | None:
    return None if at is None else _second(int(at), zone)


@lru_cache(maxsize=4096)
def _second(at: int, zone: tzinfo) -> str:
    """Many requests show the same seconds: spelling them out is a good part of a reply's cost."""
    return datetime.fromtimestamp(at, tz=zone).isoformat()

"""What Zuora refuses in the body of `POST /v1/bill-runs` (reference page "Create a bill run").

A name that is not known is ignored, as the older families of the API do; a known one of the wrong type or
value is refused. null counts as absent. Resource code and texts are made up: Zuora publishes neither.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from runner.sandbox.answers import RefusedError
from runner.sandbox.bill_run_filters import check_filters
from runner.sandbox.scenario_objects import TenantPart
from runner.sandbox.state import Json, JsonObject

RESOURCE: Final = 582104
"""The first six digits of this operation's reason codes."""
_DATE: Final = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BATCH: Final = re.compile(r"^Batch([1-9][0-9]{0,2})\Z")
_BOOLEANS: Final = (
    "autoEmail",
    "autoPost",
    "autoRenewal",
    "noEmailForZeroAmountInvoice",
    "includeSubscriptions",
    "includeOrderLineItems",
)
_DAYS: Final = frozenset({"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"})
_BATCH_ITEMS_MAX: Final = 300
_YEARS_AHEAD_MAX: Final = 10


def check_creation(body: JsonObject, tenant: TenantPart, orgs: Sequence[str], today: date) -> JsonObject:
    """The body without what is null; `RefusedError` where Zuora refuses it.

    `orgs` are those that the request acts in; empty where the tenant has no orgs.
    """
    given: JsonObject = {name: value for name, value in body.items() if value is not None}
    _check_types(given)
    _check_features(given, tenant)
    _check_target(given, tenant)
    schedule = given.get("schedule")
    if isinstance(schedule, dict):
        _check_schedule(schedule, today)
    _check_dates(given)
    _check_orgs(given, tenant, orgs)
    return given


def bad(name: str, why: str) -> RefusedError:
    """A value that is not accepted (category 20)."""
    return RefusedError(20, f"Invalid value for field '{name}': {why}", resource=RESOURCE)


def missing(name: str, why: str) -> RefusedError:
    """A field that has to be there (category 22)."""
    return RefusedError(22, f"Missing required field '{name}': {why}", resource=RESOURCE)


def _check_types(given: JsonObject) -> None:
    for name in _BOOLEANS:
        if not isinstance(given.get(name, False), bool):
            raise bad(name, "must be a boolean")
    for name in ("name", "billCycleDay"):
        if not isinstance(given.get(name, ""), str):
            raise bad(name, "must be a string")
    if not isinstance(given.get("schedule", {}), dict):
        raise bad("schedule", "must be an object")
    if given.get("billRunType", "Regular") not in ("Regular", "CatchUp"):
        raise bad("billRunType", "must be Regular or CatchUp")
    excluded = _strings(given, "chargeTypeToExclude")
    if not set(excluded) <= {"OneTime", "Recurring", "Usage"} or len(excluded) > 2:  # noqa: PLR2004
        raise bad("chargeTypeToExclude", "at most two of OneTime, Recurring, Usage")


def _check_features(given: JsonObject, tenant: TenantPart) -> None:
    if (given.get("autoPost") or given.get("autoEmail")) and not tenant.auto_post:
        raise RefusedError(
            30, "The billing rule 'Support Bill Run Auto-Post?' is set to No.", resource=RESOURCE
        )
    if "billRunType" in given and not tenant.catch_up:
        raise RefusedError(30, "The Catch-Up Bill Run feature is not enabled.", resource=RESOURCE)


def _check_target(given: JsonObject, tenant: TenantPart) -> None:
    if ("batches" in given) == ("billRunFilters" in given):
        raise bad("batches", "specify either batches or billRunFilters")
    if "batches" in given:
        _check_batches(_strings(given, "batches"), tenant.batches_max)
    else:
        check_filters(given["billRunFilters"], RESOURCE)
    day = given.get("billCycleDay")
    if day is None:
        return
    if "batches" not in given:
        raise bad("billCycleDay", "only valid with batches")
    allowed = {"AllBillCycleDays", *map(str, range(1, 32))}
    if "schedule" in given:
        allowed.add("AsRunDay")
    if day not in allowed:
        raise bad("billCycleDay", "AllBillCycleDays or 1 to 31; AsRunDay only for a scheduled bill run")


def _check_batches(batches: list[str], batches_max: int) -> None:
    if not 1 <= len(batches) <= _BATCH_ITEMS_MAX:
        raise bad("batches", f"1 to {_BATCH_ITEMS_MAX} items")
    if batches == ["AllBatches"]:
        return
    for batch in batches:
        found = _BATCH.match(batch)
        if found is None or int(found.group(1)) > batches_max:
            raise bad("batches", f"[AllBatches], or Batch1 to Batch{batches_max}")


def _check_schedule(schedule: JsonObject, today: date) -> None:
    repeat = schedule.get("repeatType")
    if repeat not in ("None", "Daily", "Weekly", "Monthly"):
        raise missing("schedule.repeatType", "None, Daily, Weekly or Monthly")
    start = _date(schedule, "repeatFrom", "schedule.")
    if start is None:
        raise missing("schedule.repeatFrom", "a date")
    if start.year - today.year > _YEARS_AHEAD_MAX:
        raise bad("schedule.repeatFrom", f"at most {_YEARS_AHEAD_MAX} years ahead")
    hour = schedule.get("runTime")
    if not isinstance(hour, int) or isinstance(hour, bool) or not 0 <= hour <= 23:  # noqa: PLR2004
        raise missing("schedule.runTime", "an hour from 0 to 23")
    end = _date(schedule, "repeatTo", "schedule.")
    if end is not None and end < start:
        raise bad("schedule.repeatTo", "before repeatFrom")
    _check_days(schedule, start)


def _check_days(schedule: JsonObject, start: date) -> None:
    days = _strings(schedule, "weeklyOnDay", "schedule.")
    if schedule["repeatType"] == "Weekly" and not days:
        raise missing("schedule.weeklyOnDay", "needed when repeatType is Weekly")
    if not set(days) <= _DAYS or len(set(days)) != len(days):
        raise bad("schedule.weeklyOnDay", "Mon to Sun, each once")
    month_end = schedule.get("monthlyOnEndOfMonth")
    if month_end is not None and not isinstance(month_end, bool):
        raise bad("schedule.monthlyOnEndOfMonth", "must be a boolean")
    last = calendar.monthrange(start.year, start.month)[1]
    if month_end and (schedule["repeatType"] != "Monthly" or start.day != last):
        raise bad("schedule.monthlyOnEndOfMonth", "only for Monthly with repeatFrom at the end of a month")


def _check_dates(given: JsonObject) -> None:
    monthly = isinstance(schedule := given.get("schedule"), dict) and schedule["repeatType"] == "Monthly"
    for name in ("invoiceDate", "targetDate"):
        fixed = _date(given, name)
        pair = (f"{name}MonthOffset", f"{name}DayOfMonth")
        present = [each for each in pair if each in given]
        if present and not monthly:
            raise bad(present[0], "only valid when repeatType is Monthly")
        if len(present) == 1:
            raise missing(
                pair[0] if present == [pair[1]] else pair[1], "month offset and day belong together"
            )
        if present:
            _check_pair(given, pair)
        if present and fixed is not None and name == "invoiceDate":
            raise bad(name, "exclusive with the month offset and day")
    if "schedule" not in given and "targetDate" not in given:
        raise missing("targetDate", "needed for an ad hoc bill run")


def _check_pair(given: JsonObject, pair: tuple[str, str]) -> None:
    offset, day = given[pair[0]], given[pair[1]]
    if not isinstance(offset, int) or isinstance(offset, bool):
        raise bad(pair[0], "must be an integer")
    if not isinstance(day, int) or isinstance(day, bool) or not 1 <= day <= 31:  # noqa: PLR2004
        raise bad(pair[1], "must be an integer from 1 to 31")


def _check_orgs(given: JsonObject, tenant: TenantPart, orgs: Sequence[str]) -> None:
    labels = given.get("organizationLabels")
    needed = bool(orgs) if tenant.multi_org is None else tenant.multi_org
    if labels is None and needed:
        raise missing("organizationLabels", "needed when Multi-Org is on")
    if labels is None:
        return
    if not isinstance(labels, list) or not labels:
        raise bad("organizationLabels", "must be a list of objects")
    for label in labels:
        names = (
            [label.get(each) for each in ("organizationId", "organizationName")]
            if isinstance(label, dict)
            else []
        )
        given_names = [each for each in names if each is not None]
        if len(given_names) != 1 or not isinstance(given_names[0], str):
            raise bad("organizationLabels", "either organizationId or organizationName in each item")
        if orgs and names[0] is not None and names[0] not in orgs:
            raise RefusedError(30, f"The organization {names[0]} is not accessible.", resource=RESOURCE)


def _strings(given: JsonObject, name: str, prefix: str = "") -> list[str]:
    value: Json = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad(prefix + name, "must be a list of strings")
    return [str(item) for item in value]


def _date(given: JsonObject, name: str, prefix: str = "") -> date | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _DATE.match(value):
        raise bad(prefix + name, "must be a date YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise bad(prefix + name, "no such day") from None

"""A bill run in its scope: normal form, risks, and the bytes that are sent."""

from dataclasses import replace
from typing import Final

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json, JsonObject, canonical, dumps, list_at, object_at, text_at
from runner.core.operation import CompileContext, Draft, Fields, Frozen
from runner.core.scope import Scope
from runner.core.task import marker_of
from runner.operations.create_bill_run.fields import BillRunBody
from runner.operations.create_bill_run.label_rules import FIELD as LABELS
from runner.operations.create_bill_run.label_rules import disagreements, labels_of, plain, resolved
from runner.operations.create_bill_run.rules import ALL_BATCHES

PATH: Final = "/v1/bill-runs"
YEARS_AHEAD_MAX: Final = 10
BATCH_WITHOUT_ELITE_MAX: Final = 50

_ORDER: Final = tuple(field.alias or name for name, field in BillRunBody.model_fields.items())
_DEFAULTS: Final[JsonObject] = {
    "autoEmail": False,
    "autoPost": False,
    "autoRenewal": False,
    "billRunType": "Regular",
    "includeOrderLineItems": True,
    "includeSubscriptions": True,
    "noEmailForZeroAmountInvoice": False,
}
_SETS: Final = ("batches", "billRunFilters", "chargeTypeToExclude", LABELS)


def draft_of(fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
    """Put a valid row into its scope: labels filled in or compared, dates that need a calendar checked."""
    labels = [label for label in list_at(fields.body, LABELS) if isinstance(label, dict)]
    problems = _calendar_problems(fields.body, context.today)
    if labels and scope.orgs:
        problems += disagreements(labels, scope.orgs, context.org_names)
    if problems:
        return problems
    normal = _normal(fields.body, resolved(labels, context.org_names))
    if scope.orgs and plain(labels):
        normal.pop(LABELS, None)
    filled = fields.body
    if scope.orgs and not labels:
        filled = {**fields.body, LABELS: labels_of(scope.orgs)}
    return Draft(replace(fields, body=filled), scope, normal, risks=_risks(fields.body))


def freeze_draft(draft: Draft, act: str, context: CompileContext) -> Frozen:
    """The body in the order of the reference page, with the date of today and the marker."""
    body = dict(draft.fields.body)
    if "schedule" not in body and "invoiceDate" not in body:
        body["invoiceDate"] = context.today
    marker = marker_of(act) if context.marker else None
    name = " ".join(part for part in (text_at(body, "name"), marker) if part)
    if name:
        body["name"] = name
    ordered: JsonObject = {member: body[member] for member in _ORDER if member in body}
    return Frozen(PATH, dumps(ordered).encode("utf-8"), name, marker)


def _calendar_problems(body: JsonObject, today: str | None) -> list[FieldProblem]:
    if "schedule" not in body and "invoiceDate" not in body and today is None:
        advice = "configure timezone of the tenant, or write the date"
        return [FieldProblem("invoiceDate", f"is missing, and today's date is not known: {advice}")]
    first = text_at(object_at(body, "schedule"), "repeatFrom")
    if first is None or today is None:
        return []
    limit = f"{int(today[:4]) + YEARS_AHEAD_MAX:04}{today[4:].replace('-02-29', '-02-28')}"
    if first > limit:
        message = f"{first} is more than {YEARS_AHEAD_MAX} years ahead: the last day is {limit}"
        return [FieldProblem("schedule.repeatFrom", message)]
    return []


def _normal(body: JsonObject, labels: list[JsonObject]) -> JsonObject:
    """Defaults left out, sets sorted; equal rows have equal normal forms."""
    normal: JsonObject = {k: v for k, v in body.items() if k not in _DEFAULTS or v != _DEFAULTS[k]}
    if labels:
        normal[LABELS] = [*labels]
    first = text_at(object_at(body, "schedule"), "repeatFrom")
    for date_field in ("invoiceDate", "targetDate"):
        if first is not None and normal.get(date_field) == first:
            del normal[date_field]
    for name in _SETS:
        if name in normal:
            normal[name] = _sorted([_settled(item) for item in list_at(normal, name)])
    schedule = object_at(body, "schedule")
    if "weeklyOnDay" in schedule:
        normal["schedule"] = {**schedule, "weeklyOnDay": _sorted(list_at(schedule, "weeklyOnDay"))}
    return normal


def _settled(value: Json) -> Json:
    """A filter with its conditions in one order: `and` and `or` do not mind it."""
    if not isinstance(value, dict):
        return value
    settled: JsonObject = {name: _settled(member) for name, member in value.items()}
    conditions = value.get("conditions")
    if isinstance(conditions, list):
        settled["conditions"] = _sorted([_settled(condition) for condition in conditions])
    return settled


def _sorted(values: list[Json]) -> list[Json]:
    return values if len(values) == 1 else sorted(values, key=canonical)


def _risks(body: JsonObject) -> list[str]:
    batches = [batch for batch in list_at(body, "batches") if isinstance(batch, str)]
    repeat_type = text_at(object_at(body, "schedule"), "repeatType")
    found = {
        "autoPost: invoices are posted at once, without review": body.get("autoPost") is True,
        "autoEmail: invoices are sent by e-mail at once": body.get("autoEmail") is True,
        "AllBatches: every account in the scope is billed": ALL_BATCHES in batches,
        "batches above Batch50: need the Performance Booster Elite package": any(map(_is_high, batches)),
        "billRunType CatchUp: needs the catch-up feature": body.get("billRunType") == "CatchUp",
        "schedule: a recurring bill run, which goes on by itself": repeat_type not in (None, "None"),
        "invoiceDate absent: today's date is taken, another day's run takes another": (
            "schedule" not in body and "invoiceDate" not in body
        ),
    }
    return [risk for risk, present in found.items() if present]


def _is_high(batch: str) -> bool:
    return batch != ALL_BATCHES and int(batch.removeprefix("Batch")) > BATCH_WITHOUT_ELITE_MAX

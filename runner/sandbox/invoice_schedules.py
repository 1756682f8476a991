"""Detaching charges from invoice schedules, and reading those (reference page; Billing Schedule)."""

import re
from typing import Final

from runner.sandbox.answers import RefusedError
from runner.sandbox.calls import Call, body_of
from runner.sandbox.chance import digest
from runner.sandbox.state import Charge, InvoiceSchedule, Json, JsonObject, Where
from runner.sandbox.world import Change, Done, World

RESOURCE: Final = 584301
"""The first six digits of this resource's reason codes (made up: Zuora publishes none)."""
_KEY: Final = re.compile(r"^[A-Za-z0-9_-]{1,64}\Z")
_ITEMS_MAX: Final = 500
_EXPANDED_DEFAULT: Final = 10


def detach_charges(world: World, call: Call, where: Where) -> Done:
    """`PUT /v1/invoice-schedules/{scheduleKey}/detach`: synchronous, all or nothing.

    What a repeated detach answers is not documented; here it is a business refusal. A schedule with
    `partial = true` in the scenario does what it can and refuses the rest.
    """
    wanted = _wanted(body_of(call))
    schedule = schedule_at(world, call, where)
    if schedule.status not in {"FullyProcessed", "PartiallyProcessed"}:
        text = f"The invoice schedule in status {schedule.status} does not allow to detach charges."
        raise RefusedError(30, text, resource=RESOURCE)
    if schedule.unposted_invoices:
        text = "Every invoice of the invoice schedule has to be posted before charges are detached."
        raise RefusedError(30, text, resource=RESOURCE)
    going: list[Charge] = []
    refused: list[str] = []
    for each in wanted:
        found = _attached(schedule, each)
        going += [charge for charge in found if charge[2] not in schedule.stuck and charge not in going]
        refused += [charge[2] for charge in found if charge[2] in schedule.stuck]
        if not found:
            refused.append(each[2] if each[2] != "*" else each[1])
    if refused and not (schedule.partial and going):
        raise _not_attached(refused)
    change = _change(schedule, where, going)
    return Done({"success": True}, _not_attached(refused) if refused else None, change)


def get_invoice_schedule(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /v1/invoice-schedules/{scheduleKey}`; `chargeNumbers` where the schedule lists them here."""
    schedule = schedule_at(world, call, where)
    return {**_common(schedule), "specificSubscriptions": _subscriptions(schedule), "success": True}


def query_invoice_schedule(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /object-query/invoice-schedules/{key}`.

    Expanded objects are cut off at `pageSize` (10 where it is absent, at most 99), as the guide to object
    query says of every expansion.
    """
    schedule = schedule_at(world, call, where)
    size = _page_size(call)
    view = _common(schedule)
    expands = {name.lower() for value in call.every("expand[]") for name in value.split(",")}
    listed = schedule.charges is not None and schedule.listed_by in {"both", "query"}
    if "rateplancharges" in expands and listed:
        view["ratePlanCharges"] = [_charge_view(charge) for charge in remaining(schedule)[:size]]
    return view


def schedule_at(world: World, call: Call, where: Where) -> InvoiceSchedule:
    """The schedule whose id or number stands in the path."""
    schedule = world.schedule(call.key, where) if _KEY.match(call.key) else None
    if schedule is None:
        raise RefusedError(40, f"Cannot find entity by key: '{call.key}'.", resource=RESOURCE)
    return schedule


def remaining(schedule: InvoiceSchedule) -> list[Charge]:
    """The charges that are attached, as far as they are known by name."""
    return [charge for charge in schedule.charges or [] if charge not in schedule.detached]


def _attached(schedule: InvoiceSchedule, wanted: Charge) -> list[Charge]:
    """The attached charges that a wanted one means; none where it is not attached (any more)."""
    order, subscription, number = wanted
    if schedule.charges is None:
        # Any charge is attached until it is detached; charge numbers are unique in a tenant, so the order
        # key (id or number) does not tell them apart.
        keys = {("", subscription, "*"), ("", subscription, number)}
        return [] if keys & schedule.detached else [("", subscription, number)]
    return [
        charge
        for charge in remaining(schedule)
        if charge[:2] == (order, subscription) and number in {"*", charge[2]}
    ]


def _wanted(body: JsonObject) -> list[Charge]:
    items = body.get("specificSubscriptions")
    if not isinstance(items, list) or not 1 <= len(items) <= _ITEMS_MAX:
        raise _bad("specificSubscriptions", f"must be a list of 1 to {_ITEMS_MAX} objects")
    wanted: list[Charge] = []
    for item in items:
        if not isinstance(item, dict):
            raise _bad("specificSubscriptions", "must be a list of objects")
        order, subscription = item.get("orderKey"), item.get("subscriptionKey")
        if not (isinstance(order, str) and order and isinstance(subscription, str) and subscription):
            raise RefusedError(22, "Missing required field: orderKey and subscriptionKey", resource=RESOURCE)
        wanted += [(order, subscription, number) for number in _numbers(item.get("chargeNumbers"))]
    return wanted


def _numbers(value: Json) -> list[str]:
    """The charge numbers of an item; without any, every charge of the subscription is meant."""
    if value is None:
        return ["*"]
    if not isinstance(value, list) or not value:
        raise _bad("chargeNumbers", "must be a list of strings")
    numbers = [number for number in value if isinstance(number, str) and number not in {"", "*"}]
    if len(numbers) != len(value):
        raise _bad("chargeNumbers", "must be a list of strings")
    return numbers


def _change(schedule: InvoiceSchedule, where: Where, going: list[Charge]) -> Change:
    charges: list[Json] = [list(charge) for charge in going]
    named: list[Json] = [
        number if number != "*" else f"{subscription}:*" for _, subscription, number in going
    ]
    number = schedule.key if schedule.key.startswith("IS-") else None
    orgs: list[Json] = list(where.orgs)
    return Change(
        {"detached": [{"key": schedule.key, "entity": where.entity, "orgs": orgs, "charges": charges}]},
        {
            "effect": "charges_detached",
            "target": schedule.key,
            "number": number,
            "name": None,
            "charges": named,
        },
    )


def _common(schedule: InvoiceSchedule) -> JsonObject:
    named = schedule.key.startswith("IS-")
    return {
        "id": digest("invoice schedule", schedule.key) if named else schedule.key,
        "number": schedule.key if named else f"IS-{int(digest(schedule.key)[:6], 16):08d}",
        "status": schedule.status,
        "currency": "USD",
        "totalAmount": 70200,
        "billedAmount": 50000,
        "unbilledAmount": 20200,
        "nextRunDate": "2026-12-01",
    }


def _subscriptions(schedule: InvoiceSchedule) -> list[Json]:
    grouped: dict[tuple[str, str], list[Json]] = {}
    for order, subscription, number in remaining(schedule):
        grouped.setdefault((order, subscription), []).append(number)
    listed = schedule.listed_by in {"both", "schedule"}
    views: list[Json] = []
    for (order, subscription), numbers in grouped.items():
        view: JsonObject = {"orderKey": order, "subscriptionKey": subscription}
        views.append({**view, "chargeNumbers": numbers} if listed else view)
    return views


def _charge_view(charge: Charge) -> JsonObject:
    return {"id": digest("charge", charge[2]), "chargeNumber": charge[2], "name": f"Charge {charge[2]}"}


def _page_size(call: Call) -> int:
    text = call.first("pageSize")
    if text is None:
        return _EXPANDED_DEFAULT
    if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= 99):  # noqa: PLR2004
        raise RefusedError(27, "pageSize must be from 1 to 99")
    return int(text)


def _bad(name: str, why: str) -> RefusedError:
    return RefusedError(20, f"Invalid value for field '{name}': {why}", resource=RESOURCE)


def _not_attached(numbers: list[str]) -> RefusedError:
    shown = ", ".join(numbers[:20])
    return RefusedError(30, f"Not attached to the invoice schedule: {shown}", resource=RESOURCE)

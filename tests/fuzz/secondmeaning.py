"""What a row means, a second time: equal rows are one act, and must not be done twice."""

from typing import Final

from tests.fuzz.names import SWITCHES
from tests.fuzz.secondgrammar import items, subscriptions
from tests.fuzz.secondjson import Value

Given = dict[str, Value]
FOLDED: Final = ("orderKey", "subscriptionKey", "chargeNumbers")
_ON_BY_DEFAULT: Final = ("includeOrderLineItems", "includeSubscriptions")
_SETS: Final = ("batches", "subscriptionId", "chargeTypeToExclude", "schedule.weeklyOnDay")


def items_of_detach(given: Given) -> list[tuple[str, str, list[str] | None]]:
    """What a detach names: orders, subscriptions, charges (None: all)."""
    found = subscriptions(given.get("specificSubscriptions"))
    if found is None:
        found = [{name: given.get(name) for name in FOLDED}]
    named: list[tuple[str, str, list[str] | None]] = []
    for item in found:
        if isinstance(item, dict):
            charges = items(item.get("chargeNumbers"))
            texts = None if charges is None else [str(charge) for charge in charges]
            named.append((str(item.get("orderKey")), str(item.get("subscriptionKey")), texts))
    return named


def bill_run(given: Given) -> str:
    """The bill run that a cancel is about."""
    return str(given.get("billRunNumber") or given.get("billRunId")).lower()


def once(given: Given) -> bool:
    """`cancelOnce`: absent it is true."""
    return str(given.get("cancelOnce", True)).lower() == "true"


def meaning_of(operation: str, given: Given) -> object:
    """Equal for equal rows of an operation, and for them alone."""
    match operation:
        case "cancel_bill_run":
            return bill_run(given), once(given)
        case "cancel_journal_run":
            return given.get("jr-number") or given.get("jrNumber")
        case "detach_charges":
            return given["scheduleKey"], detached(given)
        case _:
            return _created(given)


def detached(given: Given) -> frozenset[tuple[str, str, frozenset[str] | None]]:
    """As a set: orders and subscriptions with all charges that the row names of them."""
    whole: dict[tuple[str, str], frozenset[str] | None] = {}
    for order, subscription, charges in items_of_detach(given):
        before = whole.get((order, subscription), frozenset())
        both = None if charges is None or before is None else before | frozenset(charges)
        whole[order, subscription] = both
    return frozenset((*key, charges) for key, charges in whole.items())


def _created(given: Given) -> frozenset[tuple[str, object]]:
    """What a creation says, without what it would mean anyway."""
    defaults: dict[str, object] = {name: name in _ON_BY_DEFAULT for name in SWITCHES}
    defaults["billRunType"] = "Regular"
    first = given.get("schedule.repeatFrom")
    if first is not None:
        defaults |= {"invoiceDate": first, "targetDate": first}
    said = {name: _plain(name, value) for name, value in given.items()}
    return frozenset((name, value) for name, value in said.items() if value != defaults.get(name))


def _plain(name: str, value: Value) -> object:
    """The same for CSV and JSONL; sets have no order."""
    if name in SWITCHES or name == "schedule.monthlyOnEndOfMonth":
        return str(value).lower() == "true"
    if name in _SETS:
        return frozenset(map(str, items(value) or ()))
    return int(str(value)) if name == "schedule.runTime" else value

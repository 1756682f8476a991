"""What Zuora refuses in `billRunFilters` (reference page; advanced filters of the product documentation)."""

from typing import Final

from runner.sandbox.answers import RefusedError
from runner.sandbox.state import Json, JsonObject

SUBSCRIPTIONS_MAX: Final = 50
# Tuples: what stands in a request need not be hashable.
_OPERATORS: Final = ("eq", "neq", "gt", "lt", "gte", "lte", "lk", "in", "nl", "nnl")
_OBJECT_TYPES: Final = ("Account", "Subscription", "RatePlanCharge")
_DEPTH_MAX: Final = 16


def check_filters(value: Json, resource: int) -> None:
    """One account; or up to 50 subscriptions of one account; or conditions."""
    if not isinstance(value, list) or not value:
        raise _bad("must be a list of objects", resource)
    filters: list[JsonObject] = [item for item in value if isinstance(item, dict)]
    if len(filters) != len(value):
        raise _bad("must be a list of objects", resource)
    kinds = {str(item.get("filterType")) for item in filters}
    if not kinds <= {"Account", "Subscription", "FilterCondition"}:
        raise _bad("filterType must be Account, Subscription or FilterCondition", resource)
    if len(kinds) != 1:
        raise _bad("all filters must be of one filterType", resource)
    for item in filters:
        _check_item(item, resource)
    accounts = {str(item.get("accountId")) for item in filters}
    if kinds == {"Account"} and len(filters) != 1:
        raise _bad("only one single account is allowed", resource)
    if kinds == {"Subscription"} and (len(accounts) != 1 or len(filters) > SUBSCRIPTIONS_MAX):
        raise _bad(f"at most {SUBSCRIPTIONS_MAX} subscriptions, all of one account", resource)


def _check_item(item: JsonObject, resource: int) -> None:
    kind = item["filterType"]
    for name in ("accountId", "subscriptionId"):
        if not isinstance(item.get(name, ""), str | None):
            raise _bad(f"{name} must be a string", resource)
    if kind in {"Account", "Subscription"} and not item.get("accountId"):
        raise _bad(f"accountId is needed for {kind}", resource)
    if kind == "Subscription" and not item.get("subscriptionId"):
        raise _bad("subscriptionId is needed for Subscription", resource)
    if item.get("objectType", "Account") not in _OBJECT_TYPES:
        raise _bad("objectType must be Account, Subscription or RatePlanCharge", resource)
    if kind == "FilterCondition":
        _check_condition(item.get("condition"), resource, _DEPTH_MAX)


def _check_condition(condition: Json, resource: int, depth_left: int) -> None:
    if not isinstance(condition, dict) or depth_left <= 0:
        raise _bad("condition must be an object, and not nested too deep", resource)
    parts = condition.get("conditions")
    if parts is not None:
        if condition.get("relation") not in ("and", "or") or not isinstance(parts, list) or not parts:
            raise _bad("conditions needs a relation (and, or) and at least one item", resource)
        for part in parts:
            _check_condition(part, resource, depth_left - 1)
    elif not condition.get("field") or condition.get("operator") not in _OPERATORS:
        raise _bad("a condition needs a field and an operator", resource)


def _bad(why: str, resource: int) -> RefusedError:
    return RefusedError(20, f"Invalid value for field 'billRunFilters': {why}", resource=resource)

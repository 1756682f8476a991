"""Rules of billRunFilters: one account, or subscriptions of one account, or conditions (zuora.md 1.1)."""

from collections.abc import Iterator, Mapping
from typing import Final

from runner.core.jsonvalue import Json, JsonObject, list_at, text_at
from runner.operations.reading.places import Finding, Place
from runner.operations.reading.seen import Seen, repeats

SUBSCRIPTIONS_MAX: Final = 50
FIELD: Final = "billRunFilters"

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Account": ("accountId",),
    "Subscription": ("accountId", "subscriptionId"),
    "FilterCondition": ("condition",),
}
_REFUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "Account": ("subscriptionId", "condition"),
    "Subscription": ("condition",),
    "FilterCondition": ("subscriptionId",),
}
_VALUELESS: Final = frozenset({"nl", "nnl"})


def filter_rules(seen: Seen) -> Iterator[Finding]:
    """Every rule of the filters, one by one and together."""
    filters = seen.objects(FIELD)
    for index, each in enumerate(filters):
        kind = text_at(each, "filterType") or ""
        for member in _NEEDS[kind]:
            if member not in each:
                yield (FIELD, index, member), f"is missing: a filter of type {kind} needs it"
        for member in _REFUSES[kind]:
            if member in each:
                yield (FIELD, index, member), f"has no place in a filter of type {kind}: remove it"
        yield from _values((FIELD, index, "condition"), each.get("condition"))
    yield from _together(filters)


def _together(filters: list[JsonObject]) -> Iterator[Finding]:
    kinds = sorted({text_at(each, "filterType") or "" for each in filters})
    if len(kinds) > 1:
        yield (FIELD,), f"filters of one type only, found {' and '.join(kinds)}: make several rows of it"
    elif kinds == ["Account"] and len(filters) > 1:
        yield (FIELD,), f"exactly one account is allowed, found {len(filters)}: make several rows of it"
    elif kinds == ["Subscription"]:
        yield from _subscriptions(filters)


def _subscriptions(filters: list[JsonObject]) -> Iterator[Finding]:
    accounts = {account for each in filters if (account := text_at(each, "accountId"))}
    if len(accounts) > 1:
        yield (FIELD,), f"all subscriptions must be of one account, found {len(accounts)} accounts"
    if len(filters) > SUBSCRIPTIONS_MAX:
        yield (FIELD,), f"at most {SUBSCRIPTIONS_MAX} subscriptions are allowed, found {len(filters)}"
    for subscription in repeats(text_at(each, "subscriptionId") or "" for each in filters):
        if subscription:
            yield (FIELD,), f'subscription "{subscription}" stands there twice'


def _values(place: Place, condition: Json) -> Iterator[Finding]:
    if not isinstance(condition, dict):
        return
    for index, inner in enumerate(list_at(condition, "conditions")):
        yield from _values((*place, "conditions", index), inner)
    operator = text_at(condition, "operator")
    if operator is not None and operator not in _VALUELESS and "value" not in condition:
        yield (*place, "value"), f'is missing: operator "{operator}" needs it'

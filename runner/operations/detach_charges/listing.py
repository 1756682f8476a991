"""Where Zuora names the charges of an invoice schedule (design.md, "Reads")."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.core.jsonvalue import Json, JsonObject, text_at
from runner.operations.looking.queries import PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Listing:
    """Charges that a schedule lists: each charge number with its subscription ("" where it is not told).

    `source` says which read named them; listings of two sources are not compared.
    """

    source: str
    charges: Mapping[str, str]

    def of(self, subscription: str) -> list[str]:
        """The charges of one subscription."""
        return [charge for charge, owner in self.charges.items() if owner == subscription]


def listed_by_schedule(schedule: JsonObject) -> Listing | None:
    """By `specificSubscriptions[].chargeNumbers` of the schedule itself; None where one item names none."""
    items = schedule.get("specificSubscriptions")
    if not isinstance(items, list):
        return None
    charges: dict[str, str] = {}
    for item in items:
        named = _charge_numbers(item.get("chargeNumbers")) if isinstance(item, dict) else None
        if named is None:
            return None
        charges.update(dict.fromkeys(named, text_at(item, "subscriptionKey") or ""))
    return Listing("schedule", charges)


def listed_by_query(schedule: JsonObject) -> Listing | None:
    """By the expanded `ratePlanCharges` of an object query, which do not tell their subscription's number.

    None where they may be cut off: an expansion shows one page, and nothing says whether that is all.
    """
    items = schedule.get("ratePlanCharges")
    if not isinstance(items, list) or len(items) >= PAGE_SIZE:
        return None
    charges: dict[str, str] = {}
    for item in items:
        number = text_at(item, "chargeNumber")
        if number is None:
            return None
        charges[number] = text_at(item, "subscriptionNumber") or ""
    return Listing("query", charges)


def _charge_numbers(value: Json) -> list[str] | None:
    """The OpenAPI documents type it as a plain string, every sample shows a list (zuora.md 1.4)."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        return None
    texts = [text for text in value if isinstance(text, str)]
    return texts if len(texts) == len(value) else None

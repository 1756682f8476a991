"""Fields, columns and rules of a detach (api/detach-charges.txt, zuora.md 1.4)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import Field

from runner.core.jsonvalue import Json, JsonObject, list_at, text_at
from runner.operations.reading.columns import Column, Folding, Kind
from runner.operations.reading.grammar import Key, ScheduleKey
from runner.operations.reading.places import Finding
from runner.operations.reading.row_reader import RowReader, Strict
from runner.operations.reading.seen import Seen, repeats

SUBSCRIPTIONS_MAX: Final = 500
FIELD: Final = "specificSubscriptions"

COLUMNS: Final = (
    Column("scheduleKey", Kind.TEXT, "Id or number of the invoice schedule (IS-...).", required=True),
    Column(
        "orderKey", Kind.TEXT, "Id or number of the order; with subscriptionKey, short for one item below."
    ),
    Column("subscriptionKey", Kind.TEXT, "Number of the subscription."),
    Column("chargeNumbers", Kind.TEXTS, "Numbers of the charges. Absent: every charge of the subscription."),
    Column(
        FIELD,
        Kind.JSON_LIST,
        "1 to 500 objects of orderKey, subscriptionKey and, as a rule, chargeNumbers; or use the columns.",
    ),
)


class SpecificSubscription(Strict):
    """The charges of one subscription; all of them where none is named."""

    order_key: Key
    subscription_key: Key
    charge_numbers: Annotated[list[Key], Field(min_length=1)] | None = None


class DetachBody(Strict):
    """Path and body of the request."""

    schedule_key: ScheduleKey
    specific_subscriptions: Annotated[
        list[SpecificSubscription], Field(min_length=1, max_length=SUBSCRIPTIONS_MAX)
    ]


def _item(given: Mapping[str, Json]) -> Json:
    item: JsonObject = dict(given)
    return [item]


def _rules(seen: Seen) -> Iterator[Finding]:
    """No charge twice, and no subscription both as a whole and in parts."""
    items = seen.objects(FIELD)
    charges = (str(charge) for item in items for charge in list_at(item, "chargeNumbers"))
    for charge in repeats(charges):
        yield (FIELD,), f'charge "{charge}" stands there twice'
    whole = [text_at(item, "subscriptionKey") for item in items if "chargeNumbers" not in item]
    named = [text_at(item, "subscriptionKey") for item in items if "chargeNumbers" in item]
    for subscription in dict.fromkeys(whole):
        if whole.count(subscription) > 1 or subscription in named:
            message = (
                f'subscription "{subscription}" stands there twice, once without chargeNumbers (all of them)'
            )
            yield (FIELD,), message


FOLDING: Final = Folding(FIELD, ("orderKey", "subscriptionKey", "chargeNumbers"), _item)
READER: Final = RowReader(COLUMNS, DetachBody, _rules, FOLDING)

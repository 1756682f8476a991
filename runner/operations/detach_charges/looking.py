"""Which charges an invoice schedule still lists, and what that proves (failure-model.md 4.5).

Evidence is the listing before against the listing now: a charge that was not listed before proves nothing.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from runner.core.jsonvalue import Json, JsonObject, list_at, object_at, text_at
from runner.core.operation import Inquiry, Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Reply, Request
from runner.operations.detach_charges.fields import FIELD
from runner.operations.detach_charges.listing import Listing, listed_by_query, listed_by_schedule
from runner.operations.looking.queries import PAGE_SIZE
from runner.operations.looking.replies import Missing, ask
from runner.operations.looking.states import InvoiceSchedule

PATH: Final = "/v1/invoice-schedules"
QUERY_PATH: Final = "/object-query/invoice-schedules"

Answered = Sighting | Unread

_STANDINGS: Final[Mapping[str, Standing]] = {
    InvoiceSchedule.FULLY_PROCESSED: Standing.UNTOUCHED,
    InvoiceSchedule.PARTIALLY_PROCESSED: Standing.UNTOUCHED,
    InvoiceSchedule.PENDING: Standing.IMPOSSIBLE,
    InvoiceSchedule.PAUSED: Standing.IMPOSSIBLE,
}
_NOTES: Final[Mapping[str, str]] = {
    InvoiceSchedule.PENDING: "the schedule is Pending: charges can be detached once it is processed in part",
    InvoiceSchedule.PAUSED: "the schedule is Paused: resume it first",
}


def look_at_schedules(questions: Sequence[Question]) -> Inquiry:
    """Look at the schedule of each."""
    looked: dict[int, Answered] = {}
    for question in questions:
        looked[question.task.number] = yield from _look(question)
    return looked


def _look(question: Question) -> Generator[Request, Reply, Answered]:
    key = question.task.target
    answer = yield from ask(f"{PATH}/{quote(key, safe='')}")
    if isinstance(answer, Unread):
        return answer
    preflight = question.purpose == "preflight"
    if isinstance(answer, Missing):
        if preflight:
            note = f"no such invoice schedule in this entity and these orgs: {answer.detail}"
            return Sighting(Standing.IMPOSSIBLE, note=note)
        return Sighting(Standing.OPEN, note=f"the invoice schedule is gone: {answer.detail}")
    state = text_at(answer, "status")
    if preflight and _STANDINGS.get(state or "") is Standing.IMPOSSIBLE:
        return Sighting(Standing.IMPOSSIBLE, state, key, _NOTES[state or ""])
    listing = yield from _listing(key, answer, question.before)
    if isinstance(listing, Unread):
        return listing
    if preflight:
        return _seen_before(question, state, listing)
    return _settled(question, state, listing)


def _seen_before(question: Question, state: str | None, listing: Listing | None) -> Sighting:
    """The pre-image of a write; after one that was refused, also whether a part of it took effect."""
    facts = _facts(question, state, listing)
    key = question.task.target
    earlier = _settled(question, state, listing)
    detached = _texts(earlier.facts.get("detached"))
    if not detached or earlier.standing is Standing.REACHED:
        return Sighting(_STANDINGS.get(state or "", Standing.OPEN), state, key, facts=facts)
    facts["left"] = list_at(earlier.facts, "left") or _without(question, detached)
    return Sighting(Standing.PARTLY, state, key, f"detached: {', '.join(detached)}", facts)


def _without(question: Question, detached: list[str]) -> list[Json]:
    """What the row asks for but these charges; nothing where it names none."""
    left: list[Json] = []
    for item in _items(question):
        others: list[Json] = [charge for charge in _charges(item) if charge not in detached]
        if others:
            left.append({**item, "chargeNumbers": others})
    return left


def _listing(
    key: str, schedule: JsonObject, before: JsonObject | None
) -> Generator[Request, Reply, Listing | Unread | None]:
    """What is listed, from the schedule itself or else from a query; None where neither names charges.

    An empty list counts only from the source that named charges before: then they are gone. From the other
    it may mean that this source never names any.
    """
    source = text_at(before, "source")
    listing = listed_by_schedule(schedule)
    if listing is not None and (listing.charges or source == listing.source):
        return listing
    answer = yield from ask(
        f"{QUERY_PATH}/{quote(key, safe='')}?pageSize={PAGE_SIZE}&expand%5B%5D=rateplancharges"
    )
    if isinstance(answer, Unread):
        return answer
    listing = None if isinstance(answer, Missing) else listed_by_query(answer)
    return listing if listing is not None and (listing.charges or source == listing.source) else None


def _facts(question: Question, state: str | None, listing: Listing | None) -> JsonObject:
    """The pre-image: which of the row's charges were listed, by subscription, and where that was read."""
    facts: JsonObject = {"status": state}
    if listing is None:
        return facts
    listed: JsonObject = {}
    for item in _items(question):
        subscription = text_at(item, "subscriptionKey") or ""
        wanted = _charges(item) if "chargeNumbers" in item else sorted(listing.of(subscription))
        already = [str(charge) for charge in list_at(listed, subscription)]
        listed[subscription] = [*already, *(charge for charge in wanted if charge in listing.charges)]
    return {**facts, "source": listing.source, "listed": listed}


def _settled(question: Question, state: str | None, now: Listing | None) -> Sighting:
    key, before = question.task.target, object_at(question.before, "listed")
    if now is None or not any(before.values()):
        return Sighting(Standing.OPEN, state, key, "nothing shows which charges were attached before")
    if now.source != text_at(question.before, "source"):
        return Sighting(Standing.OPEN, state, key, "the charges are listed elsewhere than before")
    was = {charge for charges in before.values() for charge in _texts(charges)}
    gone = was - set(now.charges)
    wanted = {charge for item in _items(question) for charge in _charges(item)}
    facts: JsonObject = {"left": _left(question, before, now), "detached": [*sorted(gone)]}
    unproved = sorted(wanted - was) + _unseen(question, before)
    if unproved:
        note = f"not listed before, so nothing is proved of {', '.join(unproved)}"
        return Sighting(Standing.OPEN, state, key, note, facts)
    if not gone:
        return Sighting(Standing.UNTOUCHED, state, key, facts=facts)
    if gone != was:
        note = f"{len(gone)} of {len(was)} charges are detached"
        return Sighting(Standing.PARTLY, state, key, note, facts)
    return Sighting(Standing.REACHED, state, key, f"none of {len(was)} charges is listed any more", facts)


def _unseen(question: Question, before: JsonObject) -> list[str]:
    """Subscriptions that were to be detached whole, and of which no charge was listed before."""
    whole = (
        text_at(item, "subscriptionKey") or "" for item in _items(question) if "chargeNumbers" not in item
    )
    return [subscription for subscription in whole if not list_at(before, subscription)]


def _left(question: Question, before: JsonObject, now: Listing) -> list[Json]:
    """What is still attached, as a row could ask for it again."""
    left: list[Json] = []
    for item in _items(question):
        subscription = text_at(item, "subscriptionKey") or ""
        asked = _charges(item) if "chargeNumbers" in item else _texts(before.get(subscription))
        still: list[Json] = [charge for charge in asked if charge in now.charges]
        if still:
            left.append({**item, "chargeNumbers": still})
    return left


def _items(question: Question) -> list[JsonObject]:
    return [item for item in list_at(question.task.fields, FIELD) if isinstance(item, dict)]


def _charges(item: JsonObject) -> list[str]:
    return _texts(item.get("chargeNumbers"))


def _texts(value: Json) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []

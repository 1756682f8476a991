import pytest

from runner.core.jsonvalue import list_at, object_at
from runner.core.operation import Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Lost
from runner.operations import CATALOG
from tests.operations.talk import arrived, look, missing, task

ITEM = {"orderKey": "O-1", "subscriptionKey": "S-1"}
PATH = "/v1/invoice-schedules/IS-1"
QUERY = "/object-query/invoice-schedules/IS-1?pageSize=99&expand[]=rateplancharges"
NAMED = task("detach_charges", {"scheduleKey": "IS-1", **ITEM, "chargeNumbers": ["C-1", "C-2"]})
WHOLE = task("detach_charges", {"scheduleKey": "IS-1", **ITEM})
UNNAMED = [{"orderKey": "O-1", "subscriptionKey": "S-1"}]


def _seen(question, replies) -> Sighting:
    found = look(question, replies)
    assert isinstance(found, Sighting), found
    return found


def _schedule(*charges, status="FullyProcessed", **members):
    listed = [{**ITEM, "chargeNumbers": list(charges)}] if charges else []
    return {PATH: arrived({"status": status, "specificSubscriptions": listed, **members, "success": True})}


def _queried(*charges):
    listed = [{"chargeNumber": charge} for charge in charges]
    return {**_schedule(specificSubscriptions=UNNAMED), QUERY: arrived({"ratePlanCharges": listed})}


def _before(detach, replies):
    return _seen(Question(detach, "preflight"), {QUERY: arrived({}), **replies}).facts


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("FullyProcessed", Standing.UNTOUCHED),
        ("PartiallyProcessed", Standing.UNTOUCHED),
        ("Pending", Standing.IMPOSSIBLE),
        ("Paused", Standing.IMPOSSIBLE),
        ("Processed", Standing.OPEN),
    ],
)
def test_which_schedules_a_detach_works_on(status, standing):
    """Only a fully or partially processed schedule lets charges go."""
    assert _seen(Question(NAMED, "preflight"), _schedule("C-1", status=status)).standing is standing


def test_a_charge_that_is_not_listed_is_no_proof():
    """A detach whose charges the schedule does not list is sent all the same."""
    seen = _seen(Question(NAMED, "preflight"), _schedule("C-9"))
    assert (seen.standing, seen.facts["listed"]) == (Standing.UNTOUCHED, {"S-1": []})


@pytest.mark.parametrize(
    ("detach", "before", "now", "standing", "left"),
    [
        (NAMED, ("C-1", "C-2", "C-3"), ("C-3",), Standing.REACHED, []),
        (NAMED, ("C-1", "C-2"), (), Standing.REACHED, []),
        (NAMED, ("C-1", "C-2"), ("C-1", "C-2"), Standing.UNTOUCHED, ["C-1", "C-2"]),
        (NAMED, ("C-1", "C-2"), ("C-2", "C-3"), Standing.PARTLY, ["C-2"]),
        (NAMED, ("C-1", "C-3"), ("C-3",), Standing.OPEN, []),
        (NAMED, ("C-3",), ("C-3",), Standing.OPEN, []),
        (NAMED, ("C-1", "C-3"), ("C-1", "C-3"), Standing.OPEN, ["C-1"]),
        (WHOLE, ("C-1", "C-2"), (), Standing.REACHED, []),
        (WHOLE, ("C-1", "C-2"), ("C-2",), Standing.PARTLY, ["C-2"]),
        (WHOLE, ("C-1", "C-2"), ("C-1", "C-2"), Standing.UNTOUCHED, ["C-1", "C-2"]),
    ],
)
def test_listed_before_against_listed_now(detach, before, now, standing, left):
    """Gone is done, all there is untouched, some gone is partly; what was not listed proves nothing."""
    facts = _before(detach, _schedule(*before))
    replies = {**_schedule(*now), QUERY: arrived({"ratePlanCharges": []})}
    seen = _seen(Question(detach, "settle", before=facts), replies)
    assert seen.standing is standing
    if "left" in seen.facts:
        assert seen.facts["left"] == ([{**ITEM, "chargeNumbers": left}] if left else [])


@pytest.mark.parametrize(
    ("detach", "before", "now", "standing", "left"),
    [
        (NAMED, ("C-1", "C-2"), ("C-2",), Standing.PARTLY, [["C-2"]]),
        (NAMED, ("C-1", "C-3"), ("C-3",), Standing.PARTLY, [["C-2"]]),
        (WHOLE, ("C-1", "C-2"), ("C-2",), Standing.PARTLY, [["C-2"]]),
        (NAMED, ("C-1", "C-2"), ("C-1", "C-2"), Standing.UNTOUCHED, []),
        (NAMED, ("C-1", "C-2"), ("C-3",), Standing.UNTOUCHED, []),
    ],
)
def test_a_preflight_tells_what_is_gone_since_the_one_before(detach, before, now, standing, left):
    """A part that a refused detach did all the same is seen, with what is left of the row."""
    facts = _before(detach, _schedule(*before))
    seen = _seen(Question(detach, "preflight", before=facts), _schedule(*now))
    assert seen.standing is standing
    assert [
        object_at({"item": item}, "item").get("chargeNumbers") for item in list_at(seen.facts, "left")
    ] == left
    assert seen.facts["listed"] == {"S-1": [charge for charge in now if charge != "C-3"]}


def test_charges_that_only_a_query_names():
    """Where the schedule itself names no charges, an object query does."""
    facts = _before(NAMED, _queried("C-1", "C-2"))
    assert (facts["source"], facts["listed"]) == ("query", {"S-1": ["C-1", "C-2"]})
    assert _seen(Question(NAMED, "settle", before=facts), _queried("C-2")).standing is Standing.PARTLY
    gone = {**_schedule(), QUERY: arrived({"ratePlanCharges": []})}
    assert _seen(Question(NAMED, "settle", before=facts), gone).standing is Standing.REACHED


@pytest.mark.parametrize(
    "queried",
    [
        {},
        {"ratePlanCharges": None},
        {"ratePlanCharges": [{"id": "1"}]},
        {"ratePlanCharges": [{"chargeNumber": f"C-{n}"} for n in range(99)]},
    ],
)
def test_where_neither_names_charges_there_is_no_evidence(queried):
    """An absent, broken or cut-off list is none: the detach is sent, and a lost one stays open."""
    replies = {**_schedule(specificSubscriptions=UNNAMED), QUERY: arrived(queried)}
    facts = _before(NAMED, replies)
    assert "listed" not in facts
    assert _seen(Question(NAMED, "settle", before=facts), replies).standing is Standing.OPEN
    known = _before(NAMED, _schedule("C-1", "C-2"))
    assert _seen(Question(NAMED, "settle", before=known), replies).standing is Standing.OPEN


def test_listings_of_two_sources_are_not_compared():
    """A query that names charges now proves nothing about what the schedule named before."""
    known = _before(NAMED, _schedule("C-1", "C-2"))
    assert _seen(Question(NAMED, "settle", before=known), _queried("C-3")).standing is Standing.OPEN


def test_without_a_look_before_nothing_is_proved():
    """A charge that is not listed now may never have been."""
    assert _seen(Question(NAMED, "settle"), _schedule("C-9")).standing is Standing.OPEN


def test_charge_numbers_in_one_text():
    """Zuora's documents type chargeNumbers as a text: one with commas is read as a list."""
    listed = [{**ITEM, "chargeNumbers": "C-1, C-2"}]
    facts = _before(NAMED, _schedule(specificSubscriptions=listed))
    assert facts["listed"] == {"S-1": ["C-1", "C-2"]}


@pytest.mark.parametrize("reply", [Lost("reset"), arrived(b"", 404), arrived({}, 500), arrived(b"{")])
def test_what_cannot_be_understood_is_no_evidence(reply):
    """Neither the schedule nor the query counts where it is not understood."""
    for purpose in ("preflight", "settle"):
        assert isinstance(look(Question(NAMED, purpose), {PATH: reply}), Unread)
        unnamed = _schedule(specificSubscriptions=UNNAMED)
        assert isinstance(look(Question(NAMED, purpose), {**unnamed, QUERY: reply}), Unread)


def test_a_schedule_that_is_gone():
    """Absence before a send makes it impossible, and after it proves nothing."""
    assert _seen(Question(NAMED, "preflight"), {PATH: missing()}).standing is Standing.IMPOSSIBLE
    assert _seen(Question(NAMED, "settle"), {PATH: missing()}).standing is Standing.OPEN


def test_success_is_the_end():
    """A detach is synchronous: its success is not followed."""
    success = CATALOG["detach_charges"].success(NAMED, {"success": True})
    assert success is not None
    assert (success.result_id, success.ended) == ("IS-1", True)

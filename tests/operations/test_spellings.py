from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.job import RESERVED_NAMES
from runner.core.jsonvalue import Json, dumps, parse
from runner.core.operation import Draft
from runner.core.scope import Scope
from runner.operations import CATALOG
from tests.operations.talk import ACT, CONTEXT, draft, row

KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9 ._-]{0,10}[A-Za-z0-9]", fullmatch=True)
DATES = st.dates(date(2000, 1, 1), date(2035, 12, 31)).map(str)
FLAGS = ("autoEmail", "autoPost", "autoRenewal", "noEmailForZeroAmountInvoice", "includeSubscriptions")
SCOPE = Scope("e", ("8a90a", "8a90b"))


def _texts(elements, most):
    return st.lists(elements, min_size=1, max_size=most, unique=True)


@st.composite
def bill_runs(draw: Any) -> dict[str, Any]:
    """Valid bodies of bill runs, as JSONL writes them."""
    body: dict[str, Any] = {flag: draw(st.booleans()) for flag in FLAGS if draw(st.booleans())}
    if draw(st.booleans()):
        body["batches"] = draw(_texts(st.integers(1, 200).map("Batch{}".format), 5))
        body["billCycleDay"] = str(draw(st.integers(1, 31)))
    elif draw(st.booleans()):
        body["accountId"] = draw(KEYS)
        if draw(st.booleans()):
            body["subscriptionId"] = draw(_texts(KEYS, 4))
    else:
        leaf = {"field": draw(KEYS), "operator": "eq", "value": draw(KEYS)}
        body["billRunFilters"] = [{"filterType": "FilterCondition", "condition": leaf}]
    if draw(st.booleans()):
        body["chargeTypeToExclude"] = draw(_texts(st.sampled_from(["OneTime", "Recurring", "Usage"]), 2))
    if draw(st.booleans()):
        body["schedule"] = {
            "repeatFrom": draw(DATES),
            "repeatType": "Weekly",
            "runTime": draw(st.integers(0, 23)),
        }
        body["schedule"]["weeklyOnDay"] = draw(_texts(st.sampled_from(["Mon", "Tue", "Sun"]), 3))
    else:
        body["targetDate"] = draw(DATES)
    if draw(st.booleans()):
        body["name"] = draw(KEYS)
    return body


@st.composite
def detaches(draw: Any) -> dict[str, Any]:
    """Valid bodies of detaches."""
    body = {"scheduleKey": "IS-1", "orderKey": draw(KEYS), "subscriptionKey": draw(KEYS)}
    return {**body, "chargeNumbers": draw(_texts(KEYS, 4))} if draw(st.booleans()) else body


def _cell(value: Json) -> str:
    match value:
        case bool():
            return str(value).upper()
        case str():
            return value
        case list() if value and isinstance(value[0], str):
            return ";".join(map(str, value))
        case _:
            return dumps(value)


def as_csv(body: dict[str, Any], *, dotted: bool) -> dict[str, Json]:
    """The same row as CSV cells; objects as JSON or by dotted columns."""
    cells: dict[str, Json] = {}
    for name, value in body.items():
        if isinstance(value, dict) and dotted:
            cells.update({f"{name}.{inner}": _cell(each) for inner, each in value.items()})
        else:
            cells[name] = _cell(value)
    return cells


def _unfolded(body: dict[str, Any]) -> dict[str, Any]:
    """The same body with the full field in place of its convenience columns."""
    full = {name: value for name, value in body.items() if name not in {"accountId", "subscriptionId"}}
    if "accountId" not in body:
        return full
    account = {"accountId": body["accountId"]}
    subscriptions = body.get("subscriptionId")
    if subscriptions is None:
        return {**full, "billRunFilters": [{**account, "filterType": "Account"}]}
    each = [{**account, "filterType": "Subscription", "subscriptionId": key} for key in subscriptions]
    return {**full, "billRunFilters": each}


@settings(deadline=None, max_examples=80)
@given(bill_runs(), st.booleans())
def test_both_spellings_of_a_bill_run_compile_to_the_same_draft(body, dotted):
    """CSV and JSONL, dotted or not, convenience columns or the full field: the draft is identical."""
    written = draft("create_bill_run", body, scope=SCOPE)
    assert draft("create_bill_run", as_csv(body, dotted=dotted), "csv", SCOPE) == written
    assert draft("create_bill_run", _unfolded(body), scope=SCOPE) == written


@settings(deadline=None, max_examples=50)
@given(detaches())
def test_both_spellings_of_a_detach_compile_to_the_same_draft(body):
    """Convenience columns in CSV and JSONL, and the full field: the draft is identical."""
    written = draft("detach_charges", body)
    item = {name: value for name, value in body.items() if name != "scheduleKey"}
    assert draft("detach_charges", as_csv(body, dotted=True), "csv") == written
    assert draft("detach_charges", {"scheduleKey": "IS-1", "specificSubscriptions": [item]}) == written


@settings(deadline=None, max_examples=50)
@given(bill_runs(), st.randoms(use_true_random=False))
def test_order_and_spelled_out_defaults_do_not_make_another_act(body, random):
    """Sets in another order, and defaults written out, leave the normal form as it is."""
    other: dict[str, Any] = {
        "autoPost": False,
        "includeOrderLineItems": True,
        "billRunType": "Regular",
        **body,
    }
    for name in ("batches", "subscriptionId", "chargeTypeToExclude"):
        if name in other:
            other[name] = random.sample(other[name], len(other[name]))
    if "schedule" in body:
        other["invoiceDate"] = other["targetDate"] = body["schedule"]["repeatFrom"]
    assert draft("create_bill_run", other).normal == draft("create_bill_run", body).normal


NAMES = sorted(
    {doc.name for operation in CATALOG.values() for doc in operation.field_docs} | {"x", "#run", "org"}
)
MEMBERS = st.sampled_from(
    ["accountId", "filterType", "condition", "conditions", "relation", "operator", "orderKey"]
)
WORDS = st.sampled_from(
    ["true", "a;b", "Batch1", "Weekly", "2026-01-31", "31", "BR-1", "a" * 32, "[]", "{}", "\x00"]
)
LEAVES = (
    st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | WORDS | st.text()
)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(MEMBERS, v, max_size=3), max_leaves=8
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(CATALOG)), st.booleans(), st.data())
def test_any_row_is_refused_in_plain_words_or_compiles(operation, in_csv, chosen):
    """Whatever stands in a row, it is refused with printable messages, or becomes a body of valid JSON."""
    values = (WORDS | st.text(min_size=1)) if in_csv else VALUES
    cells = chosen.draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=8))
    found = CATALOG[operation].read(row(cells, "csv" if in_csv else "jsonl"))
    if isinstance(found, list):
        assert found
        assert all(
            problem.message.isprintable() and problem.column not in RESERVED_NAMES for problem in found
        )
        return
    made = CATALOG[operation].draft(found, Scope(), CONTEXT)
    assert isinstance(made, Draft)
    aimed = CATALOG[operation].with_target(made, "b" * 32) if found.number else made
    assert isinstance(parse(CATALOG[operation].freeze(aimed, ACT, CONTEXT).body), dict)

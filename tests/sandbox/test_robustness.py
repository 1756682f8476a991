import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.rig import Rig

KEYS = st.sampled_from(
    [
        "batches", "billRunFilters", "billRunType", "schedule", "repeatType", "repeatFrom", "runTime", "name",
        "targetDate", "organizationLabels", "filterType", "accountId", "condition", "conditions", "relation",
        "cancelOnce", "specificSubscriptions", "orderKey", "subscriptionKey", "chargeNumbers", "billCycleDay",
        "weeklyOnDay", "objectType", "chargeTypeToExclude", "invoiceDate", "invoiceDateMonthOffset",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    ["AllBatches", "Batch1", "Monthly", "2026-10-31", "Account", "FilterCondition", "\ud800", "x"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
PATHS = st.sampled_from(
    [
        "",
        "//",
        "/oauth/token",
        "/v1/bill-runs",
        f"/v1/bill-runs/{'a' * 32}",
        f"/v1/bill-runs/{'a' * 32}/cancel",
        "/v1/journal-runs/JR-00000001/cancel",
        "/v1/journal-runs/JR-00000001%0A",
        "/v1/journal-runs/%ff/cancel",
        f"/v1/journal-entries/journal-runs/JR-00000001?pageSize={'9' * 5000}",
        "/v1/invoice-schedules/IS-1/detach",
        f"/object-query/billing-runs?filter[]=name.EQ:%ed%a0%80&pageSize={'1' * 5000}",
        "/object-query/billing-runs?filter[]=billingrunnumber.IN:[BR-00000001,,]&cursor=W3s=",
        "/object-query/invoice-schedules/IS-1?expand[]=rateplancharges",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Idempotency_Key", "Zuora_Track_Id", "Zuora_Entity_Ids", "Zuora_Org_Ids", "Authorization"]
    ),
    st.text(max_size=6) | st.just("\udcff"),
    max_size=3,
)


@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), PATHS, BODIES, HEADERS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_is_sent_is_answered(
    method: str, path: str, body: object, headers: dict[str, str], late: bool
):
    """No request makes the tenant stumble, and what it did can be written down."""
    fault = '[[faults]]\nfault = "late_effect"\nmatch = { operation = "write" }' if late else ""
    rig = Rig(fault)
    begun = rig.begin(method, path, json.dumps(body).encode(), **headers)
    rig.simulator.end(begun.ticket)
    rig.after(100)
    json.dumps(rig.events, ensure_ascii=False).encode()


def test_endless_nesting_is_malformed():
    """A body nested deeper than any real one is refused as malformed."""
    assert Rig().post(b'{"x":' + b"[" * 500 + b"]" * 500 + b"}").category == 90
    assert Rig().post(b'{"x":' + b"[" * 100_000).category == 90

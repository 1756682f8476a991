from collections.abc import Mapping

import pytest

from tests.sandbox.rig import AD_HOC, Rig

SCHEDULE = {"repeatFrom": "2026-10-31", "repeatType": "Monthly", "runTime": 3}
MONTHLY = {"batches": ["AllBatches"], "schedule": SCHEDULE}


def accounts(*items: Mapping[str, object]) -> dict[str, object]:
    """A creation with these filters."""
    return {"targetDate": "2026-09-30", "billRunFilters": list(items)}


ACCOUNT = {"filterType": "Account", "accountId": "A1"}
SUBSCRIPTIONS = [
    {"filterType": "Subscription", "accountId": "A1", "subscriptionId": f"S{n}"} for n in range(51)
]
CONDITION = {"field": "account.batch", "operator": "eq", "value": "Batch1"}


@pytest.mark.parametrize(
    "body",
    [
        AD_HOC,
        {**AD_HOC, "batches": ["AllBatches"], "billCycleDay": "31"},
        {**AD_HOC, "chargeTypeToExclude": ["OneTime", "Usage"], "autoPost": True},
        {**AD_HOC, "invoiceDate": "2026-09-30", "billRunType": "CatchUp"},
        {**AD_HOC, "anUnknownField": 1, "autoRenewal": None},
        accounts(ACCOUNT),
        accounts(*SUBSCRIPTIONS[:50]),
        accounts({"filterType": "FilterCondition", "condition": CONDITION}),
        accounts(
            {"filterType": "FilterCondition", "condition": {"relation": "and", "conditions": [CONDITION]}}
        ),
        MONTHLY,
        {**MONTHLY, "invoiceDateMonthOffset": 1, "invoiceDateDayOfMonth": 31},
        {**MONTHLY, "billCycleDay": "AsRunDay"},
        {**MONTHLY, "schedule": {**SCHEDULE, "monthlyOnEndOfMonth": True}},
        {**MONTHLY, "schedule": {**SCHEDULE, "repeatType": "Weekly", "weeklyOnDay": ["Mon", "Fri"]}},
    ],
)
def test_what_the_reference_page_allows_is_created(body: dict[str, object]):
    """A body that keeps to the reference page makes a Pending bill run."""
    reply = Rig().post(body)
    assert reply.status == 200
    assert reply.body["success"] is True
    assert reply.body["status"] == "Pending"


@pytest.mark.parametrize(
    ("body", "category"),
    [
        ({"targetDate": "2026-09-30"}, 20),
        ({**AD_HOC, "billRunFilters": [ACCOUNT]}, 20),
        ({**AD_HOC, "batches": []}, 20),
        ({**AD_HOC, "batches": "Batch1"}, 20),
        ({**AD_HOC, "batches": ["Batch0"]}, 20),
        ({**AD_HOC, "batches": ["Batch201"]}, 20),
        ({**AD_HOC, "batches": ["AllBatches", "Batch1"]}, 20),
        ({**AD_HOC, "billCycleDay": "AsRunDay"}, 20),
        ({**AD_HOC, "billCycleDay": "32"}, 20),
        ({**accounts(ACCOUNT), "billCycleDay": "1"}, 20),
        ({**AD_HOC, "autoPost": "true"}, 20),
        ({**AD_HOC, "name": 7}, 20),
        ({**AD_HOC, "chargeTypeToExclude": ["OneTime", "Usage", "Recurring"]}, 20),
        ({**AD_HOC, "billRunType": "Other"}, 20),
        ({"batches": ["Batch1"]}, 22),
        ({**AD_HOC, "targetDate": "2026-02-30"}, 20),
        ({**AD_HOC, "targetDate": "30.09.2026"}, 20),
        ({**AD_HOC, "invoiceDateMonthOffset": 1, "invoiceDateDayOfMonth": 1}, 20),
        ({**MONTHLY, "invoiceDateMonthOffset": 1}, 22),
        ({**MONTHLY, "invoiceDateMonthOffset": 1, "invoiceDateDayOfMonth": 32}, 20),
        (
            {**MONTHLY, "invoiceDate": "2026-10-31", "invoiceDateMonthOffset": 1, "invoiceDateDayOfMonth": 1},
            20,
        ),
        ({**MONTHLY, "schedule": {**SCHEDULE, "runTime": 24}}, 22),
        ({**MONTHLY, "schedule": {**SCHEDULE, "repeatType": "Yearly"}}, 22),
        ({**MONTHLY, "schedule": {**SCHEDULE, "repeatType": "Weekly"}}, 22),
        ({**MONTHLY, "schedule": {**SCHEDULE, "repeatFrom": "2037-01-01"}}, 20),
        ({**MONTHLY, "schedule": {**SCHEDULE, "repeatTo": "2026-10-01"}}, 20),
        ({**MONTHLY, "schedule": {**SCHEDULE, "repeatFrom": "2026-10-30", "monthlyOnEndOfMonth": True}}, 20),
        (accounts(), 20),
        (accounts(ACCOUNT, {"filterType": "Account", "accountId": "A2"}), 20),
        (accounts({"filterType": "Account"}), 20),
        (accounts(ACCOUNT, SUBSCRIPTIONS[0]), 20),
        (accounts(*SUBSCRIPTIONS), 20),
        (accounts(SUBSCRIPTIONS[0], {**SUBSCRIPTIONS[1], "accountId": "A2"}), 20),
        (accounts({"filterType": "FilterCondition", "condition": {"conditions": [CONDITION]}}), 20),
        (accounts({"filterType": "FilterCondition", "condition": {**CONDITION, "operator": "like"}}), 20),
        ({**AD_HOC, "organizationLabels": [{}]}, 20),
        ({**AD_HOC, "organizationLabels": [{"organizationId": "O", "organizationName": "N"}]}, 20),
    ],
)
def test_what_the_reference_page_forbids_is_refused(body: dict[str, object], category: int):
    """A body that breaks a rule of the reference page makes nothing, and says which field is wrong."""
    rig = Rig()
    reply = rig.post(body)
    assert reply.status == 400
    assert reply.category == category
    assert rig.effects == []


def test_features_that_are_off_are_refused():
    """Auto-post and bill run types are business refusals where the tenant has not turned them on."""
    rig = Rig("[tenant]\nauto_post = false\ncatch_up = false")
    assert rig.post({**AD_HOC, "autoPost": True}).category == 30
    assert rig.post({**AD_HOC, "billRunType": "Regular"}).category == 30
    assert rig.post(AD_HOC).status == 200


def test_organization_labels_are_required_with_multi_org():
    """With Multi-Org on, a creation without organizationLabels is refused."""
    rig = Rig("[tenant]\nmulti_org = true")
    assert rig.post(AD_HOC).category == 22
    assert rig.post({**AD_HOC, "organizationLabels": [{"organizationName": "North"}]}).status == 200


def test_bodies_that_are_no_json_object_are_refused():
    """A missing body is a wrong media type (415), a broken one is malformed (category 90)."""
    rig = Rig()
    assert (reply := rig.call("POST", "/v1/bill-runs")).status == 415
    assert reply.code == 50000045
    assert rig.post(b"{").category == 90
    assert rig.post(b"[]").category == 90
    assert rig.post(AD_HOC, Content_Type="text/plain").status == 415

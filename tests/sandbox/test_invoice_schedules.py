import pytest

from tests.sandbox.rig import Rig

PATH = "/v1/invoice-schedules/IS-0000001"
QUERY = "/object-query/invoice-schedules/IS-0000001?expand[]=rateplancharges"
THREE = """
[invoice_schedules."IS-0000001"]
charges = [
  { orderKey = "O-1", subscriptionKey = "A-S1", chargeNumber = "C-1" },
  { orderKey = "O-1", subscriptionKey = "A-S1", chargeNumber = "C-2" },
  { orderKey = "O-2", subscriptionKey = "A-S2", chargeNumber = "C-3" },
]
"""


def asks(*charges: str, order: str = "O-1", subscription: str = "A-S1") -> dict[str, object]:
    """The body of a detach."""
    item: dict[str, object] = {"orderKey": order, "subscriptionKey": subscription}
    return {"specificSubscriptions": [{**item, "chargeNumbers": list(charges)} if charges else item]}


def listed(rig: Rig) -> list[str]:
    """The charges that the v1 read names."""
    items = rig.get(PATH).body["specificSubscriptions"]
    return [number for item in items for number in item.get("chargeNumbers", [])]


def test_any_charge_of_an_unmentioned_schedule_is_detached_once():
    """A charge of an unmentioned schedule is detached once; no read ever names one."""
    rig = Rig()
    assert rig.put(f"{PATH}/detach", asks("C-1", "C-2")).body == {"success": True}
    assert rig.put(f"{PATH}/detach", asks("C-2")).category == 30
    assert rig.put(f"{PATH}/detach", asks("C-9")).status == 200
    assert rig.get(PATH).body["specificSubscriptions"] == []
    assert "ratePlanCharges" not in rig.get(QUERY).body
    assert [effect["charges"] for effect in rig.effects] == [["C-1", "C-2"], ["C-9"]]


def test_a_whole_subscription_of_an_unmentioned_schedule_is_detached_once():
    """Without chargeNumbers all charges of the subscription go, and none of them a second time."""
    rig = Rig()
    assert rig.put(f"{PATH}/detach", asks()).status == 200
    assert rig.put(f"{PATH}/detach", asks()).category == 30
    assert rig.put(f"{PATH}/detach", asks("C-1")).category == 30
    assert rig.effects[0]["charges"] == ["A-S1:*"]


def test_reads_show_the_charges_that_remain():
    """The charges of the scenario are listed by both reads, and drop out when they are detached."""
    rig = Rig(THREE)
    assert listed(rig) == ["C-1", "C-2", "C-3"]
    rig.put(f"{PATH}/detach", asks("C-1"))
    assert listed(rig) == ["C-2", "C-3"]
    assert [charge["chargeNumber"] for charge in rig.get(QUERY).body["ratePlanCharges"]] == ["C-2", "C-3"]
    rig.put(f"{PATH}/detach", asks())
    assert listed(rig) == ["C-3"]


def test_a_detach_is_all_or_nothing():
    """One charge that is not attached makes the whole request fail, and nothing is detached."""
    rig = Rig(THREE)
    for wrong in (asks("C-1", "C-404"), asks("C-1", order="O-9"), asks("C-3"), asks(subscription="A-S9")):
        assert rig.put(f"{PATH}/detach", wrong).category == 30
    assert listed(rig) == ["C-1", "C-2", "C-3"]
    assert rig.effects == []


def test_a_partial_schedule_does_what_it_can():
    """With `partial` the charges that can go do, and the reply is a refusal of the others."""
    rig = Rig(THREE + 'partial = true\nstuck = ["C-2"]')
    reply = rig.put(f"{PATH}/detach", asks("C-1", "C-2"))
    assert (reply.status, reply.category, reply.body["success"]) == (400, 30, False)
    assert listed(rig) == ["C-2", "C-3"]
    assert [effect["charges"] for effect in rig.effects] == [["C-1"]]


@pytest.mark.parametrize(("listed_by", "v1", "query"), [("schedule", 3, 0), ("query", 0, 3), ("none", 0, 0)])
def test_which_read_names_charges_is_up_to_the_scenario(listed_by: str, v1: int, query: int):
    """A scenario can keep the charges from either read, or from both."""
    rig = Rig(THREE + f'listed_by = "{listed_by}"')
    assert len(listed(rig)) == v1
    assert len(rig.get(QUERY).body.get("ratePlanCharges", [])) == query
    assert len(rig.get(PATH).body["specificSubscriptions"]) == 2


def test_expanded_charges_are_cut_off_at_the_page_size():
    """Object query shows at most pageSize expanded charges: ten, where it is not given."""
    charges = ",".join(
        f'{{ orderKey = "O", subscriptionKey = "S", chargeNumber = "C-{n}" }}' for n in range(120)
    )
    rig = Rig(f'[invoice_schedules."IS-0000001"]\ncharges = [{charges}]')
    assert len(rig.get(QUERY).body["ratePlanCharges"]) == 10
    assert len(rig.get(f"{QUERY}&pageSize=99").body["ratePlanCharges"]) == 99
    assert rig.get(f"{QUERY}&pageSize=100").status == 400


@pytest.mark.parametrize(
    "extra", ['status = "Pending"', 'status = "Paused"', "unposted_invoices = true", "exists = false"]
)
def test_a_schedule_in_the_wrong_state_refuses(extra: str):
    """A schedule that is not processed, has unposted invoices or is gone lets nothing be detached."""
    reply = Rig(f'[invoice_schedules."IS-0000001"]\n{extra}').put(f"{PATH}/detach", asks("C-1"))
    assert reply.category == (40 if "exists" in extra else 30)


@pytest.mark.parametrize(
    ("body", "category"),
    [
        ({}, 20),
        ({"specificSubscriptions": []}, 20),
        ({"specificSubscriptions": ["C-1"]}, 20),
        ({"specificSubscriptions": [{"orderKey": "O-1", "chargeNumbers": ["C-1"]}]}, 22),
        (
            {"specificSubscriptions": [{"orderKey": "O-1", "subscriptionKey": "A", "chargeNumbers": "C-1"}]},
            20,
        ),
        ({"specificSubscriptions": [{"orderKey": "O-1", "subscriptionKey": "A", "chargeNumbers": []}]}, 20),
        ({"specificSubscriptions": [{"orderKey": "O-1", "subscriptionKey": "A", "chargeNumbers": [1]}]}, 20),
    ],
)
def test_malformed_detaches_are_refused(body: dict[str, object], category: int):
    """A body without the fields of the reference page is refused."""
    assert Rig().put(f"{PATH}/detach", body).category == category

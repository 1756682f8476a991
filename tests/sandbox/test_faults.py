import json

import pytest

from runner.sandbox.delivery import Cut, Dripped, NoConnection, Reset, Whole
from tests.sandbox.rig import AD_HOC, Rig

RUN = "/v1/journal-runs/JR-00000075"


def fault(kind: str, **members: object) -> str:
    """A scenario with one fault."""
    more = "\n".join(f"{name} = {json.dumps(value)}" for name, value in members.items())
    return f'[[faults]]\nfault = "{kind}"\n{more}\n'


def create(rig: Rig, **headers: str):
    """Create a bill run, whatever comes back."""
    begun = rig.begin("POST", "/v1/bill-runs", AD_HOC, **headers)
    rig.simulator.end(begun.ticket)
    return begun


@pytest.mark.parametrize(
    ("kind", "delivery", "effects"),
    [
        ("no_connect", NoConnection, 0),
        ("reset_before", Reset, 0),
        ("reset_after", Reset, 1),
        ("truncate", Cut, 1),
        ("drip", Dripped, 1),
        ("latency", Whole, 1),
        ("timeout", Whole, 1),
        ("status", Whole, 0),
        ("lock", Whole, 0),
        ("success_false", Whole, 0),
        ("html200", Whole, 0),
        ("redirect", Whole, 0),
        ("garbage", Whole, 1),
        ("empty", Whole, 1),
        ("oversized", Whole, 1),
        ("gzip_bomb", Whole, 1),
        ("wrong_id", Whole, 1),
        ("no_success_field", Whole, 1),
    ],
)
def test_each_fault_has_its_delivery_and_its_effect(kind: str, delivery: type, effects: int):
    """Each fault loses or changes the reply in its way, with or without the effect."""
    rig = Rig(fault(kind, times=1))
    assert isinstance(create(rig).delivery, delivery)
    assert len(rig.effects) == effects
    assert isinstance(create(rig).delivery, Whole)
    assert len(rig.effects) == effects + 1


@pytest.mark.parametrize("effect", ["none", "applied", "late"])
def test_any_fault_can_be_given_another_effect(effect: str):
    """`effect` decides whether a request that seems to fail takes effect all the same."""
    rig = Rig(fault("status", status=500, effect=effect, after_s=30, times=1))
    assert rig.put(f"{RUN}/cancel").status == 500
    assert len(rig.effects) == (effect == "applied")
    rig.after(31)
    assert len(rig.effects) == (effect != "none")


def test_a_late_effect_comes_late():
    """Until the late effect comes its key is in flight, then its reply is stored."""
    rig = Rig(fault("late_effect", after_s=30, times=1))
    assert isinstance(create(rig, Idempotency_Key="k").delivery, Reset)
    assert rig.after(29).post(AD_HOC, Idempotency_Key="k").status == 409
    assert rig.effects == []
    reply = rig.after(2).post(AD_HOC, Idempotency_Key="k")
    assert (reply.status, len(rig.effects)) == (200, 1)
    assert rig.effects[0]["at"] == "2026-09-21T14:13:50.000000Z"


def test_a_late_effect_can_come_to_nothing():
    """A late request meets the state of its own time: what was cancelled meanwhile is refused."""
    rig = Rig(fault("late_effect", after_s=30, times=1))
    path = f"/v1/bill-runs/{'a' * 32}/cancel"
    rig.simulator.end(rig.begin("PUT", path, {}).ticket)
    assert rig.put(path).status == 200
    rig.after(60)
    assert len(rig.effects) == 1


def test_a_late_effect_survives_a_restart():
    """An effect that was still to come when the process died comes in the next one, once."""
    rig = Rig(fault("late_effect", after_s=30, times=1))
    create(rig, Idempotency_Key="k")
    reborn = rig.reborn().after(31)
    assert len(reborn.effects) == 1
    assert reborn.reborn().after(100).effects == reborn.effects
    assert reborn.post(AD_HOC, Idempotency_Key="k").status == 200


def test_status_faults_carry_what_the_scenario_says():
    """Status, category, message and Retry-After of an invented refusal are given."""
    rig = Rig(fault("status", status=429, retry_after="-1", message="slow down"))
    reply = rig.get(RUN)
    assert (reply.status, reply.category, reply.headers["retry-after"]) == (429, 70, "-1")
    assert Rig(fault("status", status=401)).get(RUN).body == {"message": "Injected by the scenario."}
    assert Rig(fault("status", status=503)).get(RUN).headers["content-type"] == "text/html"
    assert Rig(fault("status", status=403, category=10)).get(RUN).category == 10


def test_a_lock_is_a_409_with_a_code_that_ends_in_50():
    """Lock contention is 409 with a reason code; in older versions 200 with success false."""
    reply = Rig(fault("lock")).put(f"{RUN}/cancel")
    assert (reply.status, reply.category) == (409, 50)
    older = Rig(fault("lock"), version=None).put(f"{RUN}/cancel")
    assert (older.status, older.body["success"], older.category) == (200, False, 50)


def test_a_lock_is_stored_under_its_key():
    """A refusal that the API itself gives is replayed under the same key; a new key goes through."""
    rig = Rig(fault("lock", times=1))
    assert rig.post(AD_HOC, Idempotency_Key="k").status == 409
    assert rig.post(AD_HOC, Idempotency_Key="k").category == 50
    assert rig.post(AD_HOC, Idempotency_Key="k2").status == 200


def test_a_stored_500_hides_an_effect():
    """A 500 with the effect applied is replayed under its key, though the run exists."""
    rig = Rig(fault("status", status=500, effect="applied", times=1))
    assert [rig.post(AD_HOC, Idempotency_Key="k").status for _ in range(2)] == [500, 500]
    assert len(rig.effects) == 1
    assert len(rig.get("/object-query/billing-runs?filter[]=name.EQ:month%20end").body["data"]) == 1


def test_changed_replies_differ_in_one_thing():
    """`wrong_id` names another object, `no_success_field` lacks the field; the rest is the real reply."""
    wrong = Rig(fault("wrong_id")).post(AD_HOC).body
    assert (wrong["billRunNumber"], wrong["success"]) == ("BR-99999999", True)
    assert "success" not in Rig(fault("no_success_field")).put(f"{RUN}/cancel").body


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ('{ operation = "create_bill_run" }', [0]),
        ('{ operation = "write" }', [0, 1]),
        ('{ operation = "read" }', [2, 3]),
        ('{ path = "JR-" }', [1, 3]),
        ('{ target = "^month" }', [0]),
        ('{ target = "JR-00000075", nth = [2] }', [3]),
        ('{ operation = "token" }', []),
        ("{ from_s = 100 }", []),
        ("{ until_s = 1 }", [0, 1, 2, 3]),
        ("{ probability = 0.0 }", []),
    ],
)
def test_matches_choose_requests(match: str, struck: list[int]):
    """A fault strikes the requests for which all of its match holds."""
    rig = Rig(f'[[faults]]\nfault = "status"\nmatch = {match}')
    seen = [
        rig.post(AD_HOC).status,
        rig.put(f"{RUN}/cancel").status,
        rig.get("/v1/invoice-schedules/IS-1").status,
        rig.get(RUN).status,
    ]
    assert [index for index, status in enumerate(seen) if status == 503] == struck


def test_chance_is_the_same_every_time():
    """The same seed strikes the same requests; about as many as the probability says."""
    scenario = '[[faults]]\nfault = "status"\nmatch = { probability = 0.3 }'
    first = [Rig(scenario).get(RUN).status for _ in range(3)]
    assert len(set(first)) == 1
    rig, again = Rig(scenario), Rig(scenario)
    drawn = [rig.get(RUN).status for _ in range(200)]
    assert drawn == [again.get(RUN).status for _ in range(200)]
    assert 35 < drawn.count(503) < 85


def test_counts_of_faults_outlive_the_process():
    """`times` holds over restarts, and begins anew with other faults."""
    scenario = fault("status", times=1)
    rig = Rig(scenario)
    rig.get(RUN)
    assert rig.reborn().get(RUN).status == 200
    assert rig.reborn(fault("status", status=500, times=1)).get(RUN).status == 500

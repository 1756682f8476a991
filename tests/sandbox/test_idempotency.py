import pytest

from tests.sandbox.rig import AD_HOC, Rig


def test_a_second_use_gets_the_stored_reply():
    """The same key replays status, headers and body of the first use, and makes nothing."""
    rig = Rig()
    first = rig.post(AD_HOC, Idempotency_Key="k", Zuora_Track_Id="one")
    again = rig.after(3600).post({**AD_HOC, "name": "other"}, Idempotency_Key="k", Zuora_Track_Id="two")
    assert again.raw == first.raw
    assert again.headers["zuora-request-id"] == first.headers["zuora-request-id"]
    assert again.headers["zuora-track-id"] == "one"
    assert len(rig.effects) == 1


def test_the_track_id_of_a_replay_can_be_its_own():
    """With `replay_track_id = false` a replay echoes the track id of the request that is answered."""
    rig = Rig("[keys]\nreplay_track_id = false")
    rig.post(AD_HOC, Idempotency_Key="k", Zuora_Track_Id="one")
    assert rig.post(AD_HOC, Idempotency_Key="k", Zuora_Track_Id="two").headers["zuora-track-id"] == "two"


def test_failures_are_stored_too():
    """A refusal is replayed under its key, even when the body is right the second time."""
    rig = Rig()
    assert rig.post({"batches": ["Batch1"]}, Idempotency_Key="k").status == 400
    assert rig.post(AD_HOC, Idempotency_Key="k").status == 400
    assert rig.post(AD_HOC, Idempotency_Key="k2").status == 200


def test_a_key_is_forgotten_after_24_hours():
    """24 hours after its first use a key protects nothing."""
    rig = Rig()
    rig.post(AD_HOC, Idempotency_Key="k")
    rig.after(86399).post(AD_HOC, Idempotency_Key="k")
    assert len(rig.effects) == 1
    rig.after(1).post(AD_HOC, Idempotency_Key="k")
    assert len(rig.effects) == 2


def test_a_key_in_flight_is_a_conflict_without_a_code():
    """While the first use is in flight the same key gets 409 without a reason code, then the stored reply."""
    rig = Rig()
    begun = rig.begin("POST", "/v1/bill-runs", AD_HOC, Idempotency_Key="k")
    conflict = rig.post(AD_HOC, Idempotency_Key="k")
    assert conflict.status == 409
    assert "reasons" not in conflict.body
    rig.simulator.end(begun.ticket)
    assert rig.post(AD_HOC, Idempotency_Key="k").status == 200
    assert len(rig.effects) == 1


def test_another_request_under_a_key_is_a_mismatch():
    """The same key with another URL is refused with 422."""
    rig = Rig()
    rig.post(AD_HOC, Idempotency_Key="k")
    assert rig.call("POST", "/v1/bill-runs?x=1", AD_HOC, Idempotency_Key="k").status == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/journal-runs/JR-00000001/cancel"), ("GET", "/v1/journal-runs/JR-00000001")],
)
def test_a_key_on_anything_but_post_is_refused(method: str, path: str):
    """A key on a PUT or GET is refused with 400, and the operation is not performed."""
    rig = Rig()
    reply = rig.call(method, path, {}, Idempotency_Key="k")
    assert (reply.status, reply.body["success"]) == (400, False)
    assert rig.effects == []


def test_a_key_has_at_most_255_characters():
    """A longer key is refused."""
    assert Rig().post(AD_HOC, Idempotency_Key="k" * 255).status == 200
    assert Rig().post(AD_HOC, Idempotency_Key="k" * 256).status == 400


@pytest.mark.parametrize(("stored", "second"), [("true", 429), ("false", 200)])
def test_whether_a_429_is_stored_is_up_to_the_scenario(stored: str, second: int):
    """A 429 is replayed under its key only where the scenario says so."""
    rig = Rig(f"[keys]\nstore_429 = {stored}\n[limits]\nper_minute = 1")
    rig.get("/v1/journal-runs/JR-00000001")
    assert rig.post(AD_HOC, Idempotency_Key="k").status == 429
    assert rig.after(60).post(AD_HOC, Idempotency_Key="k").status == second


@pytest.mark.parametrize(
    ("status", "keys", "second"),
    [(500, "", 500), (500, "store_5xx = false", 200), (503, "", 200), (503, "store_gateway = true", 503)],
)
def test_whether_a_5xx_is_stored_is_up_to_the_scenario(status: int, keys: str, second: int):
    """The API's own 500 is stored unless told otherwise, a gateway's 503 only when told so."""
    fault = f'[[faults]]\nfault = "status"\nstatus = {status}\ntimes = 1'
    rig = Rig(f"[keys]\n{keys}\n{fault}")
    assert rig.post(AD_HOC, Idempotency_Key="k").status == status
    assert rig.post(AD_HOC, Idempotency_Key="k").status == second


def test_keys_outlive_the_process():
    """A new process of the same tenant replays what the old one stored."""
    rig = Rig()
    first = rig.post(AD_HOC, Idempotency_Key="k")
    again = rig.reborn().post(AD_HOC, Idempotency_Key="k")
    assert again.raw == first.raw

import json
from urllib.parse import urlencode

import pytest

from runner.core.wire import Request
from runner.sandbox.delivery import Whole
from runner.sandbox.setup import Setup
from tests.sandbox.rig import AD_HOC, Rig

RUN = "/v1/journal-runs/JR-00000075"
US, EMEA = "2c9890077e8a8490017e8bf3a5171a43", "2c9890077e8a8490017e8bf3a5171a44"
TWO = Setup(entities=(US, EMEA), orgs=("north", "south"))
FORM = {"client_id": "any", "client_secret": "any", "grant_type": "client_credentials"}


def token_reply(rig: Rig, form: dict[str, str], **headers: str):
    """Ask for a token."""
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    begun = rig.simulator.begin(Request("POST", "/oauth/token", sent, urlencode(form).encode()), rig.now)
    assert isinstance(begun.delivery, Whole)
    return begun.delivery.answer


def test_any_client_gets_a_token_whose_scope_names_tenant_and_entities():
    """A token shows the tenant's id and the entities that it covers, as UUIDs."""
    rig = Rig(setup=TWO)
    answer = token_reply(rig, FORM)
    body = json.loads(answer.body)
    assert (answer.status, body["expires_in"], body["token_type"]) == (200, 3599, "bearer")
    items = body["scope"].split()
    assert "tenant.10001" in items
    assert "entity.2c989007-7e8a-8490-017e-8bf3a5171a43" in items
    rig.token = body["access_token"]
    assert rig.get(RUN, Zuora_Entity_Ids=US, Zuora_Org_Ids="north").status == 200


def test_a_token_can_be_asked_for_one_entity():
    """A token for one entity needs no entity header, and is not valid for another."""
    rig = Rig(setup=TWO)
    rig.token = json.loads(token_reply(rig, FORM, Zuora_Entity_Ids=EMEA).body)["access_token"]
    assert rig.get(RUN, Zuora_Org_Ids="north").status == 200
    assert rig.get(RUN, Zuora_Org_Ids="north", Zuora_Entity_Ids=US).code == 90000020


@pytest.mark.parametrize(
    ("form", "status"),
    [({**FORM, "grant_type": "password"}, 400), ({"grant_type": "client_credentials"}, 401)],
)
def test_malformed_token_requests_are_refused(form: dict[str, str], status: int):
    """Another grant type or missing credentials get no token."""
    assert token_reply(Rig(), form).status == status


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Bearer a.b", "Basic x"])
def test_a_request_without_a_valid_token_gets_401(authorization: str):
    """A missing or unknown token is answered by the gateway: 401 and a message."""
    rig = Rig()
    reply = rig.post(AD_HOC, Authorization=authorization)
    assert reply.status == 401
    assert set(reply.body) == {"message"}
    assert rig.effects == []


def test_a_token_expires():
    """After its time a token is refused; a new one works."""
    rig = Rig("[tenant]\ntoken_s = 60")
    old = rig.token
    assert rig.get(RUN).status == 200
    assert rig.after(61).get(RUN, Authorization=f"Bearer {old}").status == 401
    assert rig.get(RUN).status == 200


def test_a_token_outlives_the_process_but_not_the_tenant():
    """Tokens hold over a restart of the same tenant."""
    rig = Rig()
    assert rig.reborn().get(RUN, Authorization=f"Bearer {rig.token}").status == 200


@pytest.mark.parametrize("entity", ["", f"{US},{EMEA}", "2c9890077e8a8490017e8bf3a5171a45"])
def test_several_entities_need_exactly_one_of_them(entity: str):
    """With several entities, none, two or a foreign one is refused with 90000020."""
    rig = Rig(setup=TWO)
    reply = rig.put(f"{RUN}/cancel", Zuora_Entity_Ids=entity, Zuora_Org_Ids="north")
    assert (reply.status, reply.code) == (400, 90000020)


@pytest.mark.parametrize(
    ("orgs", "status"), [("north", 200), ("south,north", 200), ("", 400), ("north,west", 400)]
)
def test_orgs_are_a_subset_of_the_tenants(orgs: str, status: int):
    """A foreign org is refused, and so is a request that names none."""
    rig = Rig(setup=TWO)
    assert rig.put(f"{RUN}/cancel", Zuora_Entity_Ids=US, Zuora_Org_Ids=orgs).status == status


def test_a_missing_org_can_mean_all_of_them():
    """As the reference page says it, where the scenario wants that."""
    rig = Rig('[tenant]\nmissing_org = "all"', setup=TWO)
    assert rig.put(f"{RUN}/cancel", Zuora_Entity_Ids=US).status == 200
    assert rig.effects[0]["orgs"] == ["north", "south"]


def test_objects_of_one_entity_are_not_seen_in_another():
    """A created run is found in its own entity and org alone."""
    rig = Rig(setup=TWO)
    body = {**AD_HOC, "organizationLabels": [{"organizationId": "north"}]}
    made = rig.post(body, Zuora_Entity_Ids=US, Zuora_Org_Ids="north").body["id"]
    for entity, org, status in (
        (US, "north", 200),
        (US, "north,south", 200),
        (EMEA, "north", 404),
        (US, "south", 404),
    ):
        assert rig.get(f"/v1/bill-runs/{made}", Zuora_Entity_Ids=entity, Zuora_Org_Ids=org).status == status
    wrong = {**AD_HOC, "organizationLabels": [{"organizationId": "south"}]}
    assert rig.post(wrong, Zuora_Entity_Ids=US, Zuora_Org_Ids="north").category == 30


def test_each_scope_has_its_own_unmentioned_objects():
    """The same number cancelled in two entities is two journal runs."""
    rig = Rig(setup=Setup(entities=(US, EMEA)))
    for entity in (US, EMEA):
        assert rig.put(f"{RUN}/cancel", Zuora_Entity_Ids=entity).status == 200
    assert [effect["entity"] for effect in rig.effects] == [US, EMEA]


def test_a_tenant_without_entities_takes_any_unless_it_is_strict():
    """Nothing configured: any well-formed id is one; `strict_scope` refuses them."""
    assert Rig().get(RUN, Zuora_Entity_Ids="us-1", Zuora_Org_Ids="n").status == 200
    assert Rig().get(RUN, Zuora_Entity_Ids="us 1").status == 400
    assert Rig("[tenant]\nstrict_scope = true").get(RUN, Zuora_Entity_Ids="us-1").status == 400
    assert Rig("[tenant]\nstrict_scope = true").get(RUN, Zuora_Org_Ids="n").status == 400


@pytest.mark.parametrize(
    ("track_id", "status"),
    [("a" * 64, 200), ("a" * 65, 400), ("a:b", 400), ("a;b", 400), ('a"b', 400), ("a'b", 400), ("é", 400)],
)
def test_track_ids_keep_to_the_page(track_id: str, status: int):
    """A track id of at most 64 US-ASCII characters without : ; " ' is echoed; any other is refused."""
    reply = Rig().get(RUN, Zuora_Track_Id=track_id)
    assert reply.status == status
    assert reply.headers.get("zuora-track-id") == (track_id if track_id.isascii() else None)


def test_every_reply_has_the_headers_of_the_edge():
    """Request id, date, rate and concurrency headers are on every reply, success or not."""
    for path, status in ((RUN, 200), ("/v1/journal-runs/x", 404)):
        headers = Rig().get(path).headers
        assert len(headers["zuora-request-id"]) == 36
        assert headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
        assert headers["ratelimit-limit"] == "50000, 50000;w=60, 2250000;w=3600, 27000000;w=86400"
        assert headers["ratelimit-remaining"] == "49999"
        assert headers["ratelimit-reset"] == "40"
        assert headers["concurrency-limit-type"] == "Default"
        assert headers["concurrency-limit-remaining"] == "39"
        assert Rig().get(path).status == status


def test_the_minute_is_limited_and_refused_calls_count():
    """The 429 of the rate has code 70, no success field, and says when the window begins anew."""
    rig = Rig("[limits]\nper_minute = 2")
    assert [rig.get(RUN).status for _ in range(4)] == [200, 200, 429, 429]
    reply = rig.get(RUN)
    assert reply.body == {
        "reasons": [{"code": 70, "message": "API Rate limit exceeded for the minute, retry after 40 seconds"}]
    }
    assert (reply.headers["ratelimit-remaining"], reply.headers["ratelimit-reset"]) == ("0", "40")
    assert "retry-after" not in reply.headers
    assert rig.after(40).get(RUN).status == 200
    assert Rig("[limits]\nper_hour = 1\nrate_retry_after = true").get(RUN).status == 200


def test_the_token_call_has_a_limit_of_its_own():
    """More token requests in a minute than allowed get 429, and do not count as API calls."""
    rig = Rig("[limits]\ntoken_per_minute = 1")
    assert [token_reply(rig, FORM).status for _ in range(2)] == [200, 429]
    assert rig.get(RUN).headers["ratelimit-remaining"] == "49999"


def test_concurrency_is_counted_for_each_entity_and_bucket():
    """Requests in flight beyond the limit get 429 with Retry-After 120 and code 50000070."""
    rig = Rig("[limits]\nconcurrency = 2\nconcurrency_object_query = 1", setup=Setup(entities=(US, EMEA)))
    held = [rig.begin("GET", RUN, Zuora_Entity_Ids=US) for _ in range(2)]
    reply = rig.get(RUN, Zuora_Entity_Ids=US)
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (429, 50000070, "120")
    assert rig.get(RUN, Zuora_Entity_Ids=EMEA).status == 200
    assert rig.get("/object-query/billing-runs", Zuora_Entity_Ids=US).status == 200
    rig.simulator.end(held[0].ticket)
    assert rig.get(RUN, Zuora_Entity_Ids=US).status == 200


@pytest.mark.parametrize(
    ("version", "status"), [("2025-08-12", 404), ("2024-05-20", 404), ("341.0", 200), (None, 200)]
)
def test_the_version_decides_about_the_status_of_a_failure(version: str | None, status: int):
    """From 2024-05-20 a failure is a 4xx; before, and without a version, it is 200 with success false."""
    reply = Rig(version=version).get("/v1/bill-runs/" + "0" * 31)
    assert reply.status == status
    assert (reply.body["success"], reply.category) == (False, 40)
    assert reply.body["requestId"] == reply.headers["zuora-request-id"]
    assert len(reply.body["processId"]) == 16


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("POST", RUN, 405),
        ("DELETE", RUN, 405),
        ("GET", "/v1/x?" + "y" * 9000, 414),
    ],
)
def test_unknown_endpoints_are_refused(method: str, path: str, status: int):
    """An unknown path is 404, a known one with another method 405, an endless one 414."""
    assert Rig().call(method, path, {}).status == status

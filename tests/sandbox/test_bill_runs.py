import json

import pytest

from tests.sandbox.rig import AD_HOC, Rig

ANY = "2c9890077e8a8490017e8bf3a5171a43"
SCHEDULED = {
    "batches": ["AllBatches"],
    "name": "weekly",
    "schedule": {
        "repeatFrom": "2026-10-05",
        "repeatType": "Weekly",
        "runTime": 3,
        "weeklyOnDay": ["Mon", "Thu"],
    },
}


def status_of(rig: Rig, run_id: str) -> str:
    """The status that the v1 read shows."""
    return rig.get(f"/v1/bill-runs/{run_id}").body["status"]


def record_of(rig: Rig, run_id: str) -> dict[str, object]:
    """The record of object query."""
    return rig.get(f"/object-query/billing-runs/{run_id}").body


def test_an_ad_hoc_run_goes_from_pending_to_completed_with_counts():
    """A created ad hoc run is Pending, then Processing, then Completed with its counts."""
    rig = Rig()
    run_id = rig.post(AD_HOC).body["id"]
    assert status_of(rig.after(0.05), run_id) == "Pending"
    assert "numberOfInvoices" not in record_of(rig, run_id)
    assert status_of(rig.after(0.5), run_id) == "Processing"
    assert status_of(rig.after(6), run_id) == "Completed"
    record = record_of(rig, run_id)
    assert isinstance(record["numberOfInvoices"], int)
    assert record["numberOfAccounts"] == record["numberOfInvoices"]
    assert "errorMessage" not in record


def test_auto_post_ends_in_posted():
    """A run created with autoPost goes through PostInProgress to Posted, and cannot be cancelled then."""
    rig = Rig("[delays]\nbill_run_post = [10, 10]")
    run_id = rig.post({**AD_HOC, "autoPost": True}).body["id"]
    seen = [status_of(rig.after(0.1), run_id) for _ in range(100)]
    assert list(dict.fromkeys(seen)) == ["Pending", "Processing", "Completed", "PostInProgress", "Posted"]
    reply = rig.put(f"/v1/bill-runs/{run_id}/cancel")
    assert "There are Posted invoices" in reply.body["reasons"][0]["message"]


def test_the_scenario_decides_what_becomes_of_a_created_run():
    """The first rule whose patterns match refuses a creation, or lets it end in Error."""
    rig = Rig("""
        [[created]]
        account = "^A-hold$"
        refuse = { category = 30, message = "account A-hold is on hold" }
        [[created]]
        name = "broken"
        end = "Error"
        error_message = "tax engine timed out"
    """)
    held = {"targetDate": "2026-09-30", "billRunFilters": [{"filterType": "Account", "accountId": "A-hold"}]}
    assert (refused := rig.post(held)).category == 30
    assert refused.body["reasons"][0]["message"] == "account A-hold is on hold"
    run_id = rig.post({**AD_HOC, "name": "broken one"}).body["id"]
    record = record_of(rig.after(10), run_id)
    assert (record["status"], record["errorMessage"]) == ("Error", "tax engine timed out")


def test_dates_default_as_the_page_says():
    """The invoice date defaults to today in the tenant's timezone, for a scheduled run to repeatFrom."""
    rig = Rig()
    assert rig.post(AD_HOC).body["invoiceDate"] == "2026-09-21"
    scheduled = rig.post(SCHEDULED).body
    assert (scheduled["invoiceDate"], scheduled["targetDate"]) == ("2026-10-05", "2026-10-05")
    assert scheduled["scheduledExecutionTime"] == "2026-10-05 03:00:00"
    assert status_of(rig.after(86400), scheduled["id"]) == "Pending"


def test_more_than_500_pending_runs_shut_the_gate():
    """With more than 500 Pending runs a creation is refused by category 30; with fewer it works again."""
    rig = Rig("[preload]\npending = 500\nfor_s = 100\n[delays]\nbill_run_queue = [5000, 5000]")
    assert rig.post(AD_HOC).status == 200
    assert rig.post(AD_HOC).category == 30
    assert rig.after(1).post(AD_HOC).status == 200
    assert len(rig.effects) == 2


@pytest.mark.parametrize("body", [{}, {"cancelOnce": True}, {"cancelOnce": False}, {"cancelOnce": None}])
def test_an_unmentioned_run_is_cancelled_in_time(body: dict[str, object]):
    """A well-formed id that nobody mentioned is a Completed run, which a cancel takes to Canceled."""
    rig = Rig()
    assert status_of(rig, ANY) == "Completed"
    reply = rig.put(f"/v1/bill-runs/{ANY}/cancel", body)
    assert (reply.body["id"], reply.body["status"], reply.body["success"]) == (ANY, "CancelInProgress", True)
    assert status_of(rig.after(0.4), ANY) == "CancelInProgress"
    assert status_of(rig.after(2), ANY) == "Canceled"
    assert [effect["target"] for effect in rig.effects] == [ANY]


def test_a_second_cancel_is_refused():
    """Neither a run that is being cancelled nor one that is Canceled can be cancelled again."""
    rig = Rig()
    rig.put(f"/v1/bill-runs/{ANY}/cancel")
    assert rig.put(f"/v1/bill-runs/{ANY}/cancel").category == 30
    assert rig.after(5).put(f"/v1/bill-runs/{ANY}/cancel").category == 30
    assert len(rig.effects) == 1


@pytest.mark.parametrize(
    "status", ["Processing", "Posted", "Paused", "PostInProgress", "Error", "RemoveInProgress"]
)
def test_a_run_in_another_state_is_not_cancelled(status: str):
    """Only Pending and Completed runs are cancelled."""
    rig = Rig(f'[bill_runs."{ANY}"]\nstatus = "{status}"')
    assert rig.put(f"/v1/bill-runs/{ANY}/cancel").category == 30
    assert status_of(rig, ANY) == status


def test_cancelling_one_occurrence_schedules_the_next():
    """cancelOnce=true on a recurring run answers with the next run, which is Pending under the same name."""
    rig = Rig()
    run_id = rig.post(SCHEDULED).body["id"]
    reply = rig.put(f"/v1/bill-runs/{run_id}/cancel", {"cancelOnce": True}).body
    following = reply["nextRun"]
    assert following["id"] != run_id
    assert (following["name"], following["status"]) == ("weekly", "Pending")
    assert following["schedule"]["repeatFrom"] == "2026-10-08"
    assert status_of(rig.after(3), run_id) == "Canceled"
    assert status_of(rig, following["id"]) == "Pending"
    assert len(rig.effects) == 2


def test_cancelling_the_series_leaves_nothing_pending():
    """cancelOnce=false cancels every Pending run of the series, in one effect."""
    rig = Rig()
    first = rig.post(SCHEDULED).body["id"]
    following = rig.put(f"/v1/bill-runs/{first}/cancel", {"cancelOnce": True}).body["nextRun"]["id"]
    reply = rig.put(f"/v1/bill-runs/{following}/cancel", {"cancelOnce": False}).body
    assert "nextRun" not in reply
    assert status_of(rig.after(5), following) == "Canceled"
    assert rig.effects[-1]["effect"] == "bill_run_series_canceled"
    pending = rig.get("/object-query/billing-runs?filter[]=status.EQ:Pending").body["data"]
    assert pending == []


def test_only_an_id_names_a_run_in_the_path():
    """The v1 paths take 32 hex digits; a number there, or anything else, is not found."""
    rig = Rig()
    for key in ("BR-00000042", "abc", "x" * 32, "%2e%2e"):
        assert rig.put(f"/v1/bill-runs/{key}/cancel").status == 404


def test_a_cancel_needs_a_json_body():
    """A cancel without a JSON body is refused as a live tenant does: 415, code 50000045."""
    reply = Rig().call("PUT", f"/v1/bill-runs/{ANY}/cancel")
    assert (reply.status, reply.code) == (415, 50000045)
    assert Rig().put(f"/v1/bill-runs/{ANY}/cancel", {"cancelOnce": "false"}).status == 400


def test_scenario_runs_move_by_themselves():
    """A run of the scenario takes the states that are planned, and can be cancelled in the right one."""
    rig = Rig("""
        [bill_runs."BR-00000042"]
        status = "Processing"
        then = [{ after_s = 20, status = "Completed" }]
        cancel_s = 3
        cancel_ends = "Completed"
    """)
    run_id = str(record_of(rig, "BR-00000042")["id"])
    assert rig.put(f"/v1/bill-runs/{run_id}/cancel").category == 30
    assert rig.after(21).put(f"/v1/bill-runs/{run_id}/cancel").status == 200
    assert status_of(rig.after(2), run_id) == "CancelInProgress"
    assert status_of(rig.after(2), run_id) == "Completed"


def test_what_the_scenario_says_is_gone_is_not_found():
    """`exists = false` hides a run by number and by id."""
    rig = Rig('[bill_runs."BR-00000007"]\nexists = false')
    known = Rig().get("/object-query/billing-runs/BR-00000007").body["id"]
    assert rig.get("/object-query/billing-runs/BR-00000007").status == 404
    assert rig.put(f"/v1/bill-runs/{known}/cancel").status == 404
    assert Rig('[tenant]\nunmentioned = "absent"').get(f"/v1/bill-runs/{ANY}").status == 404


def test_an_effect_tells_who_did_what_where():
    """An effect line holds the operation, the target, the scope, the key and both request ids."""
    rig = Rig()
    headers = {
        "Zuora_Entity_Ids": "us-1",
        "Zuora_Org_Ids": "n,m",
        "Zuora_Track_Id": "t-1",
        "Idempotency_Key": "k",
    }
    reply = rig.post({**AD_HOC, "organizationLabels": [{"organizationId": "n"}]}, **headers)
    assert json.loads(json.dumps(rig.effects)) == [
        {
            "n": 1,
            "at": "2026-09-21T14:13:20.000000Z",
            "operation": "create_bill_run",
            "effect": "bill_run_created",
            "target": reply.body["id"],
            "number": "BR-50000001",
            "name": "month end",
            "entity": "us-1",
            "orgs": ["m", "n"],
            "track_id": "t-1",
            "idempotency_key": "k",
            "charges": None,
            "request_id": reply.headers["zuora-request-id"],
        }
    ]

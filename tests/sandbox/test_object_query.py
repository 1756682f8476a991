import time
from urllib.parse import quote

import pytest

from runner.core.wire import Request
from runner.sandbox.bill_run_shelf import id_of_number, number_of_id
from runner.sandbox.state import BillRun
from runner.sandbox.world import bill_run_facts
from tests.sandbox.rig import AD_HOC, BEGINNING, Rig

RUNS = "/object-query/billing-runs"


def found(rig: Rig, *filters: str, extra: str = "") -> list[str]:
    """The numbers of the runs that filters find."""
    query = "&".join(f"filter[]={quote(each)}" for each in filters)
    return [str(each["billingRunNumber"]) for each in rig.get(f"{RUNS}?{query}{extra}").body["data"]]


@pytest.fixture
def rig() -> Rig:
    """Three runs: alpha (Pending, scheduled), Beta, alpha again."""
    rig = Rig()
    schedule = {"repeatFrom": "2026-10-01", "repeatType": "Daily", "runTime": 1}
    rig.post({"batches": ["Batch2"], "name": "alpha zbr-1", "schedule": schedule})
    rig.post({**AD_HOC, "name": "Beta, [x]"})
    rig.post({**AD_HOC, "name": "alpha zbr-1"})
    return rig.after(20)


A, B, C = "BR-50000001", "BR-50000002", "BR-50000003"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["name.EQ:alpha zbr-1"], [A, C]),
        (["name.EQ:ALPHA ZBR-1"], [A, C]),
        (["name.EQ:Beta, [x]"], [B]),
        (["name.IN:[alpha zbr-1,nobody]"], [A, C]),
        (["name.IN:[Beta, [x]]"], []),
        (["name.SW:alpha"], [A, C]),
        (["name.EQ:alpha zbr-1", "status.EQ:Pending"], [A]),
        (["status.EQ:Pending"], [A]),
        (["status.IN:[Pending,Completed]"], [A, B, C]),
        (["status.NE:Pending"], [B, C]),
        (["billingrunnumber.EQ:BR-50000002"], [B]),
        (["billingRunNumber.IN:[BR-50000002,BR-50000003]", "status.EQ:Completed"], [B, C]),
        (["billingrunnumber.EQ:BR-00000042"], ["BR-00000042"]),
        (["billingrunnumber.EQ:BR-00000042", "status.EQ:Pending"], []),
        (["targetdate.EQ:2026-09-30"], [B, C]),
        (["updateddate.GT:2026-09-21T14:13:21+00:00"], [B, C]),
        (["repeattype.EQ:Daily"], [A]),
        (["executeddate.EQ:null"], [A]),
        (["numberofinvoices.GE:1"], [B, C]),
    ],
)
def test_filters_find_what_they_say(rig: Rig, filters: list[str], expected: list[str]):
    """Filters are ANDed, compare without case, and IN splits at every comma."""
    assert found(rig, *filters) == expected


@pytest.mark.parametrize(
    "query",
    [
        "filter[]=errormessage.EQ:x",
        "filter[]=name",
        "filter[]=name.LIKE:x",
        "filter[]=name.IN:a",
        "pageSize=0",
        "pageSize=100",
        "pageSize=x",
        "cursor=%21",
    ],
)
def test_queries_that_zuora_refuses(rig: Rig, query: str):
    """An unknown field or operator, a list without brackets, or a page size out of 1 to 99 is refused."""
    reply = rig.get(f"{RUNS}?{query}")
    assert (reply.status, reply.category) == (400, 27)
    assert "success" not in reply.body


def test_pages_are_followed_by_their_cursor():
    """Ten records a page by default; nextPage as the cursor gives the following ones, each exactly once."""
    rig = Rig("[preload]\npending = 25\nfor_s = 1000")
    seen: list[str] = []
    query, pages = "", 0
    while True:
        page = rig.get(f"{RUNS}?filter[]=status.EQ:Pending{query}").body
        seen += [each["billingRunNumber"] for each in page["data"]]
        pages += 1
        if "nextPage" not in page:
            break
        query = "&cursor=" + quote(page["nextPage"])
    assert pages == 3
    assert seen == [f"BR-{40_000_000 + n}" for n in range(1, 26)]


def test_fields_and_null_members_are_chosen(rig: Rig):
    """fields[] chooses members; null ones come only with includeNullFields."""
    record = rig.get(f"{RUNS}?filter[]=name.SW:Beta&fields[]=id,Status").body["data"][0]
    assert set(record) == {"id", "status"}
    assert "errorMessage" not in rig.get(f"{RUNS}/{B}").body
    assert rig.get(f"{RUNS}/{B}?includeNullFields=true").body["errorMessage"] is None


def test_a_run_is_found_by_number_and_by_id(rig: Rig):
    """The single read takes either key; the number of an unmentioned run leads to its id and back."""
    by_number = rig.get(f"{RUNS}/BR-00000042").body
    assert rig.get(f"{RUNS}/{by_number['id']}").body == by_number
    assert by_number["createdDate"] == "2026-09-20T14:13:20+00:00"
    assert number_of_id(id_of_number("BR-0123456789")) == "BR-0123456789"
    assert rig.get(f"{RUNS}/BR-1").status == 404


def test_names_are_found_among_thirty_thousand_runs():
    """Lookups by name, number and state do not slow down with the number of runs."""
    rig = Rig()
    for n in range(30_000):
        run = BillRun(f"{n:032x}", f"BR-6{n:07d}", f"run {n}", "Completed", BEGINNING, BEGINNING)
        rig.simulator.replay({"facts": bill_run_facts([run])}, rig.now)
    request = Request("GET", f"{RUNS}?filter[]=name.EQ:run%2027777", {"Authorization": f"Bearer {rig.token}"})
    begun_at = time.process_time()
    for _ in range(50):
        rig.simulator.end(rig.simulator.begin(request, rig.now).ticket)
    assert time.process_time() - begun_at < 1.0
    assert found(rig, "name.EQ:run 27777") == ["BR-60027777"]

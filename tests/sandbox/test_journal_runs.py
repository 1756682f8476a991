import pytest

from tests.sandbox.rig import Rig

RUN = "/v1/journal-runs/JR-00000075"
ENTRIES = "/v1/journal-entries/journal-runs/JR-00000075"
TEN_ONE = '[journal_runs."JR-00000075"]\nentries = 10\ntransferred = 1\n'


def test_an_unmentioned_run_is_cancelled_whole():
    """A well-formed number that nobody mentioned is a Completed run; its cancel ends in Cancelled."""
    rig = Rig()
    assert rig.get(RUN).body["status"] == "Completed"
    assert rig.put(f"{RUN}/cancel").body == {"success": True}
    assert rig.after(0.9).get(RUN).body["status"] == "CancelInprogress"
    assert rig.after(4).get(RUN).body["status"] == "Cancelled"
    assert {entry["status"] for entry in rig.get(ENTRIES).body["journalEntries"]} == {"Cancelled"}
    assert rig.put(f"{RUN}/cancel").category == 30
    assert len(rig.effects) == 1


def test_transferred_entries_survive_and_the_run_shows_completed_again():
    """The example of the reference page: ten entries, one transferred; nine are cancelled."""
    rig = Rig(TEN_ONE)
    rig.put(f"{RUN}/cancel")
    assert rig.put(f"{RUN}/cancel").category == 30
    assert rig.after(5).get(RUN).body["status"] == "Completed"
    entries = rig.get(f"{ENTRIES}?pageSize=40").body["journalEntries"]
    left = [entry for entry in entries if entry["status"] == "Created"]
    assert (len(entries), len(left), left[0]["transferredToAccounting"]) == (10, 1, "Yes")


def test_a_cancel_with_nothing_left_to_cancel_is_accepted_without_effect():
    """Cancelling again what shows Completed is accepted again, and does nothing."""
    rig = Rig(TEN_ONE)
    rig.put(f"{RUN}/cancel")
    assert rig.after(5).put(f"{RUN}/cancel").body == {"success": True}
    assert len(rig.effects) == 1
    assert rig.after(5).get(RUN).body["status"] == "Completed"


def test_stuck_entries_go_in_the_second_cancel():
    """Entries that survive a cancel without being transferred are cancelled by the next."""
    rig = Rig('[journal_runs."JR-00000075"]\nentries = 4\nstuck = 1\nstatus = "Error"')
    rig.put(f"{RUN}/cancel")
    assert rig.after(5).get(RUN).body["status"] == "Completed"
    rig.put(f"{RUN}/cancel")
    assert rig.after(5).get(RUN).body["status"] == "Cancelled"
    assert len(rig.effects) == 2


@pytest.mark.parametrize("status", ["Processing", "Cancelled", "DeleteInprogress", "CancelInprogress"])
def test_other_states_refuse(status: str):
    """Only Pending, Error and Completed accept a cancel."""
    rig = Rig(f'[journal_runs."JR-00000075"]\nstatus = "{status}"')
    assert rig.put(f"{RUN}/cancel").category == 30


def test_entries_are_paged_by_eight():
    """Entries come eight a page, with a next page's URL, and page + pageSize is at most 300."""
    rig = Rig(TEN_ONE)
    first = rig.get(ENTRIES, Host="127.0.0.1:8080").body
    assert len(first["journalEntries"]) == 8
    assert first["nextPage"] == f"http://127.0.0.1:8080{ENTRIES}?page=2&pageSize=8"
    second = rig.get(f"{ENTRIES}?page=2&pageSize=8").body
    assert len(second["journalEntries"]) == 2
    assert "nextPage" not in second
    assert rig.get(f"{ENTRIES}?page=1&pageSize=299").status == 200
    assert rig.get(f"{ENTRIES}?page=1&pageSize=300").status == 400
    assert rig.get(f"{ENTRIES}?page=0").status == 400
    assert rig.get(f"{ENTRIES}?page=x").status == 400


def test_a_malformed_or_missing_number_is_not_found():
    """Anything but JR- and at least eight digits is not found."""
    rig = Rig('[journal_runs."JR-00000001"]\nexists = false')
    for number in ("JR-1", "75", "JR-00000001"):
        assert rig.put(f"/v1/journal-runs/{number}/cancel").status == 404


def test_a_cancel_may_never_end():
    """A scenario can leave a run in CancelInprogress for good."""
    rig = Rig('[journal_runs."JR-00000075"]\ncancel_ends = "never"')
    rig.put(f"{RUN}/cancel")
    assert rig.after(86400).get(RUN).body["status"] == "CancelInprogress"

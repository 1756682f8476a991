import pytest

from runner.core.operation import Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Lost
from runner.operations import CATALOG
from tests.operations.talk import Answers, arrived, look, missing, task

NUMBER = "JR-00000075"
TASK = task("cancel_journal_run", {"jr-number": NUMBER})
PATH = f"/v1/journal-runs/{NUMBER}"
ENTRIES = f"/v1/journal-entries/journal-runs/{NUMBER}?page=1&pageSize=200"
SECOND = f"/v1/journal-entries/journal-runs/{NUMBER}?page=2&pageSize=200"
RUN = {
    "number": NUMBER,
    "status": "Completed",
    "executedOn": "2026-01-31 10:00:00",
    "totalJournalEntryCount": 3,
}
BEFORE = {"status": "Completed", "executedOn": "2026-01-31 10:00:00", "totalJournalEntryCount": 3}
PREFLIGHT, SETTLE = Question(TASK, "preflight"), Question(TASK, "settle", before=BEFORE)
GONE = {"number": "JE-1", "status": "Cancelled", "transferredToAccounting": "No"}
STAYS = {"number": "JE-2", "status": "Created", "transferredToAccounting": "Yes"}
MAY_GO = {"number": "JE-3", "status": "Created", "transferredToAccounting": "Processing"}


def _seen(question, replies) -> Sighting:
    found = look(question, replies)
    assert isinstance(found, Sighting), found
    return found


@pytest.mark.parametrize(
    ("state", "preflight", "later"),
    [
        ("Pending", Standing.UNTOUCHED, Standing.OPEN),
        ("Error", Standing.UNTOUCHED, Standing.OPEN),
        ("Processing", Standing.BUSY, Standing.BUSY),
        ("CancelInprogress", Standing.UNDER_WAY, Standing.UNDER_WAY),
        ("Cancelled", Standing.REACHED, Standing.REACHED),
        ("DeleteInprogress", Standing.IMPOSSIBLE, Standing.OPEN),
        ("Canceled", Standing.OPEN, Standing.OPEN),
        ("CancelInProgress", Standing.OPEN, Standing.OPEN),
    ],
)
def test_what_each_state_proves(state, preflight, later):
    """Each state has one meaning before a send and one after it; unknown words mean nothing."""
    replies = {PATH: arrived({**RUN, "status": state}), ENTRIES: arrived({"journalEntries": [MAY_GO]})}
    assert _seen(PREFLIGHT, replies).standing is preflight
    assert _seen(SETTLE, replies).standing is later


def test_completed_before_a_send_costs_one_read():
    """The entries are read only once a cancel was sent."""
    tenant = Answers({PATH: arrived(RUN)})
    assert _seen(PREFLIGHT, tenant.replies).facts == BEFORE


@pytest.mark.parametrize("state", ["Pending", "Error"])
def test_a_state_as_before_is_untouched(state):
    """The same state as before the send is untouched, which proves nothing of a journal run by itself."""
    question = Question(TASK, "settle", before={**BEFORE, "status": state})
    replies = {PATH: arrived({**RUN, "status": state}), ENTRIES: arrived({"journalEntries": []})}
    assert _seen(question, replies).standing is Standing.UNTOUCHED
    assert not CATALOG["cancel_journal_run"].untouched_proves


@pytest.mark.parametrize(
    ("entries", "standing", "note"),
    [
        (
            [GONE, GONE, STAYS],
            Standing.PARTLY,
            "2 of 3 entries are cancelled; transferred to accounting and staying: JE-2",
        ),
        ([GONE, STAYS, MAY_GO], Standing.UNDER_WAY, "1 of 3 entries are cancelled"),
        ([GONE, GONE], Standing.UNDER_WAY, "2 of 2 entries are cancelled"),
        ([STAYS, MAY_GO], Standing.UNTOUCHED, "0 of 2 entries are cancelled"),
        (
            [STAYS],
            Standing.IMPOSSIBLE,
            "0 of 1 entries are cancelled; transferred to accounting and staying: JE-2",
        ),
        ([], Standing.UNTOUCHED, "0 of 0 entries are cancelled"),
    ],
)
def test_the_entries_of_a_completed_run_tell_what_happened(entries, standing, note):
    """`Completed` after a send means what its entries say."""
    seen = _seen(SETTLE, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": entries, "success": True})})
    assert (seen.standing, seen.note) == (standing, note)


@pytest.mark.parametrize("state", ["Completed", "Error"])
@pytest.mark.parametrize(
    ("entries", "standing"),
    [
        ([GONE, STAYS], Standing.PARTLY),
        ([GONE, MAY_GO], Standing.UNDER_WAY),
        ([STAYS], Standing.IMPOSSIBLE),
        ([STAYS, MAY_GO], Standing.UNTOUCHED),
    ],
)
def test_how_a_cancel_that_was_taken_ended(state, entries, standing):
    """Whatever state it ended in, and whether or not it was looked at before, its entries tell."""
    replies = {PATH: arrived({**RUN, "status": state}), ENTRIES: arrived({"journalEntries": entries})}
    taken = Question(TASK, "settle", result_id=NUMBER)
    assert (_seen(taken, replies).standing, _seen(taken, replies).state) == (standing, state)


def test_how_somebody_else_s_cancel_ended():
    """Before a send the entries are read where a cancel was seen in progress, and then again each time."""
    replies = {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": [GONE, MAY_GO]})}
    under_way = Question(TASK, "preflight", before={**BEFORE, "status": "CancelInprogress"})
    first = _seen(under_way, replies)
    assert (first.standing, first.note) == (Standing.UNDER_WAY, "1 of 2 entries are cancelled")
    assert _seen(Question(TASK, "preflight", before=first.facts), replies).standing is Standing.UNDER_WAY
    assert _seen(Question(TASK, "preflight", before=BEFORE), replies).standing is Standing.UNTOUCHED


def test_no_entry_cancelled_and_never_looked_at_before_is_open():
    """Without a preflight look, nothing tells whether it is as before."""
    replies = {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": [MAY_GO]})}
    assert _seen(Question(TASK, "settle"), replies).standing is Standing.OPEN


def test_the_entries_that_stay_are_facts():
    """The entries that a partial cancel leaves are listed, all in the facts and five in the note."""
    stay = [{**STAYS, "number": f"JE-{n}"} for n in range(7)]
    seen = _seen(SETTLE, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": [GONE, *stay]})})
    assert seen.facts["entriesLeft"] == [f"JE-{n}" for n in range(7)]
    assert seen.note.endswith("JE-0, JE-1, JE-2, JE-3, JE-4 and 2 more")


def test_entries_are_read_page_by_page():
    """A next page is asked for by its number, whatever host its URL names."""
    following = f"https://rest.zuora.com/v1/journal-entries/journal-runs/{NUMBER}?page=2&pageSize=200"
    first = arrived({"journalEntries": [GONE], "nextPage": following})
    tenant = Answers({PATH: arrived(RUN), ENTRIES: first, SECOND: arrived({"journalEntries": [STAYS]})})
    assert _seen(SETTLE, tenant.replies).standing is Standing.PARTLY


def test_a_run_of_many_pages_is_read_to_its_end():
    """What a page more than 100 shows counts, too."""
    pages = {
        f"/v1/journal-entries/journal-runs/{NUMBER}?page={n}&pageSize=200": arrived(
            {
                "journalEntries": [GONE if n == 101 else STAYS],
                "nextPage": f"https://rest.zuora.com{ENTRIES}" if n < 101 else None,
            }
        )
        for n in range(1, 102)
    }
    seen = _seen(Question(TASK, "settle", result_id=NUMBER), {PATH: arrived(RUN), **pages})
    assert (seen.standing, seen.facts["entries"]) == (Standing.PARTLY, 101)


@pytest.mark.parametrize(
    "page",
    [
        arrived({"success": True}),
        arrived({"journalEntries": [GONE], "nextPage": "https://evil.example/v1/accounts?page=2"}),
        arrived({"journalEntries": [], "nextPage": ENTRIES}),
        arrived(b"", 200),
        missing(),
        Lost("reset"),
    ],
)
def test_entries_that_cannot_be_read_are_no_evidence(page):
    """Half a list of entries proves nothing, and a next page elsewhere is not followed."""
    assert isinstance(look(SETTLE, {PATH: arrived(RUN), ENTRIES: page}), Unread)


def test_one_that_is_gone_or_another():
    """Absence before a send makes it impossible, after it proves nothing; another run's reply is unread."""
    assert _seen(PREFLIGHT, {PATH: missing()}).standing is Standing.IMPOSSIBLE
    assert _seen(SETTLE, {PATH: missing()}).standing is Standing.OPEN
    assert isinstance(look(SETTLE, {PATH: arrived({**RUN, "number": "JR-00000076"})}), Unread)


def test_success_is_an_acceptance():
    """`success: true` only says that the state allowed the cancel."""
    success = CATALOG["cancel_journal_run"].success(TASK, {"success": True})
    assert success is not None
    assert (success.result_id, success.ended) == (NUMBER, False)

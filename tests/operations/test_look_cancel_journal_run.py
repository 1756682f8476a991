import pytest

from runner.core.jsonvalue import JsonObject
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
RUN = {"number": NUMBER, "status": "Completed", "executedOn": "2026-01-31 10:00:00"}
UNCOUNTED: JsonObject = {"status": "Completed", "executedOn": "2026-01-31 10:00:00"}
BEFORE: JsonObject = {**UNCOUNTED, "entriesCancelledBefore": 0}
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


def test_what_was_cancelled_before_a_send_is_counted():
    """Where the entries are not told, the cancel may be sent all the same."""
    entries = arrived({"journalEntries": [GONE, STAYS]})
    assert _seen(PREFLIGHT, {PATH: arrived(RUN), ENTRIES: entries}).facts == {
        **UNCOUNTED, "entriesBefore": 2, "entriesCancelledBefore": 1,
    }  # fmt: skip
    seen = _seen(PREFLIGHT, {PATH: arrived(RUN), ENTRIES: arrived({"message": "not yours"}, 403)})
    assert (seen.standing, seen.facts) == (Standing.UNTOUCHED, UNCOUNTED)


@pytest.mark.parametrize(
    ("entries", "standing", "note"),
    [
        ([GONE, STAYS], Standing.IMPOSSIBLE, "1 of 2 entries are cancelled, 1 of them before this cancel"),
        ([GONE, MAY_GO], Standing.UNTOUCHED, "1 of 2 entries are cancelled, 1 of them before this cancel"),
        ([GONE, GONE, STAYS], Standing.PARTLY, "2 of 3 entries are cancelled, 1 of them before this cancel"),
    ],
)
def test_an_entry_that_was_cancelled_before_is_none_of_ours(entries, standing, note):
    """Only what is cancelled beyond that shows that ours took effect."""
    question = Question(TASK, "settle", before={**UNCOUNTED, "entriesCancelledBefore": 1})
    seen = _seen(question, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": entries})})
    assert seen.standing is standing
    assert seen.note.startswith(note)


@pytest.mark.parametrize("before", [None, UNCOUNTED])
def test_a_cancelled_entry_proves_nothing_where_they_were_not_counted_before(before):
    """Somebody may have cancelled it long ago, unless our cancel was taken."""
    replies = {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": [GONE, STAYS]})}
    seen = _seen(Question(TASK, "settle", before=before), replies)
    assert (seen.standing, seen.note) == (
        Standing.OPEN,
        "1 of 2 entries are cancelled; whether by this cancel is not known",
    )
    taken = Question(TASK, "settle", result_id=NUMBER, before=before)
    assert _seen(taken, replies).standing is Standing.PARTLY


@pytest.mark.parametrize(
    ("entries", "standing"), [([GONE, STAYS], Standing.UNDER_WAY), ([STAYS, MAY_GO], Standing.OPEN)]
)
def test_entries_that_are_listed_in_part_prove_no_end(entries, standing):
    """Those that are not listed may still go, or may have gone."""
    question = Question(TASK, "settle", before={**BEFORE, "totalJournalEntryCount": 3})
    run = arrived({**RUN, "totalJournalEntryCount": 3})
    seen = _seen(question, {PATH: run, ENTRIES: arrived({"journalEntries": entries})})
    assert (seen.standing, seen.note[-21:]) == (standing, ", of 3 that there are")


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
    assert _seen(Question(TASK, "preflight", before=UNCOUNTED), replies).standing is Standing.UNTOUCHED


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


@pytest.mark.parametrize("reply", [Lost("reset"), arrived(b"", 503), arrived(b"", 429)])
def test_entries_that_are_not_told_just_now_are_asked_for_again(reply):
    """Before anything is sent there is time for that."""
    assert isinstance(look(PREFLIGHT, {PATH: arrived(RUN), ENTRIES: reply}), Unread)


def test_a_listing_in_part_counts_nothing_before_a_send():
    """Those that are missing in it may have been cancelled long ago."""
    run = arrived({**RUN, "totalJournalEntryCount": 3})
    seen = _seen(PREFLIGHT, {PATH: run, ENTRIES: arrived({"journalEntries": [STAYS]})})
    assert "entriesCancelledBefore" not in seen.facts


def test_a_pending_run_has_no_entries_yet():
    """Whatever is cancelled of it later was not cancelled before."""
    seen = _seen(PREFLIGHT, {PATH: arrived({**RUN, "status": "Pending"})})
    assert (seen.standing, seen.facts["entriesCancelledBefore"]) == (Standing.UNTOUCHED, 0)


def test_entries_that_are_gone_prove_nothing():
    """Fewer than before: one that was cancelled may have been deleted, so that no difference counts."""
    before = {**UNCOUNTED, "entriesBefore": 3, "entriesCancelledBefore": 2}
    replies = {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": [GONE, STAYS]})}
    assert _seen(Question(TASK, "settle", before=before), replies).standing is Standing.OPEN


@pytest.mark.parametrize("entries", [None, "odd"])
def test_a_cancel_may_be_sent_where_the_list_of_entries_is_odd(entries):
    """Asking again is in vain: what the cancel does is told by its reply, or by the run's state."""
    seen = _seen(PREFLIGHT, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": entries})})
    assert (seen.standing, seen.facts) == (Standing.UNTOUCHED, UNCOUNTED)


def test_a_run_of_too_many_entries_is_not_listed_before_a_send():
    """It costs hundreds of reads, and proves nothing in the end."""
    seen = _seen(PREFLIGHT, {PATH: arrived({**RUN, "totalJournalEntryCount": 100_001})})
    assert seen.standing is Standing.UNTOUCHED


@pytest.mark.parametrize(
    ("entries", "standing"), [([GONE, STAYS], Standing.PARTLY), ([STAYS, STAYS], Standing.UNTOUCHED)]
)
def test_a_cancel_that_was_refused_may_have_cancelled_some(entries, standing):
    """What was counted before it stays, so that the look after the refusal tells."""
    before = {**UNCOUNTED, "entriesBefore": 2, "entriesCancelledBefore": 0}
    question = Question(TASK, "preflight", before=before, since=1.0)
    seen = _seen(question, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": entries})})
    assert (seen.standing, seen.facts.get("entriesCancelledBefore", 0)) == (standing, 0)
    fresh = Question(TASK, "preflight", before=before)
    again = _seen(fresh, {PATH: arrived(RUN), ENTRIES: arrived({"journalEntries": entries})})
    assert again.standing is Standing.UNTOUCHED

"""How a journal run that is to be cancelled stands, and what that proves (failure-model.md 4.5).

A cancel works entry by entry. Entries that were transferred to accounting stay, and the run then says
`Completed` again, as it did before (api/cancel-journal-run.txt): only its entries tell.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from runner.core.jsonvalue import Json, JsonObject, text_at
from runner.core.operation import Inquiry, Question
from runner.core.sighting import Sighting, Standing, Unread
from runner.core.wire import Reply, Request
from runner.operations.looking.replies import Missing, ask
from runner.operations.looking.states import JournalEntry, JournalRun, Transferred

PATH: Final = "/v1/journal-runs"
ENTRIES_PATH: Final = "/v1/journal-entries/journal-runs"
PAGE_SIZE: Final = 200
PAGES_MAX: Final = 500
"""Zuora gives 8 entries where nothing is said, and its limit "page + pageSize <= 300" (zuora.md section 2)
can be read as one of the size or of the sum: 200 entries on up to 100 pages keep to both. Where it is one of
the sum, a page after those is refused, and the entries are unread."""
_KEPT: Final = ("number", "status", "transferredToAccounting")
_NAMED_MAX: Final = 5
_ENTRIES_BEFORE: Final = "entriesBefore"
_BEFORE: Final = "entriesCancelledBefore"
_COUNTS: Final = (_ENTRIES_BEFORE, _BEFORE)
_COMPARED: Final = ("status", "executedOn", "totalJournalEntryCount")

Answered = Sighting | Unread

_PREFLIGHT: Final[Mapping[str, Standing]] = {
    JournalRun.PENDING: Standing.UNTOUCHED,
    JournalRun.ERROR: Standing.UNTOUCHED,
    JournalRun.COMPLETED: Standing.UNTOUCHED,
    JournalRun.PROCESSING: Standing.BUSY,
    JournalRun.CANCEL_IN_PROGRESS: Standing.UNDER_WAY,
    JournalRun.CANCELLED: Standing.REACHED,
    JournalRun.DELETE_IN_PROGRESS: Standing.IMPOSSIBLE,
}
# A run can only be deleted once it is cancelled, so its deletion is no proof that our cancel took no effect.
_LATER: Final[Mapping[str, Standing]] = {
    JournalRun.PROCESSING: Standing.BUSY,
    JournalRun.CANCEL_IN_PROGRESS: Standing.UNDER_WAY,
    JournalRun.CANCELLED: Standing.REACHED,
}
_ENDED: Final = (JournalRun.COMPLETED, JournalRun.ERROR)
_NOTES: Final[Mapping[str, str]] = {
    JournalRun.PROCESSING: "a journal run cannot be cancelled while it is processed",
    JournalRun.DELETE_IN_PROGRESS: "the journal run is being deleted",
}


def look_at_cancels(questions: Sequence[Question]) -> Inquiry:
    """Look at each journal run; at the entries of one that has ended after a cancel was sent."""
    looked: dict[int, Answered] = {}
    for question in questions:
        looked[question.task.number] = yield from _look(question)
    return looked


def _look(question: Question) -> Generator[Request, Reply, Answered]:
    number = question.task.target
    answer = yield from ask(f"{PATH}/{quote(number, safe='')}")
    if isinstance(answer, Unread):
        return answer
    preflight = question.purpose == "preflight"
    if isinstance(answer, Missing):
        return _not_there(answer, preflight=preflight)
    if text_at(answer, "number") not in (None, number):
        return Unread("the reply is about another journal run")
    state = text_at(answer, "status")
    facts = _facts(answer)
    if state is not None and state in _ENDED and (not preflight or _was_under_way(question.before)):
        return (yield from _by_entries(question, state, facts))
    if preflight:
        before = yield from _before_send(question, state, facts)
        if not isinstance(before, dict):
            return before
        facts |= before
    standing = (_PREFLIGHT if preflight else _LATER).get(state or "", Standing.OPEN)
    if standing is Standing.OPEN and state is not None and _could_go_again(question, state, facts):
        standing = Standing.UNTOUCHED
    note = _NOTES.get(state or "", "") if standing in (Standing.BUSY, Standing.IMPOSSIBLE) else ""
    return Sighting(standing, state, number, note, facts)


def _not_there(answer: Missing, *, preflight: bool) -> Sighting:
    if preflight:
        note = f"no such journal run in this entity and these orgs: {answer.detail}"
        return Sighting(Standing.IMPOSSIBLE, note=note)
    return Sighting(Standing.OPEN, note=f"the journal run is gone: {answer.detail}")


def _by_entries(question: Question, state: str, facts: JsonObject) -> Generator[Request, Reply, Answered]:
    number = question.task.target
    could_go_again = _could_go_again(question, state, facts)
    entries = yield from _entries(number)
    if isinstance(entries, Unread):
        return entries
    left = [entry for entry in entries if text_at(entry, "status") != JournalEntry.CANCELLED]
    cancelled = len(entries) - len(left)
    facts |= {"entries": len(entries), "entriesCancelled": cancelled}
    note = f"{cancelled} of {len(entries)} entries are cancelled"
    before = _before(question)
    if before is None and cancelled:
        return Sighting(Standing.OPEN, state, number, f"{note}; whether by this cancel is not known", facts)
    total = max(_count(facts, "totalJournalEntryCount"), _count(question.before or {}, _ENTRIES_BEFORE))
    if len(entries) < total:
        standing = Standing.UNDER_WAY if cancelled > (before or 0) else Standing.OPEN
        return Sighting(standing, state, number, f"{note}, of {total} that there are", facts)
    standing = _standing_of_entries(left, cancelled - (before or 0))
    if standing is Standing.OPEN and could_go_again:
        standing = Standing.UNTOUCHED
    if before:
        note = f"{note}, {before} of them before this cancel"
    if standing in (Standing.PARTLY, Standing.IMPOSSIBLE):
        staying: list[Json] = [text_at(entry, "number") or "?" for entry in left]
        facts["entriesLeft"] = staying
        named = ", ".join(str(each) for each in staying[:_NAMED_MAX])
        more = f" and {len(staying) - _NAMED_MAX} more" if len(staying) > _NAMED_MAX else ""
        note = f"{note}; transferred to accounting and staying: {named}{more}"
    return Sighting(standing, state, number, note, facts)


def _before_send(
    question: Question, state: str | None, facts: JsonObject
) -> Generator[Request, Reply, JsonObject | Answered]:
    """How many entries there are, and are cancelled, before the next write; or what a refused one has done.

    A write that was refused may have cancelled some all the same: then what was counted before it stays.
    """
    known = {name: value for name, value in (question.before or {}).items() if name in _COUNTS}
    if state is None or state not in _ENDED or question.since is None or _BEFORE not in known:
        return (yield from _cancelled_before(question.task.target, state, facts))
    seen = yield from _by_entries(question, state, dict(facts))
    if isinstance(seen, Unread) and not seen.refused:
        return seen
    return seen if isinstance(seen, Sighting) and seen.standing is Standing.PARTLY else known


def _cancelled_before(
    number: str, state: str | None, facts: JsonObject
) -> Generator[Request, Reply, JsonObject | Unread]:
    """How many entries there are, and are cancelled, before anything is sent; nothing where that is not told.

    A cancel may be sent without knowing that: what it did is then told by its reply, or by the run's state.
    """
    if state == JournalRun.PENDING:
        return {_ENTRIES_BEFORE: 0, _BEFORE: 0}  # it has made none yet
    if state not in _ENDED or _count(facts, "totalJournalEntryCount") > PAGES_MAX * PAGE_SIZE:
        return {}
    entries = yield from _entries(number)
    if isinstance(entries, Unread):
        return {} if entries.refused else entries
    if len(entries) < _count(facts, "totalJournalEntryCount"):
        return {}
    cancelled = sum(text_at(entry, "status") == JournalEntry.CANCELLED for entry in entries)
    return {_ENTRIES_BEFORE: len(entries), _BEFORE: cancelled}


def _count(facts: JsonObject, member: str) -> int:
    """A number that is told, 0 where it is not."""
    found = facts.get(member)
    return found if isinstance(found, int) else 0


def _before(question: Question) -> int | None:
    """How many entries were cancelled before ours; None where nobody knows whether any is cancelled by it."""
    counted = (question.before or {}).get(_BEFORE)
    if isinstance(counted, int):
        return counted
    ours = question.result_id is not None or question.purpose == "preflight"
    return 0 if ours or _was_under_way(question.before) else None


def _standing_of_entries(left: list[JsonObject], cancelled: int) -> Standing:
    """What the entries of a run that has ended prove; `Yes` alone keeps an entry for good."""
    all_stay = bool(left) and all(text_at(e, "transferredToAccounting") == Transferred.YES for e in left)
    if cancelled > 0:
        return Standing.PARTLY if all_stay else Standing.UNDER_WAY
    return Standing.IMPOSSIBLE if all_stay else Standing.OPEN


def _could_go_again(question: Question, state: str, facts: JsonObject) -> bool:
    """Whether a state shows that no cancel has taken effect: of one that was taken, or as it was before."""
    if question.result_id is not None:
        return _PREFLIGHT.get(state) is Standing.UNTOUCHED
    before = question.before
    return before is not None and all(before.get(member) == facts.get(member) for member in _COMPARED)


def _was_under_way(before: JsonObject | None) -> bool:
    """Whether somebody else's cancel was seen in progress before: then the entries tell how it ended."""
    known = before or {}
    return known.get("status") == JournalRun.CANCEL_IN_PROGRESS or "entriesCancelled" in known


def _entries(number: str) -> Generator[Request, Reply, list[JsonObject] | Unread]:
    path = f"{ENTRIES_PATH}/{quote(number, safe='')}"
    entries: list[JsonObject] = []
    for page in range(1, PAGES_MAX + 1):
        answer = yield from ask(f"{path}?page={page}&pageSize={PAGE_SIZE}")
        if isinstance(answer, Unread):
            return answer
        listed = None if isinstance(answer, Missing) else answer.get("journalEntries")
        if isinstance(answer, Missing) or not isinstance(listed, list):
            return Unread(f"the entries of {number} are not understood", refused=True)
        entries += [{name: each.get(name) for name in _KEPT} for each in listed if isinstance(each, dict)]
        following = text_at(answer, "nextPage")
        if not following:
            return entries
        # Zuora gives a whole URL. It is not followed: it only says that there is a page more of this path.
        if not _path_of(following).endswith(path.removeprefix("/v1")) or not listed:
            return Unread(f"the next page of {number} is elsewhere", refused=True)
    return Unread(f"more than {PAGES_MAX} pages of entries", refused=True)


def _path_of(url: str) -> str:
    """The path of a URL, "" where it is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _facts(run: JsonObject) -> JsonObject:
    return {member: run[member] for member in _COMPARED if run.get(member) is not None}

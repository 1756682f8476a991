"""Cancelling and reading journal runs (reference page "Cancel a journal run"; summary journal entries)."""

import re
from dataclasses import replace
from typing import Final

from runner.sandbox.answers import RefusedError
from runner.sandbox.calls import Call, body_of
from runner.sandbox.state import JournalRun, Json, JsonObject, Where
from runner.sandbox.world import Change, Done, World, journal_run_facts

RESOURCE: Final = 568311
"""The first six digits of this resource's reason codes (made up: Zuora publishes none)."""
_NUMBER: Final = re.compile(r"^JR-[0-9]{8,}\Z")
_PAGE_SIZE_DEFAULT: Final = 8
_PAGE_SUM_MAX: Final = 300
_DIGITS_MAX: Final = 10


def cancel_journal_run(world: World, call: Call, where: Where, now: float) -> Done:
    """`PUT /v1/journal-runs/{jr-number}/cancel`: accepted from Pending, Error and Completed.

    `success: true` says no more than that. The entries that are transferred to accounting stay, and if any
    does, the run goes on showing Completed; so a second cancel is accepted again, and changes nothing.
    """
    body_of(call)
    run = journal_run_at(world, call, where)
    if run.status not in {"Pending", "Error", "Completed"}:
        text = f"Journal run {run.number} in status {run.status} cannot be canceled."
        raise RefusedError(30, text, resource=RESOURCE)
    takes_s = run.cancel_s
    if takes_s is None:
        takes_s = world.delay_s(world.scenario.delays.journal_run_cancel, run.number, run.home, "cancel")
    leaving = run.entries - run.staying - run.cancelled
    after = replace(
        run,
        status="CancelInprogress",
        cancelling=leaving,
        ends_at=None if run.cancel_ends == "never" else now + takes_s,
    )
    effect: JsonObject | None = {
        "effect": "journal_run_cancel_started",
        "target": run.number,
        "number": run.number,
        "name": None,
    }
    if leaving == 0 and run.staying:
        effect = None  # nothing is left that could go: accepted all the same, without any effect
    return Done({"success": True}, change=Change(journal_run_facts(after), effect))


def get_journal_run(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /v1/journal-runs/{jr-number}`: no outcome of single entries."""
    run = journal_run_at(world, call, where)
    return {
        "number": run.number,
        "status": run.status,
        "totalJournalEntryCount": run.entries,
        "aggregateCurrency": False,
        "executedOn": "2026-01-01 02:00:00",
        "journalEntryDate": "2026-01-01",
        "targetStartDate": "2025-12-01",
        "targetEndDate": "2025-12-31",
        "transactionTypes": [{"type": "Invoice Item"}],
        "success": True,
    }


def get_journal_entries(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /v1/journal-entries/journal-runs/{jr-number}`: paged, 8 a page, page + pageSize at most 300."""
    run = journal_run_at(world, call, where)
    page, size = _number(call, "page", 1), _number(call, "pageSize", _PAGE_SIZE_DEFAULT)
    if page < 1 or size < 1 or page + size > _PAGE_SUM_MAX:
        text = f"page and pageSize must be positive, and add up to at most {_PAGE_SUM_MAX}"
        raise RefusedError(20, text, resource=RESOURCE)
    first = (page - 1) * size
    entries: list[Json] = [_entry(run, index) for index in range(first, min(first + size, run.entries))]
    view: JsonObject = {"journalEntries": entries, "success": True}
    if first + size < run.entries:
        host = call.headers.get("host", "rest.zuora.com")
        scheme = "http" if host.startswith(("127.", "localhost")) else "https"
        view["nextPage"] = f"{scheme}://{host}{call.path}?page={page + 1}&pageSize={size}"
    return view


def journal_run_at(world: World, call: Call, where: Where) -> JournalRun:
    """The run whose number stands in the path."""
    number = call.key
    known = world.journal_runs.get(("", number)) or world.journal_runs.get((where.home, number))
    if known is not None and known.entity in (None, where.entity):
        return known
    mentioned = known is not None or number in world.scenario.journal_runs
    if mentioned or not world.unmentioned_exist or not _NUMBER.match(number):
        raise RefusedError(40, f"Cannot find entity by key: '{number}'.", resource=RESOURCE)
    return JournalRun(number=number, status="Completed", home=where.home, entity=where.entity)


def _entry(run: JournalRun, index: int) -> JsonObject:
    """Entry number `index`: first those that are transferred, then those on their way, the rest not."""
    if index < run.transferred:
        transferred = "Yes"
    elif index < run.transferred + run.processing:
        transferred = "Processing"
    else:
        transferred = "No"
    cancelled = run.status == "Cancelled" or index >= run.entries - run.cancelled
    return {
        "number": f"JE-{run.number.removeprefix('JR-')}{index + 1:06d}",
        "status": "Cancelled" if cancelled else "Created",
        "transferredToAccounting": transferred,
        "transactionType": "Invoice Item",
        "currency": "USD",
        "homeCurrency": "USD",
        "journalEntryDate": "2026-01-01",
        "journalEntryItems": [],
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.first(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS_MAX):
        raise RefusedError(20, f"{name} must be a positive integer", resource=RESOURCE)
    return int(text)

"""Rules between the fields of a bill run that is created (api/create-bill-run.txt, zuora.md 1.1)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from runner.operations.create_bill_run.filter_rules import filter_rules
from runner.operations.create_bill_run.label_rules import label_rules
from runner.operations.reading.places import Finding
from runner.operations.reading.seen import Seen, repeats

ALL_BATCHES: Final = "AllBatches"


def rules(seen: Seen) -> Iterator[Finding]:
    """Every rule that concerns more than one value."""
    yield from _whom(seen)
    yield from filter_rules(seen)
    yield from label_rules(seen)
    yield from _charge_types(seen)
    yield from _dates(seen)
    yield from _offsets(seen, "invoiceDate")
    yield from _offsets(seen, "targetDate")
    if seen.given("schedule"):
        yield from _schedule(seen)


def _whom(seen: Seen) -> Iterator[Finding]:
    by_batch, by_filter = seen.given("batches"), seen.given("billRunFilters")
    if by_batch and by_filter:
        yield ("billRunFilters",), "give either batches or billRunFilters (accountId), not both"
    if not by_batch and not by_filter:
        yield ("batches",), "is missing: give batches, or billRunFilters (accountId)"
    batches = seen.texts("batches")
    for batch in repeats(batches):
        yield ("batches",), f'"{batch}" stands there twice'
    if ALL_BATCHES in batches and len(set(batches)) > 1:
        yield ("batches",), "AllBatches stands alone: remove it, or the other batches"
    if seen.given("billCycleDay") and not by_batch:
        yield ("billCycleDay",), "is only valid with batches: remove it"
    if seen.text("billCycleDay") == "AsRunDay" and not seen.given("schedule"):
        yield ("billCycleDay",), "AsRunDay is only valid for a scheduled run: give a day, or a schedule"


def _charge_types(seen: Seen) -> Iterator[Finding]:
    for charge_type in repeats(seen.texts("chargeTypeToExclude")):
        yield ("chargeTypeToExclude",), f'"{charge_type}" stands there twice'


def _dates(seen: Seen) -> Iterator[Finding]:
    if not seen.given("schedule") and not seen.given("targetDate"):
        yield (
            ("targetDate",),
            "is missing: an ad hoc bill run needs the date up to which it bills (YYYY-MM-DD)",
        )


def _offsets(seen: Seen, name: str) -> Iterator[Finding]:
    """A month offset and a day of month are a pair, for Monthly alone, and stand in place of the date."""
    months, day = f"{name}MonthOffset", f"{name}DayOfMonth"
    pair = [field for field in (months, day) if seen.given(field)]
    if not pair:
        return
    if len(pair) == 1:
        other = day if pair == [months] else months
        yield (pair[0],), f"goes with {other}: give both or none"
    if seen.given(name):
        yield (name,), f"give either {name} or {months} with {day}, not both"
    monthly = seen.text("schedule", "repeatType") == "Monthly" or not seen.sound("schedule", "repeatType")
    if not monthly:
        yield (
            (pair[0],),
            "is only valid in a schedule with repeatType Monthly: remove it, or change the schedule",
        )


def _schedule(seen: Seen) -> Iterator[Finding]:
    kind = seen.text("schedule", "repeatType")
    weekly = seen.given("schedule", "weeklyOnDay")
    if kind == "Weekly" and not weekly:
        yield ("schedule", "weeklyOnDay"), "is missing: repeatType Weekly needs its days, such as Mon"
    if kind and kind != "Weekly" and weekly:
        yield ("schedule", "weeklyOnDay"), f"is only valid with repeatType Weekly (found {kind}): remove it"
    schedule = seen.body.get("schedule")
    days = schedule.get("weeklyOnDay") if isinstance(schedule, dict) else None
    for day in repeats(str(day) for day in (days if isinstance(days, list) else [])):
        yield ("schedule", "weeklyOnDay"), f'"{day}" stands there twice'
    first, last = seen.text("schedule", "repeatFrom"), seen.text("schedule", "repeatTo")
    if first and last and last < first:
        yield ("schedule", "repeatTo"), f"{last} is before repeatFrom {first}"
    if seen.true("schedule", "monthlyOnEndOfMonth"):
        yield from _end_of_month(kind, first)


def _end_of_month(kind: str, first: str) -> Iterator[Finding]:
    place = ("schedule", "monthlyOnEndOfMonth")
    if kind and kind != "Monthly":
        yield place, f"is only valid with repeatType Monthly (found {kind}): remove it"
    if first and not _ends_month(first):
        yield place, f"needs a repeatFrom on a month's end (found {first})"


def _ends_month(text: str) -> bool:
    day = date.fromisoformat(text)
    return day == date.max or (day + timedelta(days=1)).day == 1

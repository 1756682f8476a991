"""Jobs that are meant well: rows of all four operations; and the mistakes that people make in cells."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.fuzz.names import CANCEL, CREATE, DETACH, JOURNAL, OPERATIONS
from tests.fuzz.nearmisses import near
from tests.fuzz.values import DAMAGED, NAMES, NOTES, SCOPES, odd

CsvRow = dict[str, str]
_BATCHES: Final = ("AllBatches", "Batch1", "Batch2;Batch17", "Batch200", "Batch50;Batch51;Batch99")
_DATES: Final = ("2026-01-31", "2024-02-29", "2026-12-01")
_TRUTHS: Final = ("true", "false", "TRUE", "False")


@dataclass
class Sheet:
    """A job before it is written: columns in file order, and rows of text cells."""

    rng: Random
    hostility: float = 0.0
    columns: list[str] = field(default_factory=list)
    rows: list[CsvRow] = field(default_factory=list)


def sheet_of(rng: Random, hostility: float = 0.0, scoped: tuple[float, float] = (0.4, 0.3)) -> Sheet:
    """A job of some rows.

    `hostility` is the share of rows in which a cell is not what it should be, `scoped` how often there is a
    column for the entity and one for the org.
    """
    sheet = Sheet(rng, hostility)
    operations = OPERATIONS if rng.random() < 0.3 else (rng.choice(OPERATIONS),)
    reserved = [
        name
        for name, share in (("custom_id", 0.5), ("entity", scoped[0]), ("org", scoped[1]))
        if rng.random() < share
    ]
    sheet.rows += (
        _row(rng, rng.choice(operations), reserved) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 6)))
    )
    if sheet.rows and rng.random() < (0.1 if hostility else 0.5):
        sheet.rows.insert(rng.randrange(len(sheet.rows) + 1), _nearly(rng, rng.choice(sheet.rows)))
    for row in sheet.rows:
        if rng.random() < hostility:
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                _spoil(rng, row)
    names = dict.fromkeys(name for row in sheet.rows for name in row) or dict.fromkeys(("operation", "name"))
    sheet.columns = list(names)
    if rng.random() < 0.2:
        rng.shuffle(sheet.columns)
    return sheet


def _row(rng: Random, operation: str, reserved: list[str]) -> CsvRow:
    row = {"operation": operation}
    for name in reserved:
        own = f"c-{rng.randrange(8 if rng.random() < 0.1 else 10_000)}"
        row[name] = own if name == "custom_id" else rng.choice(SCOPES[name])
    row |= _MAKERS[operation](rng)
    if rng.random() < 0.2:
        row[rng.choice(("#note", "#", "#Zahl \u00e9"))] = rng.choice(NOTES)
    return row


def _nearly(rng: Random, row: CsvRow) -> CsvRow:
    """A second row that says nearly what the first does: the same, less, otherwise, elsewhere."""
    twin = dict(row)
    chance = rng.random()
    if "custom_id" in twin and chance < 0.5:
        twin["custom_id"] += "-2"
    if "entity" in twin and chance < 0.3:
        twin["entity"] = rng.choice(SCOPES["entity"])
    if rng.random() < 0.5:
        twin |= _TWISTS[row["operation"]](rng)
    elif rng.random() < 0.5:
        twin.pop(rng.choice(("custom_id", "cancelOnce", "chargeNumbers", "autoPost", "invoiceDate")), "")
    return twin


_TWISTS: Final[dict[str, Callable[[Random], CsvRow]]] = {
    CREATE: lambda rng: {"autoPost": rng.choice(("false", "true")), "includeSubscriptions": "true"},
    CANCEL: lambda rng: {"cancelOnce": rng.choice(("false", "true", ""))},
    JOURNAL: lambda _: {"#note": "again"},
    DETACH: lambda rng: {"chargeNumbers": rng.choice(("", "C-1", "C-1;C-2"))},
}


def _spoil(rng: Random, row: CsvRow) -> None:
    """One cell is made odd, emptied, or stands under a name that there is not."""
    name = rng.choice(list(row))
    if name == "operation":
        name = rng.choice(list(row))
    chance = rng.random()
    if chance < 0.4:
        row[name] = near(rng, name)
    elif chance < 0.75:
        row[name] = odd(rng, row[name])
    elif chance < 0.85:
        row[name] = ""
    elif chance < 0.9:
        row[rng.choice((name.upper(), f"{name}s", f"{name}\u200b", "jr_number", "schedule.x"))] = row.pop(
            name
        )
    else:
        row[name] = rng.choice(DAMAGED)


def _create(rng: Random) -> CsvRow:
    row: CsvRow = {"name": rng.choice(NAMES)} if rng.random() < 0.7 else {}
    row["targetDate"] = rng.choice(_DATES)
    row["invoiceDate"] = rng.choice(_DATES)
    if rng.random() < 0.6:
        row["batches"] = rng.choice(_BATCHES)
        if rng.random() < 0.3:
            row["billCycleDay"] = rng.choice(("AllBillCycleDays", "1", "31"))
    else:
        row["accountId"] = f"A-{rng.randrange(10**6)}"
        if rng.random() < 0.5:
            row["subscriptionId"] = ";".join(f"S-{n}" for n in range(rng.randrange(1, 4)))
    for name in ("autoPost", "autoEmail", "autoRenewal"):
        if rng.random() < 0.15:
            row[name] = rng.choice(_TRUTHS)
    if rng.random() < 0.15:
        row["chargeTypeToExclude"] = rng.choice(("OneTime", "Usage;Recurring"))
    if rng.random() < 0.1:
        row |= {"schedule.repeatFrom": "2026-02-01", "schedule.repeatType": "Daily", "schedule.runTime": "7"}
    return row


def _cancel(rng: Random) -> CsvRow:
    digits = rng.choice(("0123456789abcdef", "0123456789abcdef", "0123456789ABCDEFabcdef"))
    row: CsvRow = {"billRunId": "".join(rng.choices(digits, k=32))}
    if rng.random() < 0.2:
        row = {"billRunNumber": f"BR-{rng.randrange(10**8):08}"}
    if rng.random() < 0.5:
        row["cancelOnce"] = rng.choice(_TRUTHS)
    return row


def _journal(rng: Random) -> CsvRow:
    return {rng.choice(("jr-number", "jr-number", "jrNumber")): f"JR-{rng.randrange(10**8):08}"}


def _detach(rng: Random) -> CsvRow:
    row: CsvRow = {
        "scheduleKey": rng.choice((f"IS-{rng.randrange(10**7):07}", f"{rng.getrandbits(128):032x}"))
    }
    charges = [f"C-{rng.randrange(10**8):08}" for _ in range(rng.randrange(3))]
    if rng.random() < 0.3:
        item = {"orderKey": "O-1", "subscriptionKey": "A-S1"} | (
            {"chargeNumbers": charges} if charges else {}
        )
        return row | {"specificSubscriptions": json.dumps([item])}
    row |= {"orderKey": f"O-{rng.randrange(99)}", "subscriptionKey": "A-S0001"}
    return row | ({"chargeNumbers": ";".join(charges)} if charges else {})


_MAKERS: Final[dict[str, Callable[[Random], CsvRow]]] = {
    CREATE: _create,
    CANCEL: _cancel,
    JOURNAL: _journal,
    DETACH: _detach,
}

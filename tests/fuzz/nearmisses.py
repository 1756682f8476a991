"""Cells at the edge of the grammar of their column: just right, or just not."""

from random import Random
from typing import Final

_NEAR_DATES: Final = (
    "2026-02-29", "2026-02-30", "2026-04-31", "2100-02-29", "2026-13-01", "2026-00-10", "2026-01-00",
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "26-01-31", "2026-1-31", "2026/01/31",
    "2026-01-31T00:00", "2026-01-31 ", "20260131", "2026-W05-6", "2026-031", "+2026-01-31",
    "-2026-01-31", "\uff12026-01-31", "2026-01-3\u0661",
)  # fmt: skip
_NEAR_LISTS: Final = (
    "Batch1;Batch1", "AllBatches;AllBatches", "Batch0", "Batch00", "Batch007", "Batch200", "Batch201",
    "Batch999", "Batch1000", "Batch", "Batch-1", "Batch1.0", "Batch\u0661", "Batch1;batch2",
    "AllBatches;Batch1", "allbatches", "Batch1,Batch2", "Usage", "Usage;Usage",
    "OneTime;Recurring;Usage", "usage", "Mon;Tue", "Mon;Mon", "Sunday", ";", "C-1;;C-2", "C-1; ",
)  # fmt: skip
_NEAR_IDS: Final = (
    "a" * 31, "A" * 32, "a" * 33, "g" + "a" * 31, "0" * 31 + "\uff11",
    "2c92c0f8-0000-0000-0000-000000000000", "BR-1", "BR-", "br-00000001", "BR-0000000x", "BR-00000001 ",
    "BR-" + "1" * 40, "JR-1234567", "JR-12345678", "JR-123456789", "JR-" + "1" * 40, "JR 12345678",
    "JR-1234567\u0668", "IS_1-a", "IS.1", "IS/1", "x" * 64, "x" * 65, "-", "_", "..", "%2e",
)  # fmt: skip
_NEAR_TEXTS: Final = (
    "x" * 199, "x" * 200, "x" * 201, "\U0001f4b6" * 200, "\U0001f4b6" * 201, "x" * 254, "x" * 255,
    "x" * 256, " x", "x ", "x\u00a0", "a\u00a0b", "a\tb", "a\nb", "a\u200db", "a\u00adb", "\u0301",
    "a  b", "\u3000", "true", "True", "TRUE", "tRuE", "false ", "0", "1", "no", "24", "23", "-1", "00",
    "07", "+7", "7.0", "None", "Daily", "daily", "Monthly", "Weekly", "31", "32", "AsRunDay", "Regular",
    "regular", "CatchUp", "[]", "[1]", "{}",
    '[{"orderKey":"O","subscriptionKey":"S","chargeNumbers":[]}]',
    '[{"orderKey":"O","subscriptionKey":"S","chargeNumbers":null}]',
    '[{"orderKey":"O","subscriptionKey":"S","x":1}]', '[{"orderKey":"","subscriptionKey":"S"}]',
    '[{"orderKey":"O","orderKey":"O","subscriptionKey":"S"}]',
)  # fmt: skip
_NEAR_SCOPES: Final = (
    "us|us", "us|2c92c0f8", "us||emea", "|us", "us|", "*|us", "**", "us,emea", "US", "us ", " us",
    "us | emea", "x" * 64, "x" * 65, "a_b", "us_1", "a.b", "a--b", "north,south", "south,north",
    "north,north",
    "north|north", "north,south|south,north", "north,", ",north", "north,*", "8a90,north", "8a90|8a91",
    "\u0430bc", "\uff55\uff53",
)  # fmt: skip
NEAR: Final = {
    **dict.fromkeys(("entity", "org"), _NEAR_SCOPES),
    **dict.fromkeys(("targetDate", "invoiceDate", "schedule.repeatFrom"), _NEAR_DATES),
    **dict.fromkeys(("batches", "chargeTypeToExclude", "chargeNumbers", "subscriptionId"), _NEAR_LISTS),
    **dict.fromkeys(("billRunId", "billRunNumber", "jr-number", "jrNumber", "scheduleKey"), _NEAR_IDS),
}
"""What nearly fits a column, and just so; for those that are not there, `near` takes texts."""


def near(rng: Random, name: str) -> str:
    """A cell at the edge of the grammar of a column."""
    return rng.choice(NEAR.get(name, _NEAR_TEXTS))

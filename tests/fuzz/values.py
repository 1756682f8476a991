"""Single cells: good ones, odd ones, and such as spreadsheets and people leave behind."""

from collections.abc import Callable
from random import Random
from typing import Final

NAMES: Final = (
    "January",
    "Rechnungslauf M\u00e4rz",
    "\u8acb\u6c42\u66f8",
    'say "hello"',
    "a, b; c",
    "-5% +1",
    "=1+1",
    "x" * 200,
    "\U0001f4b6 money",
)
NOTES: Final = (
    "seen",
    "two\nlines",
    "one\r\ntwo\r\n\r\nfour",
    'a "quoted" word',
    "a,b;c\td",
    "  blanks  ",
    "\u2028\u2029\x85\x0b\x0c",
    "\u202eleft",
    '"',
    "\n",
)
SCOPES: Final = {
    "entity": ("us", "emea", "us|emea", "*", "2c92c0f8", "us|2c92-ffff", "emea"),
    "org": ("north", "south", "north,south", "north|south", "*", "8a90", "north|south,8a91-x", "north"),
}
DAMAGED: Final = (
    "2E+15",
    "1,5E-3",
    "75",
    "0",
    "JR-75",
    "jr-00000075",
    "JR-00000075",
    "BR-00000016",
    "1/2/26",
    "31.01.2026",
    "2026-02-30",
    "2026-2-3",
    "20260203",
    "2026-W05-1",
    "0000-01-01",
    "10000-01-01",
    "46053",
    "########",
    "#REF!",
    "#N/A",
    "1,234",
    "Batch0",
    "Batch01",
    "Batch201",
    "batch1",
    "Batch1;",
    ";Batch1",
    "Batch1;;Batch2",
    "AllBatches;Batch1",
    "Batch1; Batch2",
    "\uff22atch1",
    "JR-\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "\uff2aR-00000075",
    "\u0661\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
    "\u201cJanuary\u201d",
    "yes",
    "1",
    "TRUE ",
    "null",
    "None",
    "NaN",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "../../v1/accounts/A1",
    "x/../y",
    "a#x",
    "a?b",
    "a%2fb",
    "us|",
    "|us",
    "us||emea",
    "*|us",
    "us,emea",
    "north,",
    "north,,south",
    "north,north",
    "north|north",
    "north,south|south,north",
    " us",
    "us | emea",
    "**",
    "_",
    "a_b",
    "a.b",
    "[]",
    "{}",
    '[{"orderKey":"O"}]',
    "a" * 31,
    "a" * 32,
    "a" * 33,
    "g" * 32,
    "x" * 64,
    "x" * 65,
    "x" * 201,
    "x" * 255,
    "x" * 256,
    " ",
    "\u00a0",
    "\u200b",
    "\u3164",
    "\u00ad",
    "\ufeff",
    "\x7f",
    "\x1b[31m",
    "\ue000",
    "\U000e0001",
)
_MARKS: Final = (
    "\u202e",
    "\u200f",
    "\u200b",
    "\u00a0",
    "\u00ad",
    "\u2028",
    "\x85",
    "\t",
    "\n",
    "\x07",
    "\u0301",
)


def odd(rng: Random, cell: str) -> str:
    """The cell, changed by one of the accidents that happen to cells."""
    return rng.choice(_ACCIDENTS)(rng, cell)


def _look_alike(rng: Random, cell: str) -> str:
    if not cell:
        return "\uff10"
    at = rng.randrange(len(cell))
    return cell[:at] + _TWINS.get(cell[at], "\uff0d") + cell[at + 1 :]


def _marked(rng: Random, cell: str) -> str:
    at = rng.randrange(len(cell) + 1)
    return cell[:at] + rng.choice(_MARKS) + cell[at:]


def _shorter(rng: Random, cell: str) -> str:
    at = rng.randrange(len(cell) + 1)
    return cell[:at] + cell[at + 1 :]


_TWINS: Final = {
    "a": "\u0430", "e": "\u0435", "0": "\u041e", "1": "\uff11", "-": "\u2011", "B": "\u0392", "J": "\u0408",
    "2": "\u00b2", "3": "\u0663",
}  # fmt: skip
_ACCIDENTS: Final[tuple[Callable[[Random, str], str], ...]] = (
    _look_alike,
    _marked,
    _shorter,
    lambda rng, _: rng.choice(DAMAGED),
    lambda rng, _: rng.choice(DAMAGED),
    lambda _, cell: f"{cell} ",
    lambda _, cell: f" {cell}",
    lambda _, cell: cell + cell,
    lambda _, cell: cell.swapcase(),
    lambda rng, cell: cell + rng.choice("0aZ;|,-_*\"'"),
)

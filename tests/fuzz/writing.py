"""A job as the bytes of a file: CSV or JSONL, in the manners in which programs write them."""

import json
from random import Random
from typing import Final

from tests.fuzz.wellformed import CsvRow, Sheet

DELIMITERS: Final = ",,,,,;\t"
_LISTS: Final = ("batches", "subscriptionId", "chargeNumbers", "chargeTypeToExclude", "schedule.weeklyOnDay")
_OTHER_KINDS: Final = (
    1, 0, 75, 1.5, True, False, None, "", " ", "true", [], {}, [None], ["a"], [1], [[]], {"a": 1}, [{}],
)  # fmt: skip


def as_csv(sheet: Sheet, delimiter: str) -> str:
    """The job as a CSV, in one of the styles in which programs write them."""
    rng = sheet.rng
    end = rng.choice(("\n", "\n", "\r\n"))
    quote_all = rng.random() < 0.15
    rows = [sheet.columns, *([row.get(name, "") for name in sheet.columns] for row in sheet.rows)]
    lines = [delimiter.join(_cell(rng, cell, delimiter, quote_all=quote_all) for cell in row) for row in rows]
    return _joined(rng, lines, end)


def _cell(rng: Random, cell: str, delimiter: str, *, quote_all: bool) -> str:
    needs = any(sign in cell for sign in ('"', "\n", "\r", delimiter))
    if not (needs or quote_all or rng.random() < 0.03):
        return cell
    return '"{}"'.format(cell.replace('"', '""'))


def as_jsonl(sheet: Sheet) -> str:
    """The job as JSONL; what is a list or a switch in CSV is one here, too."""
    rng = sheet.rng
    ascii_only, spaced = rng.random() < 0.5, rng.random() < 0.5
    separators = (", ", ": ") if spaced else (",", ":")
    rows = [_members(row) for row in sheet.rows]
    for row in rows:
        if rng.random() < sheet.hostility / 3:
            row[rng.choice(list(row))] = rng.choice(_OTHER_KINDS)
    lines = [json.dumps(row, ensure_ascii=ascii_only, separators=separators) for row in rows]
    return _joined(rng, lines, rng.choice(("\n", "\n", "\r\n")))


def _members(row: CsvRow) -> dict[str, object]:
    members: dict[str, object] = {}
    schedule: dict[str, object] = {}
    for name, cell in row.items():
        outer, _, inner = name.partition(".")
        into = schedule if outer == "schedule" and inner else members
        into[inner if into is schedule else name] = _value(name, cell)
    return members | ({"schedule": schedule} if schedule else {})


def _value(name: str, cell: str) -> object:
    if not cell:
        return None
    if name in _LISTS:
        return cell.split(";")
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if name == "schedule.runTime" and cell.isdecimal():
        return int(cell)
    if name == "specificSubscriptions":
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


def _joined(rng: Random, lines: list[str], end: str) -> str:
    if rng.random() < 0.15:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(("", "", "  ", "\t")))
    text = end.join(lines)
    return text if rng.random() < 0.1 else text + end

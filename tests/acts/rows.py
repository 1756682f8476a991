"""What rows ask for, and the many ways in which people write the same."""

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.acts.ground import ENTITIES, ORGS

CREATE, CANCEL, JOURNAL, DETACH = OPERATIONS = (
    "create_bill_run", "cancel_bill_run", "cancel_journal_run", "detach_charges",
)  # fmt: skip
_LISTS: Final = ("batches", "subscriptionId", "chargeNumbers", "chargeTypeToExclude")


@dataclass(frozen=True)
class Row:
    """One row as its writer means it; `name` is how the tenant's record shows it."""

    number: int
    operation: str
    name: str
    members: Mapping[str, Any] = field(hash=False, compare=False)
    entities: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    bill_run_number: str | None = None
    valid: bool = True

    @property
    def places(self) -> tuple[str | None, ...]:
        """The entities in which it acts, by name."""
        return self.entities or (None,)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A job file about to be written: rows in an order, equal ones more than once."""

    rows: tuple[Row, ...]

    def count(self, row: Row) -> int:
        """How many equal rows there are."""
        return sum(each.number == row.number for each in self.rows)

    @property
    def repeats(self) -> bool:
        """Whether any row stands there twice."""
        return len({row.number for row in self.rows}) < len(self.rows)


def some_row(number: int, chance: random.Random, *, scoped: bool, spell: str = "w") -> Row:
    """A row that nobody else asks for; by its number it is known in the tenant's record."""
    operation = chance.choice((CREATE, CREATE, CANCEL, JOURNAL, DETACH))
    # Only creations fan out: an object that a scenario mentions is one and the same in all entities.
    several = (("us", "emea"),) if operation == CREATE else ()
    entities = chance.choice((("us",), ("us",), ("emea",), *several)) if scoped else ()
    orgs = chance.choice((("north",), ("south",), ("north", "south"))) if scoped else ()
    match operation:
        case "create_bill_run":
            members = _creation(f"{spell}{number}", chance)
            return Row(number, operation, f"{spell}{number}", members, entities, orgs)
        case "cancel_bill_run":
            made = f"{number:032x}"
            by_number = f"BR-{number:08d}" if chance.random() < 0.4 else None
            return Row(number, operation, made, {"billRunId": made}, entities, orgs, by_number)
        case "cancel_journal_run":
            made = f"JR-{number:08d}"
            return Row(number, operation, made, {"jr-number": made}, entities, orgs)
        case _:
            made = f"IS-{number:07d}"
            members: dict[str, Any] = {"scheduleKey": made, "orderKey": f"O-{number}"}
            members["subscriptionKey"] = f"A-S{number}"
            members["chargeNumbers"] = [f"C-{number}-{one}" for one in range(chance.randint(1, 3))]
            return Row(number, operation, made, members, entities, orgs)


def _creation(name: str, chance: random.Random) -> dict[str, Any]:
    members: dict[str, Any] = {"name": name, "targetDate": "2026-12-31"}
    if chance.random() < 0.5:
        members["batches"] = chance.choice((["Batch1"], ["Batch2", "Batch7"], ["Batch1", "Batch3", "Batch9"]))
    else:
        members["accountId"] = f"A-{name}"
        if chance.random() < 0.5:
            members["subscriptionId"] = [f"S-{name}-1", f"S-{name}-2"]
    if chance.random() < 0.5:
        members["invoiceDate"] = "2026-12-31"
    if chance.random() < 0.3:
        members["chargeTypeToExclude"] = ["OneTime", "Usage"]
    return members


def spelled(row: Row, chance: random.Random, *, entity_given: bool) -> dict[str, Any]:
    """The row's members, in one of the spellings that mean the same; `entity_given`: by `--entity us`."""
    members = {"operation": row.operation, **row.members}
    for name in _LISTS:
        if name in members:
            members[name] = chance.sample(members[name], len(members[name]))
    match row.operation:
        case "create_bill_run":
            _spell_creation(members, chance)
        case "cancel_bill_run":
            _spell_cancel(members, row, chance)
        case "cancel_journal_run" if chance.random() < 0.5:
            members["jrNumber"] = members.pop("jr-number")
        case "detach_charges" if chance.random() < 0.5:
            keys = ("orderKey", "subscriptionKey", "chargeNumbers")
            members["specificSubscriptions"] = [{key: members.pop(key) for key in keys}]
    _spell_scope(members, row, chance, entity_given=entity_given)
    return dict(chance.sample(list(members.items()), len(members)))


def _spell_creation(members: dict[str, Any], chance: random.Random) -> None:
    defaults = {"autoPost": False, "billRunType": "Regular", "includeSubscriptions": True}
    members |= {name: value for name, value in defaults.items() if chance.random() < 0.3}
    if "accountId" in members and chance.random() < 0.5:
        account = {"accountId": members.pop("accountId")}
        subscriptions = members.pop("subscriptionId", None)
        each = [
            {**account, "filterType": "Subscription", "subscriptionId": key} for key in subscriptions or ()
        ]
        members["billRunFilters"] = each or [{**account, "filterType": "Account"}]


def _spell_cancel(members: dict[str, Any], row: Row, chance: random.Random) -> None:
    if row.bill_run_number is not None and chance.random() < 0.5:
        members["billRunNumber"] = row.bill_run_number
        del members["billRunId"]
    elif chance.random() < 0.5:
        members["billRunId"] = members["billRunId"].upper()
    if chance.random() < 0.4:
        members["cancelOnce"] = True


def _spell_scope(members: dict[str, Any], row: Row, chance: random.Random, *, entity_given: bool) -> None:
    entities = [_named(name, ENTITIES, chance) for name in row.entities]
    if set(row.entities) == set(ENTITIES) and chance.random() < 0.3:
        members["entity"] = "*"
    elif entities and not (entity_given and row.entities == ("us",) and chance.random() < 0.7):
        members["entity"] = "|".join(chance.sample(entities, len(entities)))
    if row.orgs:
        orgs = [_named(name, ORGS, chance) for name in row.orgs]
        members["org"] = ",".join(chance.sample(orgs, len(orgs)))


def _named(name: str, ids: Mapping[str, str], chance: random.Random) -> str:
    return name if chance.random() < 0.7 else ids[name]


def as_csv(lines: Sequence[Mapping[str, Any]], delimiter: str = ",") -> str:
    """A CSV of rows, with the columns that any of them has."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(line.get(name)) for name in names] for line in lines)
    return text.getvalue()


def as_jsonl(lines: Sequence[Mapping[str, Any]]) -> str:
    """A JSONL of rows."""
    return "".join(json.dumps(line) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(value) if isinstance(value[0], str) else json.dumps(value)
    return "" if value is None else str(value)


def written(sheet: Sheet, chance: random.Random, file_format: str, *, entity_given: bool) -> str:
    """A job file in which each row has a `custom_id` that tells its number and its place among equal ones."""
    lines: list[dict[str, Any]] = []
    copies: dict[int, int] = {}
    for row in sheet.rows:
        copy = copies[row.number] = copies.get(row.number, 0) + 1
        line = spelled(row, chance, entity_given=entity_given)
        lines.append({**line, "custom_id": f"c{row.number}.{copy}"})
    return as_jsonl(lines) if file_format == "jsonl" else as_csv(lines, chance.choice((",", ";")))


def number_in(custom_id: str) -> int:
    """The number of the row that has this `custom_id`."""
    return int(custom_id[1:].partition(".")[0])


def wrong_row(number: int, *, scoped: bool) -> Row:
    """A row that no tenant would take: its id is none."""
    scope = (("us",), ("north",)) if scoped else ((), ())
    return Row(number, CANCEL, "none", {"billRunId": f"run {number}"}, *scope, valid=False)

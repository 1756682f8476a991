"""Whole rows a second time: which cells are wrong, is the row right, and what does it mean?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.fuzz.names import CANCEL, CREATE, DETACH, FIELDS, JOURNAL, OPERATIONS, RESERVED, SWITCHES
from tests.fuzz.secondgrammar import (
    GRAMMARS,
    Opinion,
    custom_id,
    ends_month,
    is_date,
    items,
)
from tests.fuzz.secondjson import Value
from tests.fuzz.secondmeaning import FOLDED, Given, items_of_detach, meaning_of
from tests.fuzz.secondscopes import Scope, World, scopes

_FILTER: Final = ("accountId", "subscriptionId")
_YEAR_SURE: Final = "2030"
"""Schedules may begin at most 10 years ahead: beyond this year the judge leaves it open."""


@dataclass
class Verdict:
    """What is thought of one row: the cells that are wrong, the row as a whole, its tasks.

    `right` is None where the contract leaves it open. `meaning` is equal for equal rows of an operation.
    """

    line: int
    operation: str = ""
    custom_id: str | None = None
    wrong: set[str] = field(default_factory=set[str])
    right: Opinion = True
    scopes: list[Scope] = field(default_factory=list[Scope])
    given: Given = field(default_factory=dict[str, Value])
    meaning: object = None

    def is_told(self, columns: set[str]) -> bool:
        """Whether each wrong cell is among those that were told.

        Columns that together make one field may be told one by one.
        """
        missed = self.wrong - columns
        return not missed or any(missed <= set(group) and columns & set(group) for group in (_FILTER, FOLDED))


def verdict_on(line: int, cells: Mapping[str, Value], world: World, *, is_csv: bool) -> Verdict:
    """Judge a row; `cells` are those that are there at all."""
    verdict = Verdict(line)
    verdict.scopes, verdict.wrong = scopes(cells, world)
    own_id = cells.get("custom_id")
    verdict.custom_id = None if own_id is None else str(own_id)
    if own_id is not None and not custom_id(own_id):
        verdict.wrong.add("custom_id")
    operation = cells.get("operation", world.operation)
    opinions: list[Opinion] = [None] if "#run" in cells else []
    if isinstance(operation, str) and operation in OPERATIONS:
        verdict.operation = operation
        opinions += _judge(verdict, cells, world, is_csv=is_csv)
    else:
        verdict.wrong.add("operation")
    if verdict.wrong or False in opinions:
        verdict.right = False
    elif None in opinions:
        verdict.right = None
    else:
        verdict.meaning = meaning_of(verdict.operation, verdict.given)
    return verdict


def _judge(verdict: Verdict, cells: Mapping[str, Value], world: World, *, is_csv: bool) -> list[Opinion]:
    """The opinions on each field, and on all together; wrong cells are noted."""
    opinions: list[Opinion] = []
    names = FIELDS[verdict.operation]
    for name, value in cells.items():
        if name in RESERVED or name.startswith("#"):
            continue
        if name not in names or ("." in name and not is_csv):
            verdict.wrong.add(name)
        elif name == "schedule":
            opinions.append(_inside(verdict, value, is_csv=is_csv))
        else:
            opinion = GRAMMARS[name](value) if name in GRAMMARS else None
            if opinion is True and not is_csv and isinstance(value, str) and not _is_text(name):
                opinion = False
            opinions.append(opinion)
            verdict.given[name] = value
            if opinion is False:
                verdict.wrong.add(name)
    if not verdict.wrong and None not in opinions:
        opinions.append(_RULES[verdict.operation](verdict.given, world))
    return opinions


def _is_text(name: str) -> bool:
    """Whether JSON writes the field as a string, too."""
    lists = ("batches", "subscriptionId", "chargeTypeToExclude", "chargeNumbers", "specificSubscriptions")
    return name not in (*lists, *SWITCHES, "cancelOnce")


def _inside(verdict: Verdict, value: Value, *, is_csv: bool) -> Opinion:
    """A schedule of JSONL, member by member; in CSV, as JSON in a cell, it is left open."""
    if is_csv:
        return None
    found: list[Opinion] = [isinstance(value, dict)]
    for name, member in value.items() if isinstance(value, dict) else ():
        if member is None:
            continue
        verdict.given[f"schedule.{name}"] = member
        quoted = isinstance(member, str) and name in ("runTime", "weeklyOnDay", "monthlyOnEndOfMonth")
        grammar = GRAMMARS.get(f"schedule.{name}")
        found.append(grammar is not None and not quoted and grammar(member))
    verdict.given.setdefault("schedule.repeatFrom", None)
    if False in found:
        verdict.wrong.add("schedule")
    return False if False in found else None if None in found else True


def _create_rule(given: Given, world: World) -> Opinion:
    by_filter = "accountId" in given
    scheduled = any(name.startswith("schedule.") for name in given)
    rules = (
        ("batches" in given) != by_filter,
        by_filter or "subscriptionId" not in given,
        "billCycleDay" not in given or "batches" in given,
        given.get("billCycleDay") != "AsRunDay" or scheduled,
        scheduled or "targetDate" in given,
        scheduled or "invoiceDate" in given or world.dated,
    )
    if not all(rules):
        return False
    subscribed = items(given.get("subscriptionId")) or []
    if len(subscribed) > 50 or len(set(map(repr, subscribed))) < len(subscribed):
        return None
    return _schedule_rule({name[9:]: value for name, value in given.items() if name.startswith("schedule.")})


def _schedule_rule(given: Given) -> Opinion:
    if not given:
        return True
    first, kind, last = given.get("repeatFrom"), given.get("repeatType"), given.get("repeatTo")
    if not isinstance(first, str) or kind is None or "runTime" not in given:
        return False
    if str(first) > _YEAR_SURE:
        return None
    if isinstance(last, str) and is_date(last) and last < first:
        return False
    if ("weeklyOnDay" in given) != (kind == "Weekly"):
        return False
    ends = str(given.get("monthlyOnEndOfMonth")).lower() == "true"
    return not ends or (kind == "Monthly" and ends_month(first))


def _cancel_rule(given: Given, _: World) -> Opinion:
    return ("billRunId" in given) != ("billRunNumber" in given)


def _journal_rule(given: Given, _: World) -> Opinion:
    return ("jr-number" in given) != ("jrNumber" in given)


def _detach_rule(given: Given, _: World) -> Opinion:
    if "scheduleKey" not in given:
        return False
    if "specificSubscriptions" in given:
        whole = not any(name in given for name in FOLDED)
    else:
        whole = "orderKey" in given and "subscriptionKey" in given
    charges = [charge for _, _, named in items_of_detach(given) for charge in named or ()]
    return None if whole and len(set(charges)) < len(charges) else whole


_RULES: Final = {
    CREATE: _create_rule,
    CANCEL: _cancel_rule,
    JOURNAL: _journal_rule,
    DETACH: _detach_rule,
}

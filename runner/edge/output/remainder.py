"""What is left to do of a partial task, in the columns of its row."""

from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeAlias

from runner.core.history import Past
from runner.core.jsonvalue import Json, dumps, list_at
from runner.core.task import Task

Remains: TypeAlias = Mapping[str, Json]
"""What is left, by the columns that can say it: each by itself says the whole of it."""

Remainder: TypeAlias = Callable[[Task, Past], Remains | None]
"""Tells what is left of a partial task; None: the row stands as it is."""

COMPANIONS: Final[Mapping[str, str]] = {"subscriptionKey": "chargeNumbers"}
"""A row that used the first column without the second named all charges of a subscription, and may have
single ones left; so `partial.csv` gains the second column where the job has the first alone."""


def charges_left(_task: Task, past: Past) -> Remains | None:
    """The charges that were still attached when they were last seen (`facts["left"]` of that sighting)."""
    seen = past.seen or past.pre
    left = list_at(seen.facts, "left") if seen is not None else []
    if not left:
        return None
    remains: dict[str, Json] = {"specificSubscriptions": left}
    charges = [list_at(item, "chargeNumbers") for item in left]
    # Without charges an item means all of its subscription; an emptied cell would say that of this row.
    if all(charges):
        remains["chargeNumbers"] = [number for numbers in charges for number in numbers]
    return remains


def chosen(remains: Remains, used: Collection[str]) -> str | None:
    """The column in which a row says what is left, by the columns that it has filled; None: in none."""
    for name in remains:
        if name in used:
            return name
    return next((second for first, second in COMPANIONS.items() if first in used and second in remains), None)


def as_cell(value: Json, before: str) -> str:
    """A value as a CSV cell, spelled as the cell that it replaces: strings joined by `;`, else JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list() if not before.lstrip().startswith("["):
            texts = [item for item in value if isinstance(item, str)]
            return ";".join(texts) if len(texts) == len(value) else dumps(value)
        case _:
            return dumps(value)


def as_member(value: Json, before: Json) -> Json:
    """A value as a JSONL member, spelled as the member that it replaces: one string, or as it is."""
    return as_cell(value, before) if isinstance(before, str) else value

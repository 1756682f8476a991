"""Where in a row something stands, and how the job file spells that place."""

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeAlias

from runner.core.job import JobFormat
from runner.core.jsonvalue import JsonObject, object_at

Place: TypeAlias = "tuple[str | int, ...]"
"""The way to a value in the body: member names and list indexes from the outside in."""

Finding: TypeAlias = "tuple[Place, str]"
"""One thing that is wrong with the body: where, and a message that does not repeat the place."""


@dataclass(slots=True)
class Spelling:
    """How one row spells the places of its body.

    `columns` holds what the row itself names, by place. `folded` holds the convenience columns that the row
    uses in place of the field `target` (`accountId` of `billRunFilters`); they are named as its members are.
    """

    format: JobFormat
    columns: dict[Place, str] = field(default_factory=dict[Place, str])
    target: str = ""
    folded: tuple[str, ...] = ()

    def locate(self, place: Place) -> tuple[str, str]:
        """The column of a place as the file spells it, and the way from there inwards ("" for none)."""
        for length in range(len(place), 0, -1):
            column = self.columns.get(place[:length])
            if column is not None:
                return column, inner_path(place[length:])
        if self.folded and place[:1] == (self.target,):
            members = [step for step in place[1:] if isinstance(step, str)]
            return (members or self.folded)[-1], ""
        names = tuple(takewhile(lambda step: isinstance(step, str), place))
        known = {known[0] for known in self.columns if len(known) > 1}
        if self.format == "csv" and len(names) > 1 and names[0] in known:
            return ".".join(str(name) for name in names), inner_path(place[len(names) :])
        return str(place[0]) if place else "", inner_path(place[1:])


def inner_path(place: Place) -> str:
    """A place inside a cell, for people: `item 2`, `[0].condition.field`, `repeatFrom`."""
    if len(place) == 1 and isinstance(place[0], int):
        return f"item {place[0] + 1}"
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


def value_at(body: JsonObject, place: Place) -> bool:
    """Whether something stands at a place of nested objects (lists are not entered)."""
    holder = body
    for step in place[:-1]:
        holder = object_at(holder, str(step))
    return str(place[-1]) in holder

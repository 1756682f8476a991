"""A row as far as it could be understood: what the cross-field rules look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from runner.core.jsonvalue import Json, JsonObject, list_at, object_at
from runner.operations.reading.places import Finding, Place, value_at


@dataclass(frozen=True, slots=True)
class Seen:
    """A body whose damaged parts are left out, so that rules can be tried on the rest.

    `raw` is what the row gives, valid or not; `body` holds the valid parts alone.
    """

    raw: JsonObject
    body: JsonObject

    def given(self, *place: str) -> bool:
        """Whether the row has the field, be its value valid or not."""
        return value_at(self.raw, place)

    def sound(self, *place: str) -> bool:
        """Whether the field is absent or valid, so that a rule about it tells a fault of its own."""
        return value_at(self.body, place) or not self.given(*place)

    def text(self, *place: str) -> str:
        """A valid text, or "" where it is absent or damaged."""
        value = self._value(place)
        return value if isinstance(value, str) else ""

    def true(self, *place: str) -> bool:
        """Whether a field is validly true."""
        return self._value(place) is True

    def objects(self, name: str) -> list[JsonObject]:
        """A valid list of objects, or an empty one."""
        return [item for item in list_at(self.body, name) if isinstance(item, dict)]

    def texts(self, name: str) -> list[str]:
        """A valid list of texts, or an empty one."""
        return [item for item in list_at(self.body, name) if isinstance(item, str)]

    def _value(self, place: Place) -> Json:
        holder = self.body
        for step in place[:-1]:
            holder = object_at(holder, str(step))
        return holder.get(str(place[-1]))


Rules: TypeAlias = Callable[[Seen], Iterable[Finding]]
"""The rules of an operation that concern more than one value."""


def no_rules(seen: Seen) -> Iterable[Finding]:
    """For operations whose fields have no rules among each other."""
    del seen
    return ()


def repeats(texts: Iterable[str]) -> list[str]:
    """Each text that stands more than once, once, in order."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for text in texts:
        if text in seen:
            twice[text] = None
        seen.add(text)
    return list(twice)

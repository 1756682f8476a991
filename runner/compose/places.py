"""The place of a row among equal ones: it makes them different acts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from runner.core.acts import HoldKind
from runner.core.operation import Draft
from runner.core.task import Act
from runner.edge.checkpoint.acts import ActSession

_TOGETHER: Final = 16


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whose acts these are: what all tasks of a run have in common. `skip_done`: done ones are left out."""

    origin: str
    tenant_id: str
    run_id: str
    run_label: str
    skip_done: bool = False

    def act(self, operation: str, draft: Draft, place: int) -> str:
        """The digest of one act."""
        return Act(
            origin=self.origin,
            tenant=self.tenant_id,
            operation=operation,
            scope=draft.scope,
            fields=draft.normal,
            run_label=self.run_label,
            place=place,
        ).digest()


class Places:
    """Which place a row takes among equal ones, by what earlier runs know."""

    def __init__(self, meaning: Meaning, session: ActSession) -> None:
        self._meaning = meaning
        self._session = session

    def order(self, operation: str, draft: Draft, taken: Collection[int] = ()) -> Iterator[int]:
        """First the places that earlier runs hold, then the others, the lowest first; none of `taken`.

        So a row whose equal failed, and was corrected since, stays the act that was done. Raises
        `StorageFault` where an earlier run cannot be read.
        """
        held = [place for place in self._held(operation, draft) if place not in taken]
        yield from held
        passed = {*held, *taken}
        yield from (place for place in count() if place not in passed)

    def _held(self, operation: str, draft: Draft) -> Iterator[int]:
        for first in count(0, _TOGETHER):
            places = range(first, first + _TOGETHER)
            place_of = {self._meaning.act(operation, draft, place): place for place in places}
            known = list(self._session.holdings(place_of, besides=(self._meaning.run_id,)))
            yield from sorted({place_of[one.act] for one in known if one.kind is not HoldKind.FREE})
            if not known:
                return

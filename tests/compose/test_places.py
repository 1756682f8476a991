from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from runner.compose.places import Meaning, Places
from runner.core.acts import HoldKind
from runner.core.operation import Draft, Fields
from runner.core.outcome import Outcome, Status
from runner.core.scope import Scope
from runner.edge.checkpoint.acts import ActSession, Holding

MEANING = Meaning("built-in", "tenant.1", "new", "")
DRAFT = Draft(Fields({}), Scope(), {"name": "same"})


class Told(ActSession):
    """A registry that knows what it was told: how an earlier run holds each place."""

    def __init__(self, kinds: dict[int, HoldKind]) -> None:
        self._kinds = {MEANING.act("create_bill_run", DRAFT, place): kind for place, kind in kinds.items()}

    def holdings(self, acts: Iterable[str], *, besides: Collection[str] = ()) -> Iterator[Holding]:
        """What it was told of these acts."""
        assert besides == ("new",)
        for act in acts:
            if act in self._kinds:
                yield Holding(act, "old", 1, self._kinds[act], Outcome(Status.SUCCEEDED))


def first(kinds: dict[int, HoldKind], number: int, taken: tuple[int, ...] = ()) -> list[int]:
    """The first places that equal rows take."""
    return list(islice(Places(MEANING, Told(kinds)).order("create_bill_run", DRAFT, taken), number))


def test_what_no_run_knows_takes_the_lowest_places():
    """Without earlier runs the places are 0, 1, 2 and so on."""
    assert first({}, 3) == [0, 1, 2]


def test_places_that_are_held_come_first():
    """Done, doubtful and open ones come before a free one, whose equal failed and may have been corrected."""
    kinds = {0: HoldKind.FREE, 1: HoldKind.DONE, 2: HoldKind.IN_DOUBT, 3: HoldKind.TO_DO}
    assert first(kinds, 5) == [1, 2, 3, 0, 4]


def test_places_that_are_taken_are_left_out():
    """A place that another row has by its #task is nobody else's."""
    assert first({0: HoldKind.FREE, 1: HoldKind.DONE, 2: HoldKind.DONE}, 3, (1,)) == [2, 0, 3]


def test_many_held_places_are_all_found():
    """However many equal rows earlier runs have done, the last of them are known too."""
    kinds = {0: HoldKind.FREE, **dict.fromkeys(range(1, 100), HoldKind.DONE)}
    assert first(kinds, 100) == [*range(1, 100), 0]

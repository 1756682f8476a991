from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.operation import Claim
from runner.core.scope import Scope
from runner.edge.spool import Spool
from runner.edge.spoolentry import Entry, EntryCount, Pair, RejectedRow

US, EMEA = Scope("us"), Scope("emea", ("a", "b"))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """An empty spool."""
    with Spool(tmp_path) as made:
        yield made


def entry(
    row: int,
    digest: str = "",
    scope: Scope = US,
    custom_id: str | None = None,
    claims: tuple[Claim, ...] = (),
) -> Entry:
    """An entry of a row, as little as needed."""
    return Entry(
        row, row + 1, f"[{row}]", "cancel", scope, digest or f"d{row}", f'{{"n":{row}}}', custom_id, claims
    )


def test_entries_come_back_in_order(spool: Spool):
    """Entries come back as they were added, with their numbers, and rejected rows in between."""
    parented = Entry(1, 2, "[1]", "cancel", US, "d1", "{}", "c", parent=("run-1", 7))
    rejected = RejectedRow(2, 3, "[2]", "no such field", '{"custom_id":"x"}')
    assert spool.add(parented) == 1
    spool.add_rejected(rejected)
    assert spool.add(entry(3, scope=US)) == 2
    assert spool.add(entry(3, scope=EMEA)) == 3
    first, second, *rest = spool.in_order()
    assert isinstance(first, Entry)
    assert (first.number, first.parent, first.source) == (1, ("run-1", 7), "[1]")
    assert second == rejected
    assert [(one.number, one.scope) for one in rest if isinstance(one, Entry)] == [(2, US), (3, EMEA)]
    assert len(spool) == 3


def test_nothing_is_left_on_disk(tmp_path: Path):
    """The file has no name while it is used, and is gone afterwards."""
    with Spool(tmp_path) as made:
        made.add(entry(1))
        list(made.equal_entries())
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_equal_entries_are_paired_with_the_first(spool: Spool):
    """Equal is: same operation, scope and digest; each later one is paired with the first."""
    for row, scope in ((1, US), (2, EMEA), (3, US), (4, US), (5, EMEA)):
        spool.add(entry(row, "same", scope))
    spool.add(entry(6, "other"))
    assert list(spool.equal_entries()) == [
        Pair((1, 3), (2, 4)),
        Pair((1, 4), (2, 5)),
        Pair((2, 5), (3, 6)),
    ]
    assert [[one.row for one in group] for group in spool.equal_groups()] == [[1, 3, 4], [2, 5]]


def test_places_are_kept(spool: Spool):
    """A place that is given among equal entries comes back with the entry."""
    spool.add(entry(1, "same"))
    number = spool.add(entry(2, "same"))
    list(spool.equal_groups())
    spool.set_place(number, 1)
    assert [one.place for one in spool.in_order() if isinstance(one, Entry)] == [None, 1]


def test_repeated_ids_count_within_a_scope(spool: Spool):
    """A custom id may stand once in each scope."""
    for row, scope in ((1, US), (2, EMEA), (3, US)):
        spool.add(entry(row, scope=scope, custom_id="c"))
    spool.add(entry(4))
    spool.add(entry(5))
    assert list(spool.repeated_ids()) == [Pair((1, 3), (2, 4), "c")]


def test_contradictions_count_within_a_scope(spool: Spool):
    """Different values of one key contradict each other in one scope, and nowhere else."""
    for row, scope, value in ((1, US, "true"), (2, EMEA, "false"), (3, US, "true"), (4, US, "false")):
        spool.add(entry(row, scope=scope, claims=(Claim("bill run", value), Claim(f"own {row}", "*"))))
    assert list(spool.contradictions()) == [
        Pair((3, 4), (4, 5), "bill run"),
        Pair((1, 4), (2, 5), "bill run"),
    ]


@given(st.lists(st.sampled_from(["*", "!", "a", "b", "c"]), max_size=8))
def test_whoever_contradicts_is_found(values: list[str]):
    """For any values: exactly those entries that contradict another are in a pair, each pair contradicts."""
    with Spool() as spool:
        for row, value in enumerate(values, 1):
            spool.add(entry(row, claims=(Claim("k", value),)))
        pairs = [pair.rows for pair in spool.contradictions()]
    wrong = {
        (one, other)
        for one, other in combinations(range(1, len(values) + 1), 2)
        if values[one - 1] != values[other - 1] or values[one - 1] == "*"
    }
    assert set(pairs) <= wrong
    assert {row for pair in pairs for row in pair} == {row for pair in wrong for row in pair}
    assert len(pairs) == len(set(pairs))


def test_a_rejected_row_goes_with_all_its_entries(spool: Spool):
    """A row that is marked is one rejected row with its first reason, and counts no more."""
    spool.add(entry(1, scope=US))
    spool.add(entry(1, scope=EMEA))
    spool.add(entry(2, scope=EMEA))
    spool.mark_rejected(1, "first")
    spool.mark_rejected(1, "second")
    assert [one for one in spool.in_order() if isinstance(one, RejectedRow)] == [
        RejectedRow(1, 2, "[1]", "first")
    ]
    assert spool.counts() == [EntryCount("cancel", EMEA, 1)]
    assert [one.row for one in spool.in_order(after_row=1)] == [2]


def test_an_entry_may_be_revised(spool: Spool):
    """A number that was looked up changes what an entry means, and what it claims."""
    spool.add(entry(1, "one", claims=(Claim("k", "x"),)))
    number = spool.add(entry(2, "two", claims=(Claim("other", "y"),)))
    assert list(spool.contradictions()) == []
    spool.revise(number, "one", "{}", [Claim("k", "y")])
    assert list(spool.equal_entries()) == [Pair((1, 2), (2, 3))]
    assert list(spool.contradictions()) == [Pair((1, 2), (2, 3), "k")]


def test_rows_ascend(spool: Spool):
    """A row out of order is a fault of the caller."""
    spool.add(entry(2))
    with pytest.raises(ValueError, match="row 1 after row 2"):
        spool.add(entry(1))
    with pytest.raises(ValueError, match="row 2 after row 2"):
        spool.add_rejected(RejectedRow(2, 3, "", ""))


def test_many_entries_come_back_in_order(spool: Spool):
    """More entries than are written together come back whole and in order."""
    for row in range(1, 2502):
        spool.add(entry(row))
    assert [one.row for one in spool.in_order()] == list(range(1, 2502))

"""The judge: what the tenant did, by its own record, against what was meant and what the ledgers say.

It shares no code with the runner. An act may have one effect, however many runs there were.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tests.acts.book import Line, Place, entity_name
from tests.acts.rows import CREATE, DETACH, Row

KINDS: Final = (
    "done twice", "not done", "false failed", "false succeeded", "unaccounted", "refused but sent",
    "refused without a reason", "not refused", "unexpected exit code", "left open", "plan differs",
)  # fmt: skip
Done: TypeAlias = tuple[Place, str]
"""A row in an entity, and the charge of it (for other operations "")."""


@dataclass(slots=True)
class Meant:
    """Which acts people have asked for so far: for each label the most equal rows in any one job."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    most: defaultdict[Place, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, row: Row) -> None:
        """A row whose effects are to be known again."""
        self.rows[row.name] = row

    def ask(self, row: Row, label: str, count: int) -> None:
        """A job with so many of this row was not refused."""
        for entity in row.places:
            known = self.most[row.number, entity]
            known[label] = max(known[label], count)

    def bound(self, row: Row, place: Place) -> int:
        """How many effects may there be: only a creation can be repeated on purpose."""
        asked = self.most[place]
        return asked.total() if row.operation == CREATE else min(1, asked.total())


def row_of(effect: Mapping[str, Any], meant: Meant) -> Row:
    """The row that an effect belongs to; a created bill run has the marker behind its name."""
    name = effect["name"].partition(" zbr-")[0] if effect["operation"] == CREATE else effect["target"]
    return meant.rows[name]


def done_in(effects: Iterable[Mapping[str, Any]], meant: Meant) -> Counter[Done]:
    """How often each thing was done."""
    done: Counter[Done] = Counter()
    for effect in effects:
        row = row_of(effect, meant)
        place = (row.number, entity_name(effect["entity"]))
        done.update((place, charge) for charge in effect["charges"] or [""])
    return done


def repeated(effects: Sequence[Mapping[str, Any]], meant: Meant, *, marked: bool) -> list[str]:
    """What was done more often than anybody asked for."""
    numbers = {row.number: row for row in meant.rows.values()}
    words = [
        f"{numbers[place[0]].name} in {place[1]} {charge}: {count} times"
        for (place, charge), count in done_in(effects, meant).items()
        if count > meant.bound(numbers[place[0]], place)
    ]
    # An act's marker is its own: no two bill runs in one entity may bear the same.
    names = Counter((each["name"], each["entity"]) for each in effects if each["operation"] == CREATE)
    return words + [f"{name}: made {count} times" for name, count in names.items() if marked and count > 1]


def missing(rows: Iterable[Row], effects: Sequence[Mapping[str, Any]], meant: Meant) -> Iterator[str]:
    """Rows of the last job that were not done, though nothing stands in their way any more."""
    done = done_in(effects, meant)
    wanted = Counter(row for row in rows if row.valid)
    for row, count in wanted.items():
        charges = row.members["chargeNumbers"] if row.operation == DETACH else [""]
        for entity in row.places:
            least = min(done[(row.number, entity), charge] for charge in charges)
            if least < (count if row.operation == CREATE else 1):
                yield f"{row.name} in {entity}: done {least} times, {count} wanted"


def untrue(
    lines: Iterable[Line], effects: Sequence[Mapping[str, Any]], *, loose: bool
) -> Iterator[tuple[str, str]]:
    """Tasks of which something untrue is said: the kind, and the task in words.

    `loose`: a run was moved away and back, so a task of it may have found what another run has done.
    """
    by_track = Counter(str(effect["track_id"]).rpartition("-")[0] for effect in effects)
    for line in lines:
        count = by_track[line.track] if line.track else 0
        words = (
            f"run {line.run_id} task {line.task} ({line.operation}) is {line.status}, its effects: {count}"
        )
        if count > 1:
            yield "done twice", words
        elif count and line.status in {"failed", "rejected", "unchanged", "not_attempted"}:
            yield "false failed", words
        elif not count and line.status == "succeeded" and not loose:
            yield "false succeeded", words


def unaccounted(lines: Sequence[Line], summary: Mapping[str, Any]) -> Iterator[str]:
    """Tasks that have no line in the ledger, or more than one; sums that do not add up."""
    if [line.task for line in lines] != list(range(1, summary["tasks"] + 1)):
        yield f"{summary['tasks']} tasks, and the ledger has {[line.task for line in lines]}"
    counts = Counter(line.status for line in lines)
    if {status: count for status, count in summary["counts"].items() if count} != dict(counts):
        yield f"the summary counts {summary['counts']}, the ledger {dict(counts)}"

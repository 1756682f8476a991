"""Whole jobs a second time: rows against each other, and what `check` has to say of it all."""

from dataclasses import dataclass, field
from itertools import combinations

from tests.fuzz.names import CANCEL, DETACH
from tests.fuzz.secondmeaning import Given, bill_run, detached
from tests.fuzz.secondparser import Cells, Reading
from tests.fuzz.secondrows import Verdict, verdict_on
from tests.fuzz.secondscopes import World


@dataclass
class Judgement:
    """Of one job: its rows, those that have not the shape of one, and which go badly together.

    `later` are lines of rows that repeat an earlier one (or its custom_id in its scope), `contradicting` sets
    of lines of which at least one has to be told; `open` is whether anything was left open.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    shapeless: list[int] = field(default_factory=list)
    later: set[int] = field(default_factory=set)
    contradicting: list[frozenset[int]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether the contract says too little about one of the rows."""
        return any(verdict.right is None for verdict in self.verdicts)

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with it (where nothing is open)."""
        each = all(verdict.right for verdict in self.verdicts)
        return each and not (self.shapeless or self.later or self.contradicting)

    @property
    def left_out(self) -> set[int]:
        """The lines that `--skip-invalid` rejects: of a contradiction, all."""
        wrong = {verdict.line for verdict in self.verdicts if verdict.right is False}
        return wrong.union(self.shapeless, self.later, *self.contradicting)


def judgement_on(reading: Reading, world: World, *, is_csv: bool, may_repeat: bool) -> Judgement:
    """Judge all rows of a reading."""
    judgement = Judgement()
    for line, cells in reading.rows:
        if cells is None:
            judgement.shapeless.append(line)
        else:
            given = _given(cells, reading.header)
            judgement.verdicts.append(verdict_on(line, given, world, is_csv=is_csv))
    valid = [verdict for verdict in judgement.verdicts if verdict.right]
    for first, second in combinations(valid, 2):
        _compare(first, second, judgement, may_repeat=may_repeat)
    return judgement


def _given(cells: Cells, header: list[str]) -> Given:
    """What is there at all: an empty cell is absent, and so is null."""
    if isinstance(cells, list):
        return {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    return {name: value for name, value in (cells or {}).items() if value is not None}


def _compare(first: Verdict, second: Verdict, judgement: Judgement, *, may_repeat: bool) -> None:
    shared = set(first.scopes) & set(second.scopes)
    alike = first.operation == second.operation
    if shared and alike and first.meaning == second.meaning and not may_repeat:
        judgement.later.add(second.line)
    if shared and first.custom_id is not None and first.custom_id == second.custom_id:
        judgement.later.add(second.line)
    if alike and _contradict(first, second):
        judgement.contradicting.append(frozenset((first.line, second.line)))


def _contradict(first: Verdict, second: Verdict) -> bool:
    """One bill run with both values of cancelOnce; one charge in two different detaches."""
    if first.meaning == second.meaning or not {one for one, _ in first.scopes} & {
        one for one, _ in second.scopes
    }:
        return False
    if first.operation == CANCEL:
        return bill_run(first.given) == bill_run(second.given)
    if first.operation != DETACH or first.given["scheduleKey"] != second.given["scheduleKey"]:
        return False
    return any(_overlap(one, other) for one in detached(first.given) for other in detached(second.given))


def _overlap(
    one: tuple[str, str, frozenset[str] | None], other: tuple[str, str, frozenset[str] | None]
) -> bool:
    if one[2] is None or other[2] is None:
        return one[1] == other[1]
    return bool(one[2] & other[2])

"""What people know of earlier runs by their ledgers, and what follows for the next one by the contract.

It reads no code of the runner and none of its databases: only what the program writes for people.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from tests.acts.ground import ENTITIES, Ground
from tests.acts.rows import CREATE, Row, Sheet, number_in

Place: TypeAlias = tuple[int, str | None]
"""A row's number and the entity in which it acts."""
_NAMES: Final = {made: name for name, made in ENTITIES.items()}


class Hold(Enum):
    """How a run holds an act, by the contract's "No act twice"."""

    DONE = "done"
    DOUBT = "in doubt"
    TO_DO = "to do"
    FREE = "free"


class Expected(Enum):
    """How a run of a job has to begin."""

    REFUSED = "refused"
    TAKEN = "taken"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ledger."""

    run_id: str
    task: int
    place: Place
    operation: str
    status: str
    result_id: str | None
    track: str | None
    retryable: bool


def lines_of(ground: Ground, run_id: str) -> list[Line]:
    """The ledger of a run; a row that is too broken to be known has the number 0."""
    return [_line(run_id, told) for told in ground.ledger(run_id)]


def _line(run_id: str, told: Mapping[str, Any]) -> Line:
    track = told["track_id"]
    custom_id = told["custom_id"]
    return Line(
        run_id,
        told["task"],
        (number_in(custom_id) if custom_id else 0, entity_name(told["entity"])),
        told["operation"],
        told["status"],
        told["result_id"],
        track.rpartition("-")[0] if track else None,
        told["retryable"],
    )


def entity_name(made: str | None) -> str | None:
    """The configured name of an entity's id."""
    return None if made is None else _NAMES[made]


def label_of(ground: Ground, run_id: str) -> str:
    """The label of a run."""
    return json.loads((ground.runs / run_id / "summary.json").read_text())["run_label"] or ""


def hold_of(line: Line, *, ended: bool) -> Hold:
    """How a task holds its act."""
    if line.status in {"succeeded", "unchanged"} or (line.operation == CREATE and line.result_id):
        return Hold.DONE
    if line.status in {"unknown", "accepted"} or (line.operation == CREATE and line.status == "partial"):
        return Hold.DOUBT
    return Hold.TO_DO if line.status == "not_attempted" and not ended else Hold.FREE


def holds(ground: Ground, run_ids: Iterable[str], ended: set[str], label: str) -> dict[Place, list[Hold]]:
    """How the runs of a label hold their acts."""
    found: defaultdict[Place, list[Hold]] = defaultdict(list)
    for run_id in run_ids:
        if label_of(ground, run_id) != label:
            continue
        for line in lines_of(ground, run_id):
            if line.status != "rejected":
                found[line.place].append(hold_of(line, ended=run_id in ended))
    return found


def expected(sheet: Sheet, held: Mapping[Place, list[Hold]], *, skip_done: bool) -> Expected:
    """How a run of this sheet has to begin, by what earlier runs hold."""
    verdicts = {
        _verdict(sheet.count(row), held.get((row.number, entity), []), skip_done)
        for row, entity in _places(sheet)
    }
    if Expected.REFUSED in verdicts:
        return Expected.REFUSED
    return Expected.EITHER if Expected.EITHER in verdicts else Expected.TAKEN


def _places(sheet: Sheet) -> Iterator[tuple[Row, str | None]]:
    for row in sheet.rows:
        if row.valid:
            yield from ((row, entity) for entity in row.places)


def _verdict(count: int, kinds: list[Hold], skip_done: bool) -> Expected:
    holding = [kind for kind in kinds if kind is not Hold.FREE]
    if not holding:
        return Expected.TAKEN
    if not skip_done:
        return Expected.REFUSED
    if all(kind is Hold.DONE for kind in holding):
        return Expected.TAKEN
    # Which of several runs, or of several equal rows, is asked first cannot be told from ledgers.
    return Expected.REFUSED if count == len(holding) == 1 else Expected.EITHER

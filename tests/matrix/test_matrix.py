"""A part of the fault matrix: one cell for each row of the tables, and all cells that are written out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from runner.core.policy import Policy
from runner.core.step import Send
from tests.matrix.billruns import BILL_RUNS
from tests.matrix.cells import COURSES, cell, effects_of
from tests.matrix.fates import Course
from tests.matrix.faults import TABLES
from tests.matrix.lanes import LANES
from tests.matrix.meaning import RUNS_AND_SCHEDULES
from tests.matrix.meanings import BILL, CREATE, DETACH, JOURNAL, Kind, Row
from tests.matrix.play import Effect, Play, Sends
from tests.matrix.sequences import SEQUENCES
from tests.matrix.stage import perform

PARTS = (*SEQUENCES, *LANES, *BILL_RUNS, *RUNS_AND_SCHEDULES)
EVERY = {"faulty_reads": 3, "twice_struck": 2}
"""Of the largest parts only every second or third cell is played here; the long form plays all."""


def _one_of_each(rows: tuple[Row, ...]) -> Iterator[Play]:
    """One cell of each row; operation, effect and course go round."""
    for place, row in enumerate(rows):
        kind = row.kinds[place % len(row.kinds)]
        effects = effects_of(row, kind)
        course = COURSES[(place // 2) % len(COURSES)]
        yield cell(row, kind, effects[(place // 4) % len(effects)], course)


@pytest.mark.parametrize("table", TABLES)
def test_a_reply_means_what_the_tables_say(table: str):
    """Each row of 3.B and 3.C ends as it says: status, reason, wait, writes, keys, effects, exit code."""
    wrong = [each for play in _one_of_each(TABLES[table]) for each in perform(play)]
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_what_follows_what_ends_as_written(part: Callable[[], Iterator[Play]]):
    """Sequences of replies, lanes and outages, and what the server does later (3.D) end as they must."""
    plays = list(part())[:: EVERY.get(part.__name__, 1)]
    wrong = [each for play in plays for each in perform(play)]
    assert wrong == [], "\n".join(map(str, wrong))


def _of(table: str, name: str) -> Row:
    return next(row for row in TABLES[table] if row.name == name)


FOUND = (
    # What is decided while the launch stops is written down: a creation that has its id is no `accepted`.
    ("successes", "200, our track id", CREATE, "applied", "stopped"),
    ("successes", "200, no track id", DETACH, "applied", "stopped"),
    ("refusals", "400 HTML", CREATE, "none", "stopped"),
    # A readable wait holds for every refusal, and in a later launch as well.
    ("waits", "401 wait", CREATE, "none", "through"),
    ("waits", "401 wait", BILL, "none", "through"),
    ("waits", "503 wait: 500", JOURNAL, "none", "stopped"),
)


@pytest.mark.parametrize(("table", "name", "kind", "effect", "course"), FOUND)
def test_cells_that_were_not_as_the_tables_say_once(
    table: str, name: str, kind: Kind, effect: Effect, course: Course
):
    """Cells by which something wrong was found stay right."""
    assert perform(cell(_of(table, name), kind, effect, course)) == []


LOST = _of("network", "N6-N8 reset")
LOST_PUT = cell(LOST, BILL, "none", "through")


def _told(play: Play) -> set[str]:
    return {each.kind for each in perform(play)}


def test_a_second_write_within_the_quiet_window_is_seen():
    """A program that reads back at once, and believes it, is caught."""
    assert _told(replace(LOST_PUT, policy=Policy(quiet_s=1.0))) == {"early"}


def test_a_second_automatic_put_too_many_is_seen():
    """A program that sends a lost PUT again and again is caught."""
    always = replace(LOST_PUT.strikes[0][1], nth=())
    play = replace(LOST_PUT, strikes=((1, always),), policy=Policy(puts_unclear_max=3))
    assert "writes" in _told(play)


def test_a_wait_that_is_undercut_is_seen(monkeypatch: pytest.MonkeyPatch):
    """A program that does not read `Retry-After` is caught, for the task and for its lane."""
    monkeypatch.setattr("runner.core.classify.wait_hint_s", lambda *_, **__: None)
    assert _told(cell(_of("waits", "429 wait: a date"), CREATE, "none", "through")) == {"early"}


def test_another_key_after_a_lost_reply_is_seen(monkeypatch: pytest.MonkeyPatch):
    """A program that sends a lost creation with another key is caught by the key and its second effect."""
    monkeypatch.setattr("runner.core.doubt._creation", lambda view: Send(view.past.generation + 1, view.now))
    assert {"keys", "effects"} <= _told(cell(LOST, CREATE, "applied", "through"))


def test_other_ends_than_the_table_says_are_seen():
    """Each thing that a cell claims is compared: status, exit code, stop, reason, effects, reads."""
    play = cell(LOST, JOURNAL, "none", "through")
    first, *later = play.acts
    acts = (replace(first, statuses=("failed", "succeeded"), code=1, why="x", lasts_s=1.0), *later)
    sends = (replace(play.sends[0], writes=(1, 1), effects=2, reads=99), Sends((1, 1), 1))
    expected = {"status", "exit code", "stop", "time", "writes", "effects", "read-back"}
    assert _told(replace(play, acts=acts, sends=sends)) == expected
    refused = cell(_of("refusals", "400 HTML"), BILL, "none", "through")
    acts = tuple(replace(act, reason_codes=("http_404",)) for act in refused.acts)
    assert _told(replace(refused, acts=acts)) == {"reason"}

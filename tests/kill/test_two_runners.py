"""Two programs at once: one of them works, the other sends nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kill.ground import lay_out
from tests.kill.program import Program, program_in
from tests.kill.runners import HELD, REFUSED, for_a_job, for_a_run, for_a_run_id, judged, loses_within_s

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("kill")]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[tuple[Program, list[Path]]]:
    """A program and two jobs."""
    jobs = lay_out(tmp_path, jobs=2, operations=100, seed=4)
    with program_in(tmp_path) as program:
        yield program, jobs


def test_a_run_that_is_held_is_not_resumed_by_another(ground: tuple[Program, list[Path]]):
    """Two resumes of one run: exactly one has it, the other soon ends with 6, and nothing is done twice."""
    program, (job, _) = ground
    raced = for_a_run(program, job)
    judged(program, raced)
    assert raced.words == []
    assert raced.codes.count(HELD) == 1
    assert raced.loser_s < 2 * loses_within_s()  # other tests may have come only just now


def test_one_job_started_twice_at_once_is_planned_once(ground: tuple[Program, list[Path]]):
    """Two runs of one job: exactly one plans it, the other is refused with 2, and nothing is done twice."""
    program, jobs = ground
    for job in jobs:
        raced = for_a_job(program, job)
        judged(program, raced)
        assert raced.words == []
        assert raced.codes.count(REFUSED) == 1


def test_one_run_id_started_twice_at_once_is_planned_once(ground: tuple[Program, list[Path]]):
    """A scheduler that starts its command twice: one has the run, the other is refused or comes after it."""
    program, (job, _) = ground
    raced = for_a_run_id(program, job)
    judged(program, raced)
    assert raced.words == []

"""A signal in each phase of a launch: the exit code is the table's, the files are there, nothing is lost."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kill.program import Ended
from tests.signals.endings import FILES, by_the_table, wrong_with
from tests.signals.launches import carry_out
from tests.signals.phases import PHASES, Struck, at_random

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("kill")]


def test_the_first_signal_in_any_phase_ends_by_the_table_and_loses_nothing():
    """SIGINT, SIGTERM or SIGHUP while a job is compiled, planned, sent, settled or written down."""
    done = carry_out(at_random(2 * len(PHASES), seed=5), seed=5, together=6)
    assert done.words == []
    assert done.counts["tasks"] == 24 * done.codes.total()
    assert done.codes[4] >= len(PHASES)


def test_a_plan_that_was_just_committed_is_a_run_and_not_forgotten():
    """A signal between the plan's commit and the first request leaves a run with all of its files."""
    points = ("plan_in_log", "plan_committed", "epoch_begun")
    done = carry_out([Struck("planning", point, 1, signal.SIGTERM, 0.0) for point in points], seed=6)
    assert done.words == []
    assert done.codes == {4: 3}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    """Makes a run directory with a plan of two tasks and files by hand."""

    def make(*statuses: str, code: int = 4, files: tuple[str, ...] = FILES) -> Path:
        import apsw  # noqa: PLC0415 - beside what it makes

        database = apsw.Connection(str(tmp_path / "checkpoint.db"))
        database.execute("CREATE TABLE task (number); INSERT INTO task VALUES (1), (2)")
        database.close()
        for name in files:
            (tmp_path / name).touch()
        lines = [json.dumps({"task": number, "status": status}) for number, status in enumerate(statuses, 1)]
        (tmp_path / "ledger.jsonl").write_text("\n".join(lines))
        (tmp_path / "summary.json").write_text(json.dumps({"exit_code": code}))
        return tmp_path

    return make


def test_the_judge_of_endings_sees_what_is_wrong(run: Callable[..., Path]):
    """A code that is not the table's, a ledger that is not whole, a file that is missing, a traceback."""
    directory = run("succeeded", "not_attempted")
    assert list(wrong_with(directory, Ended(4, killed=False, out=""), "")) == []
    assert len(list(wrong_with(directory, Ended(130, killed=False, out=""), ""))) == 2
    assert len(list(wrong_with(directory, Ended(4, killed=False, out="Traceback"), ""))) == 1
    (directory / "rejected.csv").unlink()
    assert len(list(wrong_with(directory, Ended(4, killed=False, out=""), ""))) == 1


def test_the_judge_of_endings_counts_the_lines_of_the_ledger(run: Callable[..., Path]):
    """Each task of the plan has one line, in order."""
    assert len(list(wrong_with(run("not_attempted"), Ended(4, killed=False, out=""), ""))) == 1


def test_the_judge_of_endings_wants_4_where_there_is_no_run(tmp_path: Path):
    """Whoever is stopped before there is a plan has everything left to attempt."""
    assert list(wrong_with(tmp_path, Ended(4, killed=False, out=""), "")) == []
    assert len(list(wrong_with(tmp_path, Ended(130, killed=False, out=""), ""))) == 1


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ({"succeeded", "unchanged"}, 0),
        ({"succeeded", "failed"}, 1),
        ({"partial", "accepted"}, 3),
        ({"unknown", "not_attempted", "failed"}, 4),
    ],
)
def test_the_table_of_endings(statuses: set[str], code: int):
    """The first that applies: 4, 3, 1, 0."""
    assert by_the_table(statuses) == code

import pytest

from runner.compose.estimate import Pressure, Requests, duration, requests_of, seconds_of
from runner.core.tenant import Limits
from runner.operations.catalog import CATALOG

CANCEL = CATALOG["cancel_journal_run"]
CREATE = CATALOG["create_bill_run"]


def test_reads_that_go_together_are_counted_together():
    """Creations are looked up many in one read, and settled by their reply."""
    found = requests_of({CREATE: 101}, {}, "settled", preflight=True)
    assert found.writes == 101
    assert found.preflight == -(-101 // CREATE.look_max("preflight"))
    assert found.settling == 0


def test_no_preflight_and_no_settling():
    """Without preflight, and followed to `accepted` alone, a task is one request."""
    assert requests_of({CANCEL: 7}, {}, "accepted", preflight=False).total == 7


def test_completed_follows_creations():
    """With `--until completed` creations are read until they are."""
    assert requests_of({CREATE: 1}, {}, "completed", preflight=False).settling > 0


@pytest.mark.parametrize(
    ("limits", "slots", "seconds"),
    [
        (Limits(), 10, 12.0),
        (Limits(per_minute=60), 1000, 120.0),
        (Limits(per_minute=6000, per_hour=120), 1000, 1.2),
        (Limits(per_hour=119), 1000, 3600.0),
        (Limits(per_day=40), 1000, 2 * 86400.0),
    ],
)
def test_the_tightest_bound_decides(limits, slots, seconds):
    """Time follows from slots, the minute, and whole hours and days that have to be waited for."""
    assert seconds_of(Requests(writes=120), Pressure(limits, slots)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "1 s"), (59.0, "59 s"), (61.0, "2 min"), (5400.0, "1.5 h"), (172800.0, "2.0 days")],
)
def test_durations_for_people(seconds, words):
    """Durations are told in the unit that fits."""
    assert duration(seconds) == words

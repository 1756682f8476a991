"""How fast a lane may send, and why not faster."""

import pytest

from runner.core.pace import (
    BREAKER_CAP_S,
    BREAKER_FAULTS,
    BREAKER_FIRST_S,
    CEILING_FIRST_S,
    GATE_CAP_S,
    GATE_FIRST_S,
    Pace,
)
from runner.core.verdict import Verdict
from runner.core.verdict import VerdictKind as Kind
from tests.core.making import T0

FAULT = Verdict(Kind.UNCLEAR, http_status=500, code="http_500")
DONE = Verdict(Kind.DONE)


def opened() -> Pace:
    """A pace whose breaker has just opened."""
    pace = Pace(20)
    for _ in range(BREAKER_FAULTS):
        pace.learn(FAULT, T0)
    return pace


def test_a_lane_begins_at_full_width():
    """Nothing is known against it, so nothing slows it."""
    pace = Pace(20)
    assert (pace.slots, pace.waits(T0), pace.half_open, pace.reason) == (20, False, False, "")


@pytest.mark.parametrize(("wait_s", "until"), [(120.0, 120.0), (None, 1.0), (0.0, 1.0)])
def test_a_limit_halves_the_lane_and_makes_it_wait(wait_s: float | None, until: float):
    """A 429 pauses the lane for what the server asks, at least a second, and halves its width."""
    pace = Pace(20)
    pace.learn(Verdict(Kind.LIMITED, wait_s=wait_s), T0)
    assert (pace.slots, pace.not_before) == (10, T0 + until)
    assert pace.waits(T0 + until - 0.1)
    assert not pace.waits(T0 + until)
    assert "too many requests" in pace.reason


def test_many_limits_at_once_halve_only_once():
    """Refusals of requests that were in flight together are one piece of news."""
    pace = Pace(20)
    for _ in range(10):
        pace.learn(Verdict(Kind.LIMITED), T0)
    assert pace.slots == 10
    for second in range(1, 9):
        pace.learn(Verdict(Kind.LIMITED), T0 + 2 * second)
    assert pace.slots == 1


def test_width_comes_back_slowly():
    """Sound answers widen the lane by one a round, never beyond its concurrency."""
    pace = Pace(20)
    pace.learn(Verdict(Kind.LIMITED), T0)
    for _ in range(10):
        pace.learn(DONE, T0)
    assert pace.slots in {10, 11}
    for _ in range(1000):
        pace.learn(DONE, T0 + CEILING_FIRST_S)
    assert pace.slots == 20


def test_a_width_that_was_refused_is_not_tried_again_soon():
    """A tenant that bears one request at a time is not refused for a second one again and again."""
    pace, now, tries = Pace(20), T0, 0
    while now < T0 + 3600.0:
        if pace.slots > 1:
            tries += 1
            pace.learn(Verdict(Kind.LIMITED), now)
        now += 2.0
        pace.learn(DONE, now)
    assert tries <= 12


def test_a_width_that_is_borne_again_counts_as_new():
    """A lane that was not refused for as long as it was held back is held back anew as after the first."""
    pace, now = Pace(20), T0
    for _ in range(5):
        pace.learn(Verdict(Kind.LIMITED), now)
        assert pace.ceiling_until == now + CEILING_FIRST_S
        now += 2 * CEILING_FIRST_S
        for _ in range(1000):
            pace.learn(DONE, now)
        assert pace.slots == 20


def test_what_an_earlier_launch_was_asked_is_waited_still():
    """A lane that goes on waits for the rest of a Retry-After, and for nothing else that was told before."""
    pace = Pace(20)
    pace.heed(Verdict(Kind.LIMITED, wait_s=120.0), T0)
    pace.heed(Verdict(Kind.UNCLEAR, http_status=503, wait_s=60.0), T0)
    pace.heed(Verdict(Kind.BUSY, wait_s=900.0), T0)
    pace.heed(Verdict(Kind.LIMITED, wait_s=172_800.0), T0)
    assert (pace.not_before, pace.slots) == (T0 + 120.0, 20)
    assert pace.reason == "the server asked to wait 120 s"


def test_the_longest_pause_stays():
    """A shorter wait does not shorten a longer one, and the reason is that of the longer."""
    pace = Pace(20)
    pace.learn(Verdict(Kind.UNCLEAR, wait_s=300.0), T0)
    pace.learn(Verdict(Kind.LIMITED), T0)
    assert (pace.not_before, pace.reason) == (T0 + 300.0, "the server asks to wait 300 s")


def test_an_overloaded_server_halves_the_lane():
    """503 is a word about load."""
    pace = Pace(20)
    pace.learn(Verdict(Kind.UNCLEAR, http_status=503), T0)
    assert pace.slots == 10


def test_a_mismatch_says_nothing_of_the_server():
    """A key mismatch is unclear for its task, and a sound answer for the lane."""
    pace = opened()
    pace.learn(Verdict(Kind.MISMATCH), T0)
    assert pace.faults == 0


def test_faults_in_a_row_open_the_breaker():
    """Ten faults in a row pause the lane; then one read has to show that the server is well."""
    pace = opened()
    assert pace.half_open
    assert pace.not_before == T0 + BREAKER_FIRST_S
    assert "10 faults in a row" in pace.reason
    interrupted = Pace(20)
    for number in range(3 * BREAKER_FAULTS):
        interrupted.learn(DONE if number % BREAKER_FAULTS == 0 else Verdict(Kind.NOT_SENT), T0)
    assert not interrupted.half_open


def test_a_probe_closes_the_breaker_or_opens_it_for_longer():
    """A probe that goes well ends it; each one that does not doubles the pause, up to ten minutes."""
    pace = opened()
    pace.probing = True
    assert pace.waits(T0 + 10 * BREAKER_FIRST_S)
    pace.probe_answered(T0 + 30, well=False)
    assert pace.not_before == T0 + 30 + 2 * BREAKER_FIRST_S
    now = T0
    for _ in range(2000):
        now = pace.not_before
        pace.probe_answered(now, well=False)
    assert pace.not_before == now + BREAKER_CAP_S
    pace.probe_answered(pace.not_before, well=True)
    assert not pace.half_open
    assert not pace.waits(pace.not_before)


def test_a_gate_pauses_the_lane_longer_and_longer():
    """Each time the gate is still shut the pause doubles, up to five minutes; a success forgets it."""
    pace, now = Pace(20), T0
    waits: list[float] = []
    for _ in range(2000):
        pace.learn(Verdict(Kind.GATED), now)
        waits.append(pace.not_before - now)
        now = pace.not_before
    assert waits[:3] == [GATE_FIRST_S, 2 * GATE_FIRST_S, 4 * GATE_FIRST_S]
    assert waits[-1] == GATE_CAP_S
    pace.learn(DONE, now)
    pace.learn(Verdict(Kind.GATED), now)
    assert pace.not_before == now + GATE_FIRST_S


def test_writes_that_meet_one_gate_together_count_once():
    """Twenty refusals in flight are one shut gate, not twenty."""
    pace = Pace(20)
    for _ in range(20):
        pace.learn(Verdict(Kind.GATED), T0)
    assert (pace.gates, pace.not_before) == (1, T0 + GATE_FIRST_S)


def test_the_retry_budget():
    """Repeated writes are a tenth of the first ones and twenty, and one more every five seconds."""
    pace = Pace(20)
    for _ in range(100):
        pace.count_write(first=True)
    allowed = 0
    while pace.retry_allowed(T0):
        pace.count_write(first=False)
        allowed += 1
    assert allowed == 30
    assert not pace.retry_allowed(T0 + 0)
    assert pace.retry_allowed(T0 + 5.1)


def test_a_gate_is_asked_for_before_it_is_met_again():
    """While a read shows it shut the lane waits on, longer each time; once it is open, writes may go."""
    pace = Pace(20)
    pace.learn(Verdict(Kind.GATED), T0)
    assert pace.gate_shut
    later = T0 + GATE_FIRST_S
    pace.gate_answered(later, shut=True)
    assert (pace.gate_shut, pace.not_before) == (True, later + 2 * GATE_FIRST_S)
    pace.gate_answered(later + 60.0, shut=False)
    assert (pace.gate_shut, pace.waits(later + 60.0)) == (False, False)

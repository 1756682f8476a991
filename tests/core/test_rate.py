"""Rate limits: never over, and well used."""

from bisect import bisect_left
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.rate import Rate, SpacedRate, WindowRate
from runner.core.tenant import Limits
from tests.core.making import T0

_FLOAT_S = 1e-4
"""What adding up floats of today's size may be off by."""


def departures(rate: Rate, count: int, pauses: list[float]) -> list[float]:
    """When `count` requests leave that are always ready, but for some pauses."""
    now, times = T0, list[float]()
    for index in range(count):
        now += pauses[index % len(pauses)] if pauses else 0.0
        while (at := rate.next_at(now)[0]) > now:
            now = at
        rate.take(now)
        times.append(now)
    return times


def most_in(times: list[float], window_s: float) -> int:
    """The most requests in any window, its end not counted."""
    return max(bisect_left(times, start + window_s - _FLOAT_S) - index for index, start in enumerate(times))


PAUSES = st.lists(st.sampled_from([0.0, 0.0, 0.01, 0.3, 7.0, 100.0]), max_size=12)


@settings(max_examples=60)
@given(st.sampled_from([1, 2, 7, 60, 1300]), PAUSES)
def test_no_minute_holds_more_than_its_limit(per_minute: int, pauses: list[float]):
    """Whatever the arrivals, no sixty seconds ever hold more requests than the limit."""
    times = departures(Rate.of(Limits(per_minute)), 2 * per_minute + 20, pauses)
    assert most_in(times, 60.0) <= per_minute


@settings(max_examples=60)
@given(st.integers(1, 40), PAUSES)
def test_no_hour_holds_more_than_its_limit(per_hour: int, pauses: list[float]):
    """The sliding window counts whole buckets, so it errs on the side of waiting."""
    times = departures(Rate.of(Limits(None, per_hour)), 3 * per_hour + 5, pauses)
    assert most_in(times, 3600.0) <= per_hour


def test_the_minute_is_well_used():
    """At least 95 % of a limit leave, evenly spread."""
    times = departures(Rate.of(Limits(600)), 1200, [])
    assert most_in(times, 60.0) >= 570
    gaps = [later - earlier for earlier, later in pairwise(times[2:])]
    assert max(gaps) < 0.11


def test_no_limit_is_no_wait():
    """A tenant without limits never waits."""
    rate = Rate.of(Limits())
    for _ in range(100):
        rate.take(T0)
    assert rate.next_at(T0) == (T0, "")


def test_the_limit_that_holds_a_request_up_is_named():
    """The latest of all limits decides, and says which it is."""
    rate = Rate.of(Limits(per_minute=6000, per_hour=2, per_day=3))
    rate.take(T0)
    rate.take(T0)
    at, reason = rate.next_at(T0)
    assert reason == "the limit of the hour"
    assert T0 + 3600 <= at <= T0 + 3660
    rate.take(at)
    day_at, reason = rate.next_at(at)
    assert reason == "the limit of the day"
    assert day_at >= T0 + 86400


def test_a_window_forgets():
    """What is older than the window does not count."""
    window = WindowRate(1, 3600.0)
    window.take(T0)
    assert window.next_at(T0) > T0
    assert window.next_at(T0 + 3660) == T0 + 3660
    assert window.total == 0


def test_a_burst_is_short():
    """An idle tenant lets no more than a twentieth of a second's worth leave at once."""
    rate = SpacedRate(60_000)
    leave = 0
    while rate.next_at(T0) <= T0:
        rate.take(T0)
        leave += 1
    assert 1 <= leave <= 51

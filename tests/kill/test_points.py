"""Killed at named points of its code, also while it recovers: every end is the same."""

import inspect
from importlib import import_module

import pytest

from tests.kill.cases import Case, Kill, carry_out
from tests.kill.places import PLACES

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("kill")]

SINGLES: list[Case] = [
    (Kill("row_spooled", 12),),
    (Kill("acts_claimed", 1),),
    (Kill("registry_committed", 2),),
    (Kill("plan_in_log", 1),),
    (Kill("sent_in_transaction", 1),),
    (Kill("sent_committed", 2),),
    (Kill("request_half_written", 2),),
    (Kill("request_carried_out", 9),),
    (Kill("answer_to_commit", 1),),
    (Kill("backoff_begun", 1),),
    (Kill("token_to_fetch", 2),),
    (Kill("poll_answered", 1),),
    (Kill("end_pending", 7),),
    (Kill("log_to_close", 1),),
    (Kill("file_placed", 4),),
]
PAIRS: list[Case] = [
    (Kill("plan_commits", 1), Kill("registry_committed", 1)),
    (Kill("request_written", 5), Kill("doubt_looked_at", 1)),
    (Kill("reply_read", 4), Kill("sent_committed", 1)),
    (Kill("sent_committed", 1), Kill("file_to_place", 2)),
]


def test_killed_at_a_named_point_or_at_two_of_them_nothing_is_lost_and_nothing_is_done_twice():
    """A run that was killed at a point, and again in its recovery, ends as one that was never killed."""
    done = carry_out([*SINGLES, *PAIRS], seed=7, together=6)
    assert done.words == []
    assert done.missed == []
    assert done.kills == len(SINGLES) + 2 * len(PAIRS)
    assert done.counts["tasks"] == 24 * done.cases
    assert done.counts["writes on the wire"] >= done.counts["succeeded"]


@pytest.mark.parametrize("name", PLACES)
def test_every_point_names_a_function_of_the_program(name: str):
    """A function that was renamed takes its point with it, so that no point is silently never reached."""
    module, _, owner = PLACES[name].owner.partition(":")
    found = import_module(module)
    assert (
        callable(inspect.getattr_static(getattr(found, owner) if owner else found, PLACES[name].name))
        or owner
    )


def test_the_points_are_those_of_the_failure_model():
    """Each line of the failure model of which a process can die has its points."""
    assert {place.model for place in PLACES.values()} == {f"K{number}" for number in range(1, 15)}

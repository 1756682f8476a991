"""The sums of a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.outcome import FINAL_STATUSES, Status
from runner.core.summary import exit_code_of, next_verb, state_of

S = Status
OPEN = {S.NOT_ATTEMPTED, S.UNKNOWN, S.ACCEPTED}
COUNTS = st.dictionaries(st.sampled_from(Status), st.integers(0, 3))


@pytest.mark.parametrize(
    ("statuses", "code", "code_if_ended"),
    [
        ([], 0, 0),
        ([S.SUCCEEDED, S.UNCHANGED], 0, 0),
        ([S.SUCCEEDED, S.FAILED], 1, 1),
        ([S.SUCCEEDED, S.PARTIAL], 1, 1),
        ([S.REJECTED], 1, 1),
        ([S.UNKNOWN], 3, 3),
        ([S.ACCEPTED, S.FAILED], 3, 3),
        ([S.NOT_ATTEMPTED], 4, 1),
        ([S.NOT_ATTEMPTED, S.UNKNOWN, S.FAILED], 4, 3),
        ([S.NOT_ATTEMPTED, S.SUCCEEDED], 4, 1),
    ],
)
def test_the_exit_code_is_the_first_that_applies(statuses: list[Status], code: int, code_if_ended: int):
    """Something to attempt (4), then something open (3), then something that went wrong (1), else 0."""
    counts = {status: statuses.count(status) for status in statuses}
    assert (exit_code_of(counts), exit_code_of(counts, ended=True)) == (code, code_if_ended)


@given(COUNTS)
def test_nought_means_that_every_task_is_done(counts: dict[Status, int]):
    """Exit code 0 is for runs of which every task is `succeeded` or `unchanged`."""
    bad = sum(count for status, count in counts.items() if status not in {S.SUCCEEDED, S.UNCHANGED})
    assert (exit_code_of(counts) == 0) is (bad == 0)


@given(COUNTS, st.booleans(), st.booleans())
def test_the_state_of_a_run(counts: dict[Status, int], held: bool, ended: bool):
    """Held is running, ended is ended; otherwise it is finished when nothing is open."""
    state = state_of(counts, held=held, ended=ended)
    if held or ended:
        assert state == ("running" if held else "ended")
    else:
        assert (state == "stopped") is any(counts.get(status, 0) for status in OPEN)


def test_every_status_is_final_or_open():
    """The eight statuses are the five final ones and the three that something is left of."""
    assert set(Status) == FINAL_STATUSES | OPEN
    assert not FINAL_STATUSES & OPEN


@pytest.mark.parametrize(
    ("statuses", "verb", "verb_if_ended", "verb_if_not_followed"),
    [
        ([S.SUCCEEDED, S.FAILED], None, None, None),
        ([S.UNKNOWN], "resume", "settle", "resume"),
        ([S.ACCEPTED], "resume", "settle", "settle"),
        ([S.NOT_ATTEMPTED], "resume", None, "resume"),
        ([S.NOT_ATTEMPTED, S.ACCEPTED], "resume", "settle", "resume"),
    ],
)
def test_what_goes_on_with_a_run(
    statuses: list[Status],
    verb: str | None,
    verb_if_ended: str | None,
    verb_if_not_followed: str | None,
):
    """Only a command that brings something forward is named."""
    counts = {status: statuses.count(status) for status in statuses}
    assert next_verb(counts, ended=False, follows=True) == verb
    assert next_verb(counts, ended=True, follows=True) == verb_if_ended
    assert next_verb(counts, ended=False, follows=False) == verb_if_not_followed

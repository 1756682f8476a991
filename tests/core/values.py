"""Arbitrary values for property tests: JSON, and every event that there is."""

from decimal import Decimal

from hypothesis import strategies as st

from runner.core.event import (
    Answered,
    Closed,
    Event,
    Launched,
    Observed,
    Planned,
    Resolved,
    Rested,
    Sent,
    Settled,
)
from runner.core.jsonvalue import Json
from runner.core.outcome import Outcome, Status
from runner.core.sighting import Sighting, Standing
from runner.core.verdict import Verdict, VerdictKind

whole_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(10**20), 10**20) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20"), places=3
)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | numbers | whole_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(whole_texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(whole_texts, json_values, max_size=3)

_maybe = st.none() | whole_texts
_counts = st.integers(0, 10**9)
_times = st.integers(0, 4 * 10**9 * 1000).map(lambda ms: ms / 1000)
_tasks = st.integers(1, 10**7)
_verdicts = st.builds(
    Verdict,
    st.sampled_from(VerdictKind),
    http_status=st.none() | st.integers(100, 599),
    code=_maybe,
    message=_maybe,
    wait_s=st.none() | st.integers(0, 10**9).map(float),
    result_id=_maybe,
    result_state=_maybe,
    request_id=_maybe,
    process_id=_maybe,
    digest=_maybe,
    marker_read=st.booleans(),
)
_sightings = st.builds(
    Sighting, st.sampled_from(Standing), state=_maybe, result_id=_maybe, note=whole_texts, facts=objects
)
_outcomes = st.builds(
    Outcome,
    st.sampled_from(Status),
    reason_code=_maybe,
    reason_message=_maybe,
    result_id=_maybe,
    result_state=_maybe,
    retryable=st.booleans(),
    note=whole_texts,
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Planned, _times, _counts, _counts),
    st.builds(Launched, _times, _counts, objects),
    st.builds(Rested, _times, _counts, _counts, whole_texts),
    st.builds(Closed, _times, whole_texts),
    st.builds(Sent, _tasks, _times, _counts, _counts, whole_texts, st.none() | _times),
    st.builds(Answered, _tasks, _times, _counts, _verdicts, whole_texts),
    st.builds(Observed, _tasks, _times, st.sampled_from(["preflight", "settle", "follow"]), _sightings),
    st.builds(Settled, _tasks, _times, _outcomes),
    st.builds(Resolved, _tasks, _times, _outcomes, whole_texts, whole_texts),
)

"""The log's lines come back as they were written."""

import pytest
from hypothesis import given

from runner.core.event import (
    Answered,
    Closed,
    Event,
    Launched,
    Observed,
    Planned,
    Rested,
    Sent,
    event_from_json,
    event_to_json,
    kind_of_event,
    task_of_event,
)
from runner.core.jsonvalue import dumps, parse_object
from runner.core.verdict import Verdict, VerdictKind
from tests.core.making import T0
from tests.core.values import events


@given(events)
def test_every_event_comes_back_as_it_was(event: Event):
    """Kind, task and members on disk are the whole event."""
    text = dumps(event_to_json(event))
    assert event_from_json(kind_of_event(event), task_of_event(event), parse_object(text)) == event


@given(events)
def test_an_event_is_spelled_in_one_way(event: Event):
    """What is read and written again is the same bytes, as the hash chain needs."""
    text = dumps(event_to_json(event))
    again = event_from_json(kind_of_event(event), task_of_event(event), parse_object(text))
    assert dumps(event_to_json(again)) == text


def test_absent_members_take_no_room():
    """Members that are absent, or as by default, are left out; the task stands beside the line."""
    sent = Sent(7, T0, 1, 0, "t-1")
    assert dumps(event_to_json(sent)) == ('{"at":1800000000.0,"attempt":1,"generation":0,"track_id":"t-1"}')
    answered = Answered(7, T0, 1, Verdict(VerdictKind.DONE))
    assert dumps(event_to_json(answered)) == '{"at":1800000000.0,"attempt":1,"verdict":{"kind":"done"}}'


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Planned(T0, 3, 2), "planned"), (Launched(T0, 1, {}), "launched"),
        (Rested(T0, 1, 4, "signal"), "rested"), (Closed(T0, "ann"), "closed"),
    ],
)  # fmt: skip
def test_events_of_the_run_belong_to_no_task(event: Event, kind: str):
    """Planned, launched, rested and closed are about the whole run."""
    assert (kind_of_event(event), task_of_event(event)) == (kind, None)


@pytest.mark.parametrize(
    ("kind", "members", "fault"),
    [
        ("vanished", "{}", KeyError),
        ("sent", "{}", TypeError),
        ("sent", '{"at":"now","attempt":1,"generation":0,"track_id":"t"}', TypeError),
        ("answered", '{"at":1,"attempt":1,"verdict":{"kind":"odd"}}', ValueError),
        ("answered", '{"at":1,"attempt":1,"verdict":{"kind":"done","wait_s":"long"}}', TypeError),
        ("observed", '{"at":1,"purpose":"settle","sighting":{"standing":"odd"}}', ValueError),
        ("settled", '{"at":1,"outcome":{"status":"odd"}}', ValueError),
        ("settled", '{"at":1,"outcome":{}}', KeyError),
        ("sent", '{"at":1,"attempt":1,"generation":0,"track_id":"t","more":1}', TypeError),
    ],
)
def test_a_foreign_line_is_refused(kind: str, members: str, fault: type[Exception]):
    """A line that is not one of ours raises, and never makes an event."""
    with pytest.raises(fault):
        event_from_json(kind, 1, parse_object(members))


def test_times_may_be_whole_numbers():
    """A time without a fraction is a time."""
    members = parse_object('{"at":5,"purpose":"settle","sighting":{"standing":"open"}}')
    event = event_from_json("observed", 1, members)
    assert isinstance(event, Observed)
    assert event.at == 5.0

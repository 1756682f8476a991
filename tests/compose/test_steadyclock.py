"""The clock of a launch, made of clocks that are moved by hand."""

from types import SimpleNamespace

import pytest

from runner.compose import steadyclock
from runner.compose.steadyclock import SteadyClock, clock_facts
from runner.core.event import Launched

DAY_S = 86_400.0
AT = 1_790_000_000.0


class Machine:
    """A wall clock that people set, and one that only a start of the machine sets."""

    def __init__(self) -> None:
        self.wall_s, self.up_s = AT, 1000.0
        self.boot: str | None = "first start"

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.wall_s += seconds
        self.up_s += seconds


@pytest.fixture
def machine(monkeypatch) -> Machine:
    """The machine that the program runs on."""
    made = Machine()
    monkeypatch.setattr(steadyclock, "time", SimpleNamespace(time=lambda: made.wall_s))
    monkeypatch.setattr(steadyclock, "uptime_s", lambda: made.up_s)
    monkeypatch.setattr(steadyclock, "boot_id", lambda: made.boot)
    return made


def launched(clock: SteadyClock, epoch: int) -> Launched:
    """A launch as it is written down."""
    return Launched(clock.now(), epoch, clock_facts())


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_nobody_sets_it_while_it_runs(machine, jump_s):
    """A wall clock that is set by a day, ahead or back, moves no time of a launch."""
    clock = SteadyClock()
    machine.pass_by(10.0)
    machine.wall_s += jump_s
    machine.pass_by(5.0)
    assert clock.now() == pytest.approx(AT + 15.0)
    assert clock.at(machine.up_s - 3.0) == pytest.approx(AT + 12.0)


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_nobody_sets_it_between_two_launches(machine, jump_s):
    """What passed between two launches is what passed, whatever the wall clock says by then."""
    first = launched(SteadyClock.going_on([]), 1)
    machine.pass_by(60.0)
    machine.wall_s += jump_s
    second = SteadyClock.going_on([first])
    assert second.now() == pytest.approx(AT + 60.0)
    assert second.since == first.at
    events = [first, launched(second, 2)]
    machine.wall_s -= 5 * jump_s
    machine.pass_by(60.0)
    third = SteadyClock.going_on(events)
    assert third.now() == pytest.approx(AT + 120.0)
    assert third.since == first.at


def test_after_a_start_of_the_machine_it_is_another_clock(machine):
    """Nothing counts from one start of the machine to the next: the wall clock is all there is."""
    first = launched(SteadyClock.going_on([]), 1)
    machine.boot, machine.up_s, machine.wall_s = "second start", 5000.0, AT + 40.0
    again = SteadyClock.going_on([first])
    assert (again.now(), again.since) == (pytest.approx(AT + 40.0), None)
    second = launched(again, 2)
    machine.pass_by(1.0)
    third = SteadyClock.going_on([first, second])
    assert (third.now(), third.since) == (pytest.approx(AT + 41.0), second.at)


@pytest.mark.parametrize(
    "facts", [{}, {"boot": "first start"}, {"boot": "first start", "uptime_s": "9999.0"}]
)
def test_a_launch_that_does_not_tell_its_clock_begins_another(machine, facts):
    """A launch of an earlier release, or of a container with its own clock, is nothing to count from."""
    assert machine.boot == "first start"
    clock = SteadyClock.going_on([Launched(AT - DAY_S, 1, facts)])
    assert (clock.now(), clock.since) == (pytest.approx(AT), None)


def test_a_system_that_names_no_start_has_the_wall_clock_alone(machine):
    """Where starts of the machine cannot be told apart, each launch begins by the wall clock."""
    machine.boot = None
    first = launched(SteadyClock.going_on([]), 1)
    machine.wall_s += 100.0
    assert SteadyClock.going_on([first]).now() == pytest.approx(AT + 100.0)

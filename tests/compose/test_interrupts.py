"""Signals, raised in this very process: what each of them does at each stage of a command."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from runner.compose.interrupts import Interrupted, Interrupts, nothing_sent
from runner.core.summary import EXIT_FORCED

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Left(BaseException):
    """In the place of the end of the process."""


class Timer:
    """In the place of a timer that ends the process."""

    made: ClassVar[list["Timer"]] = []

    def __init__(self, after_s: float, end: Callable[[int], None], codes: tuple[int]) -> None:
        self.after_s, self.end, self.codes = after_s, end, codes
        self.daemon = False
        self.started = False
        self.made.append(self)

    def start(self) -> None:
        """Begin to wait, without keeping the process alive."""
        self.started = self.daemon


@pytest.fixture
def former() -> Iterator[None]:
    """Everything is as it was before in the end."""
    handlers = {number: signal.getsignal(number) for number in ALL}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def interrupts(monkeypatch, former) -> Interrupts:  # noqa: ARG001 - it puts things back
    """Signals as they are in the program; a forced end is an exception, and may come at any time."""

    def leave(code: int) -> None:
        raise Left(code)

    monkeypatch.setattr("os._exit", leave)
    monkeypatch.setattr("threading.Timer", Timer)
    monkeypatch.setattr("runner.compose.interrupts._TWICE_S", -1.0)
    made = Interrupts()
    made.install()
    return made


def raise_all(*numbers: signal.Signals) -> None:
    """Signals, one after the other."""
    for number in numbers:
        signal.raise_signal(number)


def nothing() -> None:
    """The last deed of somebody who has nothing to do."""


@pytest.mark.parametrize("number", ALL)
def test_before_there_is_a_run_a_signal_is_raised(interrupts, number):
    """While a job is compiled, or a person is asked, the first signal of any kind ends that at once."""
    with pytest.raises(Interrupted, match=number.name), interrupts.breaking():
        signal.raise_signal(number)


def test_a_signal_that_came_while_the_program_was_loaded_is_raised_later(interrupts):
    """A signal that comes before the command can answer it well is kept in mind until it can."""
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Interrupted), interrupts.breaking():
        pytest.fail("the command went on")


def test_a_plan_that_is_being_committed_is_committed(interrupts):
    """Once something has to be finished a signal raises nothing, and the launch that follows is stopped."""
    reasons: list[str] = []
    with interrupts.breaking():
        interrupts.hold()
        signal.raise_signal(signal.SIGTERM)
        interrupts.hold()
        with interrupts.stopping(reasons.append, nothing):
            pass
    assert reasons == ["stopped by SIGTERM"]


def test_a_signal_whose_exception_was_swallowed_comes_again(interrupts):
    """What a callback of a foreign library swallows is raised when the plan is about to be committed."""
    with interrupts.breaking():
        with contextlib.suppress(Interrupted):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted):
            interrupts.hold()


def test_a_launch_is_asked_to_stop_once(interrupts):
    """The first signal stops the launch; SIGHUPs after it, as a closing terminal sends, ask no more."""
    reasons: list[str] = []
    with interrupts.stopping(reasons.append, nothing):
        raise_all(signal.SIGINT, signal.SIGHUP, signal.SIGHUP)
    assert reasons == ["stopped by SIGINT"]


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_does_the_last_deed_and_leaves(interrupts, second):
    """A second SIGINT or SIGTERM during a launch writes what is known, and leaves with 130."""
    deeds: list[str] = []
    with interrupts.stopping([].append, lambda: deeds.append("written")), pytest.raises(Left) as left:
        raise_all(signal.SIGHUP, second)
    assert left.value.args == (EXIT_FORCED,)
    assert deeds == ["written"]


def test_a_third_signal_does_not_wait_for_the_last_deed(interrupts):
    """Who presses again while files are written on the way out leaves without them."""
    deeds: list[str] = []

    def slow() -> None:
        signal.raise_signal(signal.SIGINT)
        deeds.append("written")

    with interrupts.stopping([].append, slow), pytest.raises(Left):
        raise_all(signal.SIGINT, signal.SIGINT)
    assert deeds == []


def test_a_last_deed_that_hangs_is_not_waited_for(interrupts):
    """A forced end takes some seconds at most: a timer ends the process where a disk hangs."""
    Timer.made.clear()
    with interrupts.stopping([].append, nothing), pytest.raises(Left):
        raise_all(signal.SIGINT, signal.SIGINT)
    (timer,) = Timer.made
    assert timer.started
    assert (timer.after_s, timer.end, timer.codes) == (3.0, os._exit, (EXIT_FORCED,))


def test_files_are_written_to_their_end(interrupts):
    """After the launch a first signal lets the files be finished; a second one leaves at once."""
    with interrupts.stopping([].append, lambda: pytest.fail("the launch is over")):
        pass
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Left):
        signal.raise_signal(signal.SIGINT)


def test_one_signal_that_is_delivered_twice_is_one(interrupts, monkeypatch):
    """`timeout` signals its child and then the whole group: that forces nothing."""
    monkeypatch.setattr("runner.compose.interrupts._TWICE_S", 60.0)
    reasons: list[str] = []
    with interrupts.stopping(reasons.append, nothing):
        raise_all(signal.SIGTERM, signal.SIGTERM)
    assert reasons == ["stopped by SIGTERM"]


def test_a_hangup_that_is_ignored_stays_ignored(former):  # noqa: ARG001 - it puts things back
    """Under nohup the terminal may close: SIGHUP is ignored then, and stays so."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    made = Interrupts()
    made.install()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) == made._received


def test_an_exit_code_that_is_decided_stays(interrupts):
    """When all is written and said, no signal changes the exit code any more."""
    interrupts.retire()
    raise_all(*ALL, *ALL)
    assert {signal.getsignal(number) for number in ALL} == {signal.SIG_IGN}


def test_stopped_before_the_run_is_four():
    """Nothing was sent and all is left to attempt: that is 4, with the command to type again."""
    fault = nothing_sent(Interrupted("SIGTERM"))
    assert fault.exit_code == 4
    assert "SIGTERM: nothing was sent" in fault.message
    assert fault.hint == "the same command begins anew"

"""Targets are laid hold of by one task at a time."""

from runner.core.history import Past
from runner.core.outcome import Outcome, Status
from runner.core.verdict import Verdict, VerdictKind
from runner.engine.holds import Holds
from runner.engine.live import Live
from runner.operations.catalog import CATALOG
from tests.simulation.jobs import detach_cells, make_task


def live(number: int) -> Live:
    """A task that detaches a charge of its own from the one schedule that all of them share."""
    task = make_task(number, "detach_charges", detach_cells(number, [f"C-{number}"], schedule=1))
    return Live(task, Past(), CATALOG["detach_charges"])


def test_tasks_on_one_target_take_turns_in_their_order():
    """The next one has hold of the target as soon as the one before it has left."""
    holds, (first, second, third) = Holds(), (live(1), live(2), live(3))
    assert [holds.takes(each) for each in (first, second, third)] == [True, False, False]
    assert holds.let_go(first) == [second]
    assert not holds.takes(live(4))
    assert holds.takes(second)
    assert holds.let_go(second) == [third]


def test_a_turn_is_passed_on_by_a_task_that_never_used_it():
    """A task whose turn has come and that leaves without sending does not keep the others waiting."""
    holds, (first, second, third) = Holds(), (live(1), live(2), live(3))
    for each in (first, second, third):
        holds.takes(each)
    assert holds.let_go(first) == [second]
    assert holds.let_go(second) == [third]


def test_a_holder_that_was_parked_comes_back_as_itself():
    """It is known by its number: the value that was read again from the log has hold of the target still."""
    holds = Holds()
    assert holds.takes(live(1))
    assert holds.takes(live(1))
    assert not holds.takes(live(2))


def test_nobody_waits_for_a_target_that_is_left_in_doubt():
    """What waits is told, what comes later is forbidden; the task in doubt itself may go on."""
    holds, (doubtful, waiting) = Holds(), (live(1), live(2))
    holds.takes(doubtful)
    holds.takes(waiting)
    doubtful.past = Past(attempts=1, doubts=1)
    assert holds.let_go(doubtful) == [waiting]
    assert holds.forbids(live(3))
    assert not holds.forbids(live(1))


def test_a_task_that_was_decided_is_in_doubt_no_more():
    """A final status ends the doubt, whatever came before it."""
    taken = Verdict(VerdictKind.ACCEPTED)
    assert Live(live(1).task, Past(success=taken), CATALOG["detach_charges"]).in_doubt
    done = Past(success=taken, outcome=Outcome(Status.SUCCEEDED))
    assert not Live(live(1).task, done, CATALOG["detach_charges"]).in_doubt

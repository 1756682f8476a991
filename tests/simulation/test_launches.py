"""Launches under virtual time."""

import asyncio

import pytest

from runner.core.outcome import Status
from runner.core.summary import EXIT_NOT_ATTEMPTED, EXIT_TOKEN
from tests.simulation.virtualtime import BEGINNING, VirtualClock, run_virtual
from tests.simulation.world import World, mixed_tasks


def test_a_calm_tenant_does_everything_once():
    """Without faults every task succeeds, with one write and one effect each."""

    async def scene() -> None:
        world = World(mixed_tasks(40))
        end = await world.launch()
        assert end is not None
        assert end.stop is None
        assert world.statuses() == {Status.SUCCEEDED: 40}
        assert world.judge() == {}
        assert len(world.wire.writes) == 40

    run_virtual(scene())


class _CountingClock(VirtualClock):
    """Fails where it is asked for the time again and again, and nothing comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def now(self) -> float:
        """Seconds since the epoch."""
        self._looks += 1
        assert self._looks < 200_000, "the launch asks for the time and does nothing"
        return super().now()


def test_the_next_launch_waits_out_what_the_last_one_was_asked_to_wait():
    """A program that is stopped after a 429, and started again at once, keeps to its Retry-After."""
    scenario = """
        [[faults]]
        match.operation = "write"
        fault = "status"
        status = 429
        retry_after = "300"
        times = 1
    """

    async def scene() -> None:
        world = World(mixed_tasks(4), scenario)
        await world.launch(world.setup(concurrency=1), stop_after_s=30.0)
        before, asked_at = world.wire.requests, world.clock.now()
        assert world.statuses()[Status.NOT_ATTEMPTED] > 0
        stopped = await world.launch(world.setup(concurrency=1), stop_after_s=200.0)
        assert stopped is not None
        assert world.wire.requests == before
        await world.launch()
        assert world.clock.now() >= asked_at + 250.0
        assert world.statuses() == {Status.SUCCEEDED: 4}
        assert world.judge() == {}

    run_virtual(scene())


def test_a_wait_of_hours_is_not_slept_through():
    """Whatever else is queued in its lane, and whatever is answered since; another launch does the rest."""
    scenario = """
        [[faults]]
        match.operation = "write"
        fault = "status"
        status = 429
        retry_after = "7200"
        times = 1
    """

    async def scene() -> None:
        world = World(mixed_tasks(40), scenario)
        end = await world.launch(world.setup(concurrency=2))
        assert end is not None
        assert end.stop is not None
        assert "asks to wait" in end.stop.reason
        assert world.clock.now() < BEGINNING + 120.0
        await asyncio.sleep(7200.0)
        await world.launch()
        assert world.statuses() == {Status.SUCCEEDED: 40}
        assert world.judge() == {}

    run_virtual(scene())


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("match.operation = 'read'\nfault = 'status'\nstatus = 403", EXIT_TOKEN),
        ("match = { operation = 'any' }\nfault = 'status'\nstatus = 401", EXIT_TOKEN),
        ("match = { operation = 'any', from_s = 60.0 }\nfault = 'status'\nstatus = 401", EXIT_NOT_ATTEMPTED),
    ],
)
def test_a_token_that_is_good_for_nothing_ends_the_launch(refusal: str, code: int):
    """7 where nothing was accepted; where it was good for something before, what is left says the code."""

    async def scene() -> None:
        world = World(mixed_tasks(40), f"tenant.latency_s = 1.0\n[[faults]]\n{refusal}")
        end = await world.launch(world.setup(concurrency=1))
        assert end is not None
        assert end.stop is not None
        assert end.stop.exit_code == code
        assert (end.taken > 0) == (code == EXIT_NOT_ATTEMPTED)
        assert world.clock.now() < BEGINNING + 600.0

    run_virtual(scene())


def test_a_write_that_is_due_leaves_although_time_goes_on():
    """What is due when it is queued is still due a moment later, when its slot is given to it."""

    async def scene() -> None:
        world = World(mixed_tasks(8))
        await world.launch(clock=_CountingClock())
        assert world.statuses() == {Status.SUCCEEDED: 8}

    run_virtual(scene())

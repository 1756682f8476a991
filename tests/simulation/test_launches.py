"""Launches under virtual time."""

from runner.core.outcome import Status
from tests.simulation.virtualtime import run_virtual
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

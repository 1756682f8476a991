"""Histories: a random job on a random tenant, launched, killed and launched again, and judged in the end."""

import asyncio
import random
from dataclasses import dataclass, replace

from runner.core.outcome import Status
from runner.core.policy import Policy
from runner.core.tenant import Limits
from runner.engine.setup import EngineSetup
from tests.simulation.clocks import Clocks
from tests.simulation.jobs import random_job
from tests.simulation.scenarios import random_faults, random_tenant
from tests.simulation.virtualtime import run_virtual
from tests.simulation.world import World

OPEN = frozenset({Status.NOT_ATTEMPTED, Status.ACCEPTED, Status.UNKNOWN})
GAPS_S = (0.1, 1.0, 5.0, 60.0, 200.0, 4000.0, 71_000.0, 73_000.0, 90_000.0, 260_000.0)
LAST_GAPS_S = (1.0, 80_000.0, 300.0)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one history. `log` is every event in one text, to compare two of the same seed."""

    seed: int
    found: dict[str, list[int] | list[str]]
    statuses: dict[Status, int]
    launches: int
    requests: int
    writes: int
    simulated_s: float
    log: str


def tell(seed: int) -> Told:
    """Live through the history of a seed."""
    return run_virtual(_history(seed))


async def _history(seed: int) -> Told:
    chance = random.Random(seed)  # noqa: S311 - a simulation, no secret
    world, setup = random_world(chance)
    clocks = Clocks()
    with clocks.installed():
        return await _live(world, setup, clocks, chance, seed)


async def _live(world: World, setup: EngineSetup, clocks: Clocks, chance: random.Random, seed: int) -> Told:
    """A few launches that end badly, and in the end some that nothing disturbs."""
    begun = world.clock.now()
    for _ in range(chance.randint(0, 4)):
        await _one_launch(world, setup, clocks, chance)
        await asyncio.sleep(chance.choice(GAPS_S))
    world.calm()
    setup = replace(setup, patience_s=600.0, canary=False)
    for gap_s in LAST_GAPS_S:
        await asyncio.sleep(gap_s)
        await world.launch(setup, clock=clocks.of_launch(chance))
        if not OPEN & set(world.statuses()):
            break
    return Told(
        seed,
        world.judge(),
        dict(world.statuses()),
        world.launches,
        world.wire.requests,
        sum(world.wire.writes.values()),
        world.clock.now() - begun,
        "\n".join(map(repr, world.log.kept)),
    )


def random_world(chance: random.Random) -> tuple[World, EngineSetup]:
    """A job, a tenant and how the program is told to go about it."""
    job = random_job(chance, chance.randint(1, 8))
    scenario = "\n".join([*random_tenant(chance), *job.scenario, *random_faults(chance)])
    policy = Policy(
        preflight=chance.random() < 0.85,
        until=chance.choice(("settled", "settled", "settled", "completed")),
        settle_s=chance.choice((420.0, 420.0, 420.0, 1800.0)),
    )
    world = World(job.tasks, scenario, policy=policy)
    setup = world.setup(
        concurrency=chance.choice((1, 3, 20)),
        canary=chance.random() < 0.1,
        patience_s=chance.choice((120.0, 600.0)),
        limits=Limits(per_minute=chance.choice((None, None, 30, 600))),
    )
    return world, setup


async def _one_launch(world: World, setup: EngineSetup, clocks: Clocks, chance: random.Random) -> None:
    """One launch that ends badly, by chance: killed, out of disk, stopped, or told to do but a part."""
    log, events = world.log, chance.choice((3, 10, 40))
    kind = chance.choices(("kill", "disk", "stop", "part"), (6, 2, 2, 1))[0]
    stop_after_s: float | None = None
    if kind == "kill":
        log.crash_after = len(log.kept) + chance.randint(0, events)
    elif kind == "disk":
        log.ghost = chance.random() < 0.5
        log.fail_after = len(log.kept) + chance.randint(0, events)
    elif kind == "stop":
        stop_after_s = chance.choice((0.0, 0.3, 3.0, 130.0, 500.0))
    else:
        setup = _part_of(world, setup, chance)
    if chance.random() < 0.2:
        clocks.disturb(chance)
    await world.launch(setup, stop_after_s=stop_after_s, clock=clocks.of_launch(chance))
    log.crash_after = log.fail_after = None


def _part_of(world: World, setup: EngineSetup, chance: random.Random) -> EngineSetup:
    kept = {"concurrency": setup.concurrency, "limits": setup.limits, "patience_s": setup.patience_s}
    match chance.randint(0, 2):
        case 0:
            return world.setup(**kept, limit=chance.randint(1, 3))
        case 1:
            return world.setup(**kept, max_duration_s=chance.choice((0.5, 20.0, 200.0)))
        case _:
            return world.setup(**kept, policy=replace(world.policy, sends=False))

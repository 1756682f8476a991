"""Launches on a machine that sleeps: its clock goes on, and nothing is done meanwhile."""

import asyncio
import email.utils

import pytest

from runner.core.jsonvalue import JsonObject
from runner.core.outcome import Status
from runner.core.pace import BREAKER_FAULTS, Pace
from runner.core.policy import Policy
from runner.core.task import Task
from runner.core.tenant import Limits
from runner.core.wire import Arrived, Lost
from runner.engine.lane import Lane
from runner.engine.launch import Launch, LaunchEnd
from runner.engine.serverclock import ServerClock
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG
from tests.simulation.jobs import make_task
from tests.simulation.memorylog import MemoryLog
from tests.simulation.virtualtime import BEGINNING, VirtualLoop, run_virtual
from tests.simulation.world import World

HOUR_S = 3600.0
PUTS_ALONE = Policy(preflight=False)
KINDS = ("asleep", "stopped")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = BEGINNING

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.at


def cancels(count: int) -> list[Task]:
    """Tasks that cancel a bill run each."""
    cells: list[JsonObject] = [{"billRunId": f"{number:032x}"} for number in range(1, count + 1)]
    return [make_task(number, "cancel_bill_run", each) for number, each in enumerate(cells, 1)]


def creation() -> Task:
    """A task that creates a bill run."""
    cells: JsonObject = {"name": "night", "batches": ["Batch1"]}
    cells |= {"targetDate": "2026-11-30", "invoiceDate": "2026-11-30"}
    return make_task(1, "create_bill_run", cells)


def rest(world: World, kind: str, seconds: float) -> None:
    """Let nothing run for a time.

    `asleep`: the machine sleeps, and the loop's own clock with it. `stopped`: the program stands still
    (Ctrl-Z), and then everything is due at once.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    if kind == "asleep":
        world.clock.begins += seconds
    else:
        loop.sleep_through(seconds)


async def launch(
    world: World, setup: EngineSetup | None = None, *, after_s: float, kind: str, for_s: float = HOUR_S
) -> LaunchEnd:
    """Launch once, with a rest after some time."""
    asyncio.get_running_loop().call_later(after_s, rest, world, kind, for_s)
    end = await world.launch(setup, clock=world.clock)
    assert end is not None
    return end


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_sleep_a_read_goes_first(kind):
    """What was in flight is finished; then a read has to be answered before anything is written again."""

    async def scene() -> None:
        world = World(cancels(30), "[tenant]\nspeed = 100\nlatency_s = 1.0", policy=PUTS_ALONE)
        before: list[int] = []
        asyncio.get_running_loop().call_later(5.4, lambda: before.append(len(world.tenant.seen)))
        await launch(world, world.setup(concurrency=2), after_s=5.5, kind=kind)
        assert world.statuses() == {Status.SUCCEEDED: 30}
        assert world.judge() == {}
        first = world.tenant.seen[before[0]]
        assert first.path.endswith("?pageSize=1"), first
        assert "PUT" in {request.method for request in world.tenant.seen[: before[0]]}

    run_virtual(scene())


@pytest.mark.parametrize("kind", KINDS)
def test_a_sleep_uses_up_no_deadline(kind):
    """A cancel that is under way for 20 minutes is followed to its end, although two hours were slept."""

    async def scene() -> None:
        scenario = "[tenant]\nspeed = 1\n[bill_runs.'00000000000000000000000000000001']\ncancel_s = 9000"
        world = World(cancels(1), scenario)
        end = await launch(world, after_s=60.0, kind=kind, for_s=2 * HOUR_S)
        assert end.stop is None
        assert world.statuses() == {Status.SUCCEEDED: 1}

    run_virtual(scene())


def test_a_sleep_uses_up_no_patience():
    """A tenant that gave no useful answer before a sleep has its whole patience again after it."""

    async def scene() -> None:
        faults = "[[faults]]\nmatch = { until_s = 3700 }\nfault = 'no_connect'"
        world = World(cancels(3), f"[tenant]\nspeed = 100\n{faults}")
        end = await launch(world, after_s=10.0, kind="asleep")
        assert end.stop is not None
        assert "no useful answer for 30 s" in end.stop.reason
        assert world.clock.now() - BEGINNING > HOUR_S + 30.0

    run_virtual(scene())


def test_max_duration_is_real_time():
    """A time after which nothing more shall begin is over, also where the machine slept through it."""

    async def scene() -> None:
        world = World(cancels(30), "[tenant]\nspeed = 100\nlatency_s = 1.0", policy=PUTS_ALONE)
        setup = world.setup(concurrency=1, max_duration_s=1800.0)
        end = await launch(world, setup, after_s=5.5, kind="asleep")
        assert end.stop is not None
        assert "--max-duration 1800 s is over" in end.stop.reason
        assert world.statuses()[Status.NOT_ATTEMPTED] >= 20

    run_virtual(scene())


@pytest.mark.parametrize("slept_s", [100.0, 290.0, 3000.0])
def test_retry_after_is_real_time(slept_s):
    """What the server asks to wait is waited for, sleep included: never less, and nothing on top."""

    async def scene() -> None:
        fault = "[[faults]]\nmatch = { operation = 'write', nth = [1] }\nfault = 'status'\nstatus = 429\n"
        world = World(cancels(1), f"[tenant]\nspeed = 100\n{fault}retry_after = '300'", policy=PUTS_ALONE)
        await launch(world, after_s=5.0, kind="asleep", for_s=slept_s)
        first, second = (event.at for event in world.log.tracks.values())
        assert max(300.0, slept_s) <= second - first < max(300.0, slept_s + 5.0) + 6.0
        assert world.judge() == {}

    run_virtual(scene())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after_s", [0.0005, 0.5, 30.0, 155.0, 200.0])
def test_a_lost_write_is_settled_once_after_any_sleep(kind, after_s):
    """However a night falls into the settling of lost replies, nothing is done twice or taken for failed."""

    async def scene() -> None:
        fault = "fault = 'reset_before'\neffect = 'late'\nafter_s = 119\ntimes = 3"
        world = World(
            [creation(), *cancels(7)[1:]],
            f"[tenant]\nspeed = 100\n[[faults]]\nmatch = {{ operation = 'write' }}\n{fault}",
        )
        await launch(world, after_s=after_s, kind=kind, for_s=8 * HOUR_S)
        assert world.judge() == {}
        assert set(world.statuses()) == {Status.SUCCEEDED}

    run_virtual(scene())


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_grew_old_in_sleep_is_not_used_again(kind):
    """After 25 hours the server has forgotten a key: the creation is looked for, and not sent under it."""

    async def scene() -> None:
        fault = "[[faults]]\nmatch = { operation = 'write', nth = [1] }\nfault = 'reset_after'"
        world = World([creation()], f"[tenant]\nspeed = 100\n{fault}")
        await launch(world, after_s=0.05, kind=kind, for_s=25 * HOUR_S)
        assert world.judge() == {}
        assert len(world.tenant.effects) == 1
        assert [request.method for request in world.tenant.seen].count("POST") == 1
        assert world.statuses() == {Status.SUCCEEDED: 1}

    run_virtual(scene())


def test_a_stop_does_not_wait_for_a_limit_of_the_hour():
    """While the requests of an hour are used up, a signal still ends the launch at once."""

    async def scene() -> None:
        world = World(cancels(8), "[tenant]\nspeed = 100", policy=PUTS_ALONE)
        begun = world.clock.now()
        end = await world.launch(world.setup(limits=Limits(per_hour=3)), stop_after_s=20.0)
        assert end is not None
        assert end.stop is not None
        assert end.stop.reason == "SIGINT"
        assert world.clock.now() - begun < 21.0
        assert world.statuses()[Status.NOT_ATTEMPTED] == 5

    run_virtual(scene())


def dated(at: float) -> Arrived:
    """A reply that the server wrote at a time."""
    return Arrived(200, {"date": email.utils.formatdate(at, usegmt=True)}, b"{}")


def test_a_reply_that_waited_for_us_makes_no_key_younger():
    """A reply that lay here for ten hours says when it was written, not how late it is now."""

    async def scene() -> None:
        clock = Clock()
        server = ServerClock(clock, None)
        asked_at, clock.at = clock.at, clock.at + 10 * HOUR_S
        server.learn(dated(asked_at + 1.0), asked_at)
        assert server.at_most() >= clock.at
        least = server.at_least()
        assert least is not None
        assert least <= clock.at

    run_virtual(scene())


def test_the_servers_clock_is_known_better_with_each_reply():
    """Each reply bounds the server's clock from both sides; one that says otherwise begins anew."""

    async def scene() -> None:
        clock = Clock()
        server = ServerClock(clock, None)
        assert (server.at_least(), server.at_most()) == (None, clock.at)
        server.learn(Lost("nothing came"), clock.at)
        assert server.at_least() is None
        clock.at += 100.0
        server.learn(dated(clock.at + 3600.0), clock.at - 0.2)
        server.learn(dated(clock.at + 3600.0), clock.at - 90.0)
        least = server.at_least()
        assert least is not None
        assert 3598.9 <= least - clock.at <= 3600.0 <= server.at_most() - clock.at <= 3601.3
        server.learn(dated(clock.at - 50.0), clock.at - 0.2)
        assert -51.0 <= server.at_most() - clock.at <= -48.0

    run_virtual(scene())


def test_a_gap_that_its_clock_does_not_show_moves_no_deadline():
    """Told that the wall clock jumped, a launch reads first in each lane, and waits as long as before."""

    async def scene() -> None:
        clock = Clock()
        log = MemoryLog([])
        setup = EngineSetup(operations=CATALOG, policy=Policy(), run_token="0a1b2c3d")
        launched = Launch(setup, log, World([]).wire, clock)
        lane = launched._board.lanes["us"] = Lane("us", Pace(20), clock.at)
        before = (launched._board.launched_at, lane.useful_at, lane.pace.not_before)
        clock.at += 50.0
        launched.doubt_time()
        assert lane.pace.half_open
        assert lane.pace.faults == BREAKER_FAULTS
        assert (launched._board.launched_at, lane.useful_at, lane.pace.not_before) == before

    run_virtual(scene())

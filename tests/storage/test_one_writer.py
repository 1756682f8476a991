"""Two programs on one run: the one that was taken over sends nothing more."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.lock import RunLock
from tests.simulation.jobs import mixed_tasks
from tests.simulation.virtualtime import run_virtual
from tests.storage.commands import RUN_ID, Office
from tests.storage.disk import failing_disk
from tests.storage.launching import DiskWorld, plan_tasks

HOLD = """
import sys
from pathlib import Path
from runner.edge.checkpoint.lock import RunLock
lock = RunLock.acquire(Path(sys.argv[1]), 0.0)
print("held", flush=True)
sys.stdin.read()
"""
IN_FLIGHT_S = 0.6
"""Half a latency after the looks are answered."""


def test_a_launch_that_is_taken_over_begins_no_other_request(tmp_path: Path):
    """Its lock was deleted, a second program came in: what is in flight is awaited, then it ends with 5."""

    async def story() -> tuple[DiskWorld, int]:
        world = DiskWorld(planned, mixed_tasks(8), disk)
        launch = asyncio.ensure_future(world.whole_launch())
        await asyncio.sleep(IN_FLIGHT_S)
        assert world.in_flight
        assert world.wire.writes
        (planned / "lock").unlink()
        RunLock.acquire(planned, 1.0)
        CommitLog.open(planned).close()
        written = sum(world.wire.writes.values())
        end = await launch
        assert end is not None
        assert end.stop is not None
        assert end.stop.exit_code == 5
        assert "a second program took this run over" in end.stop.reason
        assert world.in_flight == 0
        return world, written

    with failing_disk() as disk:
        planned = plan_tasks(tmp_path / "run", mixed_tasks(8))
        RunLock.acquire(planned, 0.0)
        world, written = run_virtual(story())
    assert sum(world.wire.writes.values()) == written < 8


def test_a_holder_that_was_stopped_still_holds(tmp_path: Path):
    """It may wake up and send: the others end with 6 till it is killed, and then go on at once."""
    office = Office(tmp_path / "office")
    assert office.begin("--limit", "1").code == 4
    before = office.door.requests
    command = [sys.executable, "-c", HOLD, str(office.run)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        os.kill(holder.pid, signal.SIGSTOP)
        for verb in ("resume", "settle", "results"):
            said = office.call(verb, RUN_ID, *office.site)
            assert said.code == 6
            assert f"held by process {holder.pid}" in said.err
        assert office.begin().code == 6
        assert "(running)" in office.call("status", RUN_ID, *office.site).out
        assert office.door.requests == before
        os.kill(holder.pid, signal.SIGKILL)
    assert office.call("resume", RUN_ID, *office.site).code == 0
    assert len(office.tenant.effects) == len(office.rows)

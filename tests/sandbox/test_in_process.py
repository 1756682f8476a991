import asyncio

import pytest

from runner.core.wire import Arrived, Lost, NotSent, Reply, Request
from runner.sandbox.in_process import InProcess
from tests.sandbox.rig import BEGINNING

CREATE = b'{"batches":["Batch1"],"targetDate":"2026-09-30","name":"x"}'


class Clock:
    """A clock on which only `sleep` moves the time."""

    def __init__(self) -> None:
        self.time = BEGINNING

    def now(self) -> float:
        """The time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Move the time on."""
        self.time += seconds
        await asyncio.sleep(0)


def door(scenario: str = "") -> tuple[InProcess, Clock]:
    """A tenant in memory, and its clock."""
    clock = Clock()
    return InProcess(clock.now, clock.sleep, scenario=scenario), clock


async def create(tenant: InProcess) -> Reply:
    """Create a bill run."""
    return await tenant.send(Request("POST", "/v1/bill-runs", {"Content-Type": "application/json"}, CREATE))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reset_before", Lost),
        ("reset_after", Lost),
        ("late_effect", Lost),
        ("truncate", Lost),
        ("oversized", Lost),
        ("gzip_bomb", Lost),
        ("no_connect", NotSent),
        ("redirect", Arrived),
        ("garbage", Arrived),
        ("html200", Arrived),
        ("drip", Arrived),
        ("timeout", Arrived),
    ],
)
async def test_faults_are_told_as_a_transport_tells_them(kind: str, expected: type):
    """What cannot be read whole is lost, a refused connection is not sent, everything else arrived."""
    tenant, _ = door(f'[[faults]]\nfault = "{kind}"')
    assert isinstance(await create(tenant), expected)
    assert len(tenant.seen) == 1


async def test_a_reply_that_takes_too_long_is_lost():
    """A write is given up after 150 s and a read after 30 s, while the effect stands."""
    tenant, clock = door('[[faults]]\nfault = "latency"\ndelay_s = 200')
    assert isinstance(await create(tenant), Lost)
    assert clock.time == BEGINNING + 150
    assert isinstance(await tenant.send(Request("GET", "/v1/journal-runs/JR-00000001")), Lost)
    assert clock.time == BEGINNING + 180
    assert len(tenant.effects) == 1


async def test_a_late_effect_appears_when_its_time_has_come():
    """A late effect is not there before its time, and is there after it without any request."""
    tenant, clock = door('[[faults]]\nfault = "late_effect"\nafter_s = 119')
    await create(tenant)
    await clock.sleep(118)
    tenant.advance()
    assert tenant.effects == []
    await clock.sleep(2)
    tenant.advance()
    assert len(tenant.effects) == 1


async def test_a_restart_keeps_the_state():
    """After a restart of the tenant the runs are there, and tokens are renewed in time."""
    tenant, clock = door()
    reply = await create(tenant)
    assert isinstance(reply, Arrived)
    tenant.restart()
    await clock.sleep(4000)
    found = await tenant.send(Request("GET", "/object-query/billing-runs?filter[]=name.EQ:x"))
    assert isinstance(found, Arrived)
    assert b'"Completed"' in found.body

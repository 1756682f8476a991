"""A machine that sleeps: the event loop's clock stands still, the server's does not."""

import asyncio
import time

import pytest

from runner.core.wire import Arrived, Lost, NotSent, NotSentCause, Request
from runner.edge.http.sweep import Sweep
from runner.edge.http.token import TokenSource
from runner.edge.http.transport import Transport
from runner.edge.http.wire import Wire
from runner.edge.uptime import Gaps, uptime_s
from tests.edge.http.stub import CREDENTIALS, Exchange, Stub, grant, ok, reply, tenant_at

GET = Request("GET", "/v1/bill-runs/ab")
PUT = Request("PUT", "/v1/bill-runs/ab/cancel", body=b"{}")
DAY_S = 86_400.0


class Clocks:
    """The loop's clock, the one that goes on in sleep, and the wall clock, to be moved by hand."""

    def __init__(self) -> None:
        self.loop_s, self.up_s, self.wall_s = 0.0, 0.0, 1.8e9

    def __call__(self) -> tuple[float, float, float]:
        """All three."""
        return self.loop_s, self.up_s, self.wall_s

    def up(self) -> float:
        """The one that goes on in sleep."""
        return self.up_s

    def awake(self, seconds: float) -> None:
        """Let time pass."""
        self.loop_s += seconds
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Let the machine sleep."""
        self.up_s += seconds
        self.wall_s += seconds


@pytest.fixture
def clocks() -> Clocks:
    """Clocks that stand still."""
    return Clocks()


def transport(stub: Stub, clocks: Clocks) -> Transport:
    """A transport that goes by these clocks."""
    wire = Wire(tenant_at(stub.origin), clock=clocks.up)
    return Transport(wire, TokenSource(wire, CREDENTIALS, clock=clocks.up), Gaps(clocks))


def numbered():
    """Grant token-1, token-2 and so on."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(grant(f"token-{exchange.nth}"))

    return answer


def test_waiting_is_no_gap(clocks):
    """However long nothing happens: while the machine is awake there is no gap."""
    gaps = Gaps(clocks)
    clocks.awake(3 * DAY_S)
    assert not gaps.passed()


def test_a_sleep_is_one_gap(clocks):
    """A sleep is noticed once, and a nap not at all."""
    gaps = Gaps(clocks)
    clocks.sleep(9.0)
    assert not gaps.passed()
    clocks.sleep(31.0)
    assert [gaps.passed(), gaps.passed()] == [True, False]


def test_only_a_wall_clock_that_is_set_forward_may_be_a_gap(clocks):
    """A day ahead may be a frozen machine that is told the time; a day back, or a slow one, is not."""
    gaps = Gaps(clocks)
    clocks.wall_s += DAY_S
    assert gaps.passed()
    clocks.wall_s -= DAY_S
    assert not gaps.passed()
    for _ in range(1000):
        clocks.wall_s += 0.1
        assert not gaps.passed()


def test_uptime_counts_sleep():
    """The clock of this machine is never behind the one that stands still in sleep."""
    asleep_s = uptime_s() - time.monotonic()
    assert asleep_s > -0.001
    assert uptime_s() - time.monotonic() == pytest.approx(asleep_s, abs=0.01)


async def test_after_a_sleep_connection_and_token_are_new(clocks):
    """Before the first request after a sleep every connection is given up, and a new token is fetched."""
    async with Stub(ok) as stub, transport(stub, clocks) as sender:
        stub.answer_token = numbered()
        await sender.send(GET, timeout_s=5)
        await sender.send(GET, timeout_s=5)
        assert (stub.connections, len(stub.token_requests)) == (1, 1)
        clocks.sleep(60.0)
        assert isinstance(await sender.send(PUT, timeout_s=5), Arrived)
    assert stub.connections == 2
    assert [seen.header("Authorization") for seen in stub.requests][1:] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_a_token_ages_in_sleep(clocks):
    """A token that expired while the machine slept is renewed, although the loop saw no time pass."""
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin)) as wire:
        stub.answer_token = numbered()
        tokens = TokenSource(wire, CREDENTIALS, clock=clocks.up)
        await tokens.token()
        clocks.sleep(3600.0)
        assert (await tokens.token()).secret.reveal() == "token-2"


async def test_what_was_decided_before_a_sleep_does_not_leave_after_it(clocks):
    """A write that waits for its token while the machine sleeps is not sent: its key may be too old then."""

    async def slow(exchange: Exchange) -> None:
        clocks.sleep(10 * 3600.0)
        await exchange.write(grant())

    async with Stub(ok) as stub, transport(stub, clocks) as sender:
        stub.answer_token = slow
        got = await sender.send(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT
    assert stub.requests == []


async def test_what_waits_for_a_connection_in_sleep_does_not_leave(clocks):
    """A request whose connection comes about only after the machine slept is not sent."""
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin), clock=clocks.up) as wire:
        connector = wire._pool.session.connector
        assert connector is not None
        connect = connector._create_connection

        async def late(*args, **options):
            clocks.sleep(21.0)
            return await connect(*args, **options)

        connector._create_connection = late
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert stub.requests == []


async def test_a_request_in_flight_is_lost_when_its_time_is_over(clocks, monkeypatch):
    """A request that was in flight when the machine fell asleep is lost by its deadline, and no later."""
    monkeypatch.setattr("runner.edge.http.sweep._TICK_S", 0.01)

    async def silent(_exchange: Exchange) -> None:
        clocks.sleep(200.0)
        await asyncio.sleep(5)

    async with Stub(silent) as stub, Wire(tenant_at(stub.origin), clock=clocks.up) as wire:
        began = asyncio.get_running_loop().time()
        got = await wire.exchange(PUT, timeout_s=150)
        assert asyncio.get_running_loop().time() - began < 2
    assert got == Lost("no whole reply within 150 s")


async def test_a_request_in_flight_survives_a_nap(clocks, monkeypatch):
    """A sleep that ends before a request's deadline does not end the request."""
    monkeypatch.setattr("runner.edge.http.sweep._TICK_S", 0.01)

    async def slow(exchange: Exchange) -> None:
        clocks.sleep(100.0)
        await asyncio.sleep(0.05)
        await exchange.write(reply())

    async with Stub(slow) as stub, Wire(tenant_at(stub.origin), clock=clocks.up) as wire:
        assert isinstance(await wire.exchange(PUT, timeout_s=150), Arrived)


async def test_the_sweep_rests_when_nothing_is_in_flight(clocks):
    """Between exchanges no timer wakes the program."""
    sweep = Sweep(clocks.up)
    async with asyncio.timeout(5) as one, asyncio.timeout(5) as two:
        await asyncio.sleep(0)
        with sweep.watched(one, 5.0):
            with sweep.watched(two, 5.0):
                assert sweep._timer is not None
            assert sweep._timer is not None
        assert sweep._timer is None

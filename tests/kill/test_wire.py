"""The counting proxy and its judge: what is on the wire, cut as it may, and what is wrong with it."""

import random
from pathlib import Path

import pytest

from tests.kill.ground import lay_out
from tests.kill.wire import Counted, Requests
from tests.kill.wired import wired_program_in

PUT = b"PUT /v1/bill-runs/a/cancel HTTP/1.1\r\nHost: x\r\nZuora-Track-Id: %s\r\nContent-Length: 4\r\n\r\n{  }"
READ = b"GET /object-query/billing-runs?pageSize=1 HTTP/1.1\r\nHost: x\r\n\r\n"
TOKEN = b"POST /oauth/token HTTP/1.1\r\nContent-Length: 9\r\n\r\nPUT /a=\r\n"


def counted(stream: bytes, sizes: int, *, sent: bool = True) -> Counted:
    """What is counted of a connection's bytes that come in pieces of random sizes."""
    chance = random.Random(sizes)  # noqa: S311 - a test, no secret
    requests, seen = Requests(), Counted()
    while stream:
        size = chance.randint(1, sizes)
        for head in requests.heads(stream[:size]):
            seen.take(head, lambda _: sent)
        stream = stream[size:]
    seen.broke_off(requests.rest, lambda _: sent)
    return seen


@pytest.mark.parametrize("sizes", [1, 3, 40, 1000])
def test_requests_are_counted_however_their_bytes_are_cut(sizes: int):
    """Heads and bodies are told apart by their lengths alone, in whatever pieces they come."""
    seen = counted(TOKEN + PUT % b"zbr-1-1-1" + READ + PUT % b"zbr-1-2-1", sizes)
    assert seen.requests == 4
    assert seen.writes == {"zbr-1-1-1": 1, "zbr-1-2-1": 1}
    assert (seen.torn, seen.violations()) == (0, [])


def test_the_beginning_of_a_request_counts_once_its_name_is_there():
    """A request that breaks off was on the wire all the same."""
    whole = PUT % b"zbr-1-1-1"
    seen = counted(whole + whole[:76], 1000)
    assert seen.torn == 1
    assert seen.violations() == ["zbr-1-1-1: 2 requests for one sent event"]
    assert counted(whole[:20], 1000).torn == 1


def test_what_may_not_be_on_the_wire_is_told():
    """A second request for one sent event, one without such an event, one without a track id."""
    unnamed = b"POST /v1/bill-runs HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    seen = counted(PUT % b"zbr-1-1-1" + unnamed, 9, sent=False)
    assert seen.violations() == [
        "zbr-1-1-1: on the wire, and not committed as sent",
        "POST /v1/bill-runs HTTP/1.1: a write without a track id",
    ]


@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(200)
def test_a_program_that_sends_first_or_twice_is_seen_on_the_wire(tmp_path: Path):
    """Each of two planted bugs is seen by the proxy, and the program without them is clean."""
    jobs = lay_out(tmp_path, jobs=3, operations=12, seed=8, faults="")
    found: list[set[str]] = []
    with wired_program_in(tmp_path) as (program, wire):
        for job, plant in zip(jobs, (None, "sends_first", "sends_twice"), strict=True):
            before = set(wire.counted.violations())
            program.run("run", str(job), arm=None if plant is None else (plant, 0))
            found.append(set(wire.counted.violations()) - before)
    clean, first, twice = found
    assert clean == set()
    assert any("not committed as sent" in line for line in first)
    assert sum("2 requests for one sent event" in line for line in twice) >= 8

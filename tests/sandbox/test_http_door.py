import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from runner.sandbox.http_door import HttpDoor
from runner.sandbox.setup import Setup

FORM = {"client_id": "a", "client_secret": "b", "grant_type": "client_credentials"}
BODY = {"batches": ["Batch1"], "targetDate": "2026-09-30", "name": "x"}


@dataclass
class Client:
    """A session on a served tenant, with a token."""

    session: aiohttp.ClientSession
    directory: Path

    def effects(self) -> list[str]:
        """The lines of effects.jsonl."""
        return (self.directory / "effects.jsonl").read_text().splitlines()


@asynccontextmanager
async def served(directory: Path, scenario: str = "") -> AsyncIterator[Client]:
    """Serve a new tenant."""
    file = directory / "scenario.toml"
    file.write_text(scenario)
    door = HttpDoor(directory / "t", Setup(scenario=str(file)), secret="s", pinned=False)
    runner = web.ServerRunner(web.Server(door.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession(origin) as plain, plain.post("/oauth/token", data=FORM) as reply:
            token = (await reply.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Zuora-Version": "2025-08-12"}
        async with aiohttp.ClientSession(origin, headers=headers) as session:
            yield Client(session, directory / "t")
    finally:
        await runner.cleanup()
        door.close()


async def test_a_request_is_served_and_its_effect_is_on_disk_before_the_reply(tmp_path: Path):
    """Over HTTP a creation answers as the page says, and effects.jsonl has its line."""
    async with served(tmp_path) as client, client.session.post("/v1/bill-runs", json=BODY) as reply:
        assert (reply.status, (await reply.json())["status"]) == (200, "Pending")
        assert reply.headers["Zuora-Request-Id"] == json.loads(client.effects()[0])["request_id"]


async def test_long_replies_are_compressed_where_they_may_be(tmp_path: Path):
    """A reply over 1000 bytes is gzip for a request that accepts it, a short one is not."""
    async with served(tmp_path) as client:
        path = "/v1/journal-entries/journal-runs/JR-00000001"
        async with client.session.get(path) as reply:
            assert reply.headers.get("Content-Encoding") is None
        async with client.session.get(
            "/v1/invoice-schedules/IS-1", headers={"Accept-Encoding": "gzip"}
        ) as reply:
            assert reply.headers.get("Content-Encoding") is None
        async with client.session.get(
            "/v1/bill-runs/" + "a" * 32, headers={"Accept-Encoding": "gzip"}
        ) as reply:
            size = len(json.dumps(await reply.json(), separators=(",", ":")))
            assert (reply.headers.get("Content-Encoding") == "gzip") == (size > 1000)


@pytest.mark.parametrize(
    ("fault", "effects"), [("reset_before", 0), ("reset_after", 1), ("truncate", 1), ("no_connect", 0)]
)
async def test_broken_connections_are_really_broken(tmp_path: Path, fault: str, effects: int):
    """A reset or cut-off reply is an error of the connection for the client."""
    scenario = f'[[faults]]\nfault = "{fault}"\nmatch = {{ operation = "write" }}'
    async with served(tmp_path, scenario) as client:
        with pytest.raises((aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
            async with client.session.post("/v1/bill-runs", json=BODY) as reply:
                await reply.read()
        assert len(client.effects()) == effects


async def test_a_reply_can_drip(tmp_path: Path):
    """A dripped reply arrives whole, byte by byte."""
    scenario = '[[faults]]\nfault = "drip"\ndelay_s = 0.05\nmatch = { operation = "write" }'
    async with served(tmp_path, scenario) as client, client.session.post("/v1/bill-runs", json=BODY) as reply:
        assert (await reply.json())["success"] is True


async def test_requests_in_flight_hold_their_slots(tmp_path: Path):
    """A slow reply keeps its slot until it has left."""
    scenario = '[limits]\nconcurrency = 1\n[[faults]]\nfault = "latency"\ndelay_s = 0.2\ntimes = 1\n'
    scenario += 'match = { operation = "write" }'
    async with served(tmp_path, scenario) as client:
        slow = asyncio.create_task(client.session.post("/v1/bill-runs", json=BODY).__aenter__())
        await asyncio.sleep(0.1)
        async with client.session.get("/v1/journal-runs/JR-00000001") as reply:
            assert (reply.status, reply.headers["Retry-After"]) == (429, "120")
        (await slow).release()
        async with client.session.get("/v1/journal-runs/JR-00000001") as reply:
            assert reply.status == 200


async def test_the_control_endpoint_needs_its_secret(tmp_path: Path):
    """Nobody without the secret of the directory can stop or change a tenant."""
    async with served(tmp_path) as client:
        async with client.session.post("/_sandbox/stop") as reply:
            assert reply.status == 403
        async with client.session.post("/_sandbox/ping", headers={"X-Sandbox-Secret": "s"}) as reply:
            assert (await reply.json())["pinned"] is False

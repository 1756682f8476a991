"""Hostile strings straight into requests, past all grammars: the last look at the door."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from runner.core.tenant import Tenant as Configured
from runner.core.tenant import TenantKind
from runner.core.wire import Arrived, Request
from runner.edge.http import RequestRefused, Wire
from tests.security.hostile import Asked, Tenant, said

OURS: Final = frozenset({
    "host", "accept", "accept-encoding", "user-agent", "zuora-version", "authorization", "content-type",
    "content-length", "zuora-track-id", "zuora-entity-ids", "zuora-org-ids", "idempotency-key",
})  # fmt: skip
"""The headers of a request."""


@dataclass
class Tried:
    """How many strings went into each sink, and what got through."""

    counts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list)

    def judge(self, sink: str, where: str, found: Sequence[str]) -> None:
        """Count one try."""
        self.counts[sink] += 1
        self.wrong += [f"{sink}: {where}: {each}" for each in found]


def into_requests(strings: Sequence[str], tried: Tried) -> None:
    """Each string as a segment of a path, quoted and plain, and as a header: sent to the byte, or not."""
    with Tenant(lambda _: said({}), lambda _: said({})) as tenant:
        asyncio.run(_send_all(strings, tenant, tried))


async def _send_all(strings: Sequence[str], tenant: Tenant, tried: Tried) -> None:
    async with Wire(Configured("acme", TenantKind.LOOPBACK, tenant.origin)) as wire:
        for text in strings:
            for spelled in (quote(text.encode("utf-8", "replace"), safe=""), text):
                path = f"/v1/bill-runs/{spelled}/cancel"
                line = await _sent(wire, tenant, Request("PUT", path, body=b"{}"))
                wanted = f"PUT {path} HTTP/1.1"
                found = [] if line is None or line.line == wanted else [f"sent as {line.line!a}"]
                tried.judge("path", ascii(text), found)
            for name in ("Zuora-Entity-Ids", "Zuora-Org-Ids", "Zuora-Track-Id"):
                got = await _sent(wire, tenant, Request("GET", "/v1/x", {name: text}))
                tried.judge("header", ascii(text), [] if got is None else _headers_wrong(got, name, text))


async def _sent(wire: Wire, tenant: Tenant, request: Request) -> Asked | None:
    """The one request that came of it; None where it was refused and nothing came."""
    before = len(tenant.asked)
    try:
        reply = await wire.exchange(request, timeout_s=5)
    except RequestRefused:
        reply = None
    came = tenant.asked[before:]
    if not came and not isinstance(reply, Arrived):
        return None
    return came[0] if len(came) == 1 else Asked(f"{len(came)} requests", {}, b"")


def _headers_wrong(got: Asked, name: str, text: str) -> list[str]:
    if got.headers.get(name.lower()) != [text]:
        return [f"arrived as {got.headers.get(name.lower())!a}"]
    return [f"the header {each!a}" for each in got.headers if each not in OURS]

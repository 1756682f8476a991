"""The rows of 3.B and 3.C that are seen only on a socket."""

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import trustme

from runner.core.wire import NotSent, NotSentCause
from runner.edge.http import Wire
from tests.edge.http.stub import Stub, ok, tenant_at
from tests.matrix.sockets import WRITES, socket_cells

CELLS = list(socket_cells())


@pytest.mark.parametrize("met", [met for _, met in CELLS], ids=[name for name, _ in CELLS])
async def test_a_write_leaves_once_and_its_end_is_told_for_what_it_is(
    met: Callable[[], Awaitable[list[str]]],
):
    """Whatever the server does, a write is at most one request, and "not sent" only without a connection."""
    assert await met() == []


@pytest.mark.parametrize("method", WRITES)
async def test_an_expired_certificate_is_refused(method: str, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """A certificate whose time is over is refused before anything leaves, and it stops the run (N3)."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    expired = authority.issue_cert(
        "127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC), key_type=trustme.KeyType.ECDSA
    )
    expired.configure_cert(context)
    async with Stub(ok, context) as stub, Wire(tenant_at(stub.origin)) as wire:
        got = await wire.exchange(WRITES[method], timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.TLS
    assert "expired" in got.detail
    assert stub.requests == []

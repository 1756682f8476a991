import asyncio
import ssl
import warnings

import pytest
import trustme

from runner.core.wire import Arrived, NotSent, NotSentCause, Request
from runner.edge.http import Wire
from tests.edge.http.stub import Proxy, Stub, ok, tenant_at

PUT = Request("PUT", "/v1/bill-runs/ab/cancel", body=b"{}")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody knows."""
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The authority, as one that this machine trusts."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for a host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


async def ask(stub: Stub):
    """Send one PUT."""
    async with Wire(tenant_at(stub.origin)) as wire:
        return await wire.exchange(PUT, timeout_s=5)


async def test_an_unknown_authority_is_refused(authority: trustme.CA):
    """A certificate that nobody known has signed is refused before anything leaves."""
    async with Stub(ok, serving(authority, "127.0.0.1")) as stub:
        got = await ask(stub)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.TLS
    assert "certificate of 127.0.0.1 is refused" in got.detail
    assert stub.requests == []


async def test_a_known_authority_is_accepted(trusted: trustme.CA):
    """A certificate for this host by a trusted authority is accepted, and the connection is used again."""
    async with Stub(ok, serving(trusted, "127.0.0.1")) as stub, Wire(tenant_at(stub.origin)) as wire:
        assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
        assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
    assert stub.connections == 1


async def test_another_hosts_certificate_is_refused(trusted: trustme.CA):
    """A certificate for another host is refused, whoever signed it."""
    async with Stub(ok, serving(trusted, "elsewhere.example")) as stub:
        got = await ask(stub)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.TLS


async def test_old_tls_is_refused(trusted: trustme.CA):
    """A server that speaks no TLS 1.2 gets nothing, and nothing of ours can be turned off."""
    context = serving(trusted, "127.0.0.1")
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Stub(ok, context) as stub, Wire(tenant_at(stub.origin)) as wire:
        assert isinstance(await wire.exchange(PUT, timeout_s=5), NotSent)
        ours = wire._tls_context()
    assert stub.requests == []
    assert ours.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (ours.verify_mode, ours.check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_through_a_proxy(trusted: trustme.CA, monkeypatch: pytest.MonkeyPatch):
    """A request goes through the tunnel to the tenant, whose certificate is verified."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    proxy = Proxy(200)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server, Stub(ok, serving(trusted, "127.0.0.1")) as stub:
        async with Wire(tenant_at(stub.origin, proxy_from_env=True)) as wire:
            assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
        await asyncio.sleep(0.02)
    assert len(proxy.heads) == 1
    assert stub.requests[0].header("Proxy-Authorization") is None

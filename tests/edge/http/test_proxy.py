import asyncio

import pytest
from yarl import URL

from runner.core.fault import UserFault
from runner.core.wire import Arrived, NotSent, NotSentCause, Request
from runner.edge.http import Wire
from runner.edge.http.proxy import proxy_for
from tests.edge.http.stub import Proxy, Stub, ok, tenant_at

PUT = Request("PUT", "/v1/x", body=b"{}")
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def started(monkeypatch: pytest.MonkeyPatch):
    """Start a proxy that answers CONNECT with a status, and name it in the environment."""
    servers: list[asyncio.Server] = []

    async def start(status: int) -> Proxy:
        proxy = Proxy(status)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://user:canary-password@127.0.0.1:{port}")
        return proxy

    yield start
    for server in servers:
        server.close()
    await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("status", "cause"),
    [(407, NotSentCause.PROXY), (403, NotSentCause.PROXY), (502, NotSentCause.CONNECT)],
)
async def test_a_proxy_that_refuses(started, status: int, cause: NotSentCause):
    """A refused CONNECT proves that nothing left; one that the proxy cannot make just now may get better."""
    proxy = await started(status)
    async with Wire(tenant_at("https://tenant.example", proxy_from_env=True)) as wire:
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is cause
    assert "canary" not in got.detail
    assert proxy.heads[0].startswith(b"CONNECT tenant.example:443 ")
    assert b"Authorization: Basic" in proxy.heads[0]


async def test_an_unreachable_proxy_may_get_better(monkeypatch: pytest.MonkeyPatch):
    """A proxy that is not there proves that nothing left, and is waited for."""
    async with Stub(ok) as gone:
        monkeypatch.setenv("https_proxy", gone.origin)
    async with Wire(tenant_at("https://tenant.example", proxy_from_env=True)) as wire:
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT


async def test_the_environment_is_not_asked_unless_the_tenant_says_so(
    started, monkeypatch: pytest.MonkeyPatch
):
    """Without `proxy = "env"` a proxy in the environment gets nothing; loopback goes direct in any case."""
    proxy = await started(407)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with Stub(ok) as stub:
        for proxy_from_env in (False, True):
            async with Wire(tenant_at(stub.origin, proxy_from_env=proxy_from_env)) as wire:
                assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
    assert proxy.heads == []


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"https_proxy": "http://p:1"}, "http://p:1"),
        ({"https_proxy": "p:1"}, "http://p:1"),
        ({"all_proxy": "http://p:2"}, "http://p:2"),
        ({"http_proxy": "http://p:1"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": ".zuora.com"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "example.com"}, "http://p:1"),
    ],
)
def test_which_proxy(environ: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch):
    """The proxy is the one that https_proxy or all_proxy names, unless no_proxy excepts the host."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(URL("https://rest.zuora.com")) == (None if proxy is None else URL(proxy))


@pytest.mark.parametrize("text", ["socks5://user:canary@p:1", "http://", "http://user:canary@p:x"])
def test_an_unusable_proxy_is_refused(text: str, monkeypatch: pytest.MonkeyPatch):
    """A proxy that is no HTTP proxy is refused, without its password in the message."""
    monkeypatch.setenv("https_proxy", text)
    with pytest.raises(UserFault) as caught:
        proxy_for(URL("https://rest.zuora.com"))
    assert "canary" not in str(caught.value)

import asyncio
import gzip
import socket
import tracemalloc
import zlib

import aiohttp
import pytest

from runner.core.fault import UserFault
from runner.core.wire import Arrived, Lost, NotSent, NotSentCause, Request
from runner.edge.http import RequestRefused, Wire
from runner.edge.http.body import BODY_BYTES_MAX
from runner.edge.secret import Secret
from tests.edge.http.stub import Exchange, Stub, answers, ok, reply, tenant_at

PUT = Request("PUT", "/v1/bill-runs/ab/cancel", body=b'{"cancelOnce":true}')
GET = Request("GET", "/v1/bill-runs/ab")
POST = Request("POST", "/v1/bill-runs", {"idempotency-key": "k1"}, b"{}")


async def ask(stub: Stub, request: Request = PUT, *, timeout_s: float = 5.0):
    """Send one request with a client of its own."""
    async with Wire(tenant_at(stub.origin)) as wire:
        return await wire.exchange(request, timeout_s=timeout_s)


async def test_a_request_arrives_as_it_was_asked_for():
    """Method, path, body and headers reach the server as they stand, with the common headers added."""
    async with Stub(ok) as stub:
        got = await ask(
            stub, Request("POST", "/v1/x%2Fy?q=%C3%A4&f%5B%5D=a", {"Zuora-Org-Ids": "a,b"}, b'{"a":1}')
        )
    [seen] = stub.requests
    assert isinstance(got, Arrived)
    assert (got.status, got.body) == (200, b'{"success":true}')
    assert seen.line == "POST /v1/x%2Fy?q=%C3%A4&f%5B%5D=a HTTP/1.1"
    assert seen.body == b'{"a":1}'
    names = ("Content-Type", "Accept-Encoding", "Zuora-Version", "Zuora-Org-Ids", "Authorization", "Cookie")
    assert [seen.header(name) for name in names] == [
        "application/json",
        "gzip",
        "2025-08-12",
        "a,b",
        None,
        None,
    ]
    assert (seen.header("User-Agent") or "").startswith("zuora-batch/")


async def test_a_bearer_token_is_added():
    """The token stands in the Authorization header, and nowhere else."""
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin)) as wire:
        await wire.exchange(GET, timeout_s=5, bearer=Secret("t0ken-t0ken"))
    assert stub.requests[0].header("Authorization") == "Bearer t0ken-t0ken"


@pytest.mark.parametrize("request_", [PUT, GET, POST], ids=lambda r: r.method)
@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_dropped_connection_is_lost_and_sent_once(request_: Request, then: str):
    """A connection that drops after the request leaves one request on the wire and a lost reply."""
    async with Stub(answers(then=then)) as stub:
        got = await ask(stub, request_)
        await asyncio.sleep(0.05)
    assert isinstance(got, Lost)
    assert len(stub.requests) == 1


@pytest.mark.parametrize("request_", [PUT, GET], ids=lambda r: r.method)
@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_reused_connection_that_drops_is_not_resent(request_: Request, then: str):
    """A connection that drops on its second request leaves that request on the wire once."""

    async def answer(exchange: Exchange) -> None:
        if exchange.nth == 1:
            await exchange.write(reply())
        else:
            getattr(exchange, then)()

    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        assert isinstance(await wire.exchange(GET, timeout_s=5), Arrived)
        assert isinstance(await wire.exchange(request_, timeout_s=5), Lost)
        await asyncio.sleep(0.05)
    assert len(stub.requests) == 2
    assert stub.connections == 1


async def test_a_connection_closed_while_idle_is_not_used():
    """The server's farewell on an idle connection is seen before a write, which goes out on a new one."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(reply())
        if exchange.nth == 1:
            exchange.close()

    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        await wire.exchange(GET, timeout_s=5)
        await asyncio.sleep(0.05)
        assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
    assert (len(stub.requests), stub.connections) == (2, 2)


async def test_a_second_reply_is_never_taken_for_the_next_ones():
    """A reply that nobody asked for spoils its connection instead of answering the next request."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(reply(b'{"n":%d}' % exchange.nth))
        if exchange.nth == 1:
            await asyncio.sleep(0.02)
            await exchange.write(reply(b'{"forged":1}'))

    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        await wire.exchange(GET, timeout_s=5)
        await asyncio.sleep(0.06)
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, Arrived)
    assert got.body == b'{"n":2}'


async def test_connections_are_used_again():
    """Requests that follow each other share a connection."""
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin)) as wire:
        for _ in range(5):
            await wire.exchange(PUT, timeout_s=5)
    assert stub.connections == 1


async def test_old_idle_connections_are_not_used(monkeypatch: pytest.MonkeyPatch):
    """A connection that was idle for longer than its bound is left alone."""
    monkeypatch.setattr("runner.edge.http.connector.IDLE_MAX_S", 0.05)
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin)) as wire:
        await wire.exchange(PUT, timeout_s=5)
        await asyncio.sleep(0.12)
        await wire.exchange(PUT, timeout_s=5)
    assert stub.connections == 2


async def test_drop_idle_uses_new_connections():
    """After drop_idle no earlier connection is used, and a request under way ends undisturbed."""

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await exchange.write(reply())

    async with Stub(slow) as stub, Wire(tenant_at(stub.origin)) as wire:
        under_way = asyncio.create_task(wire.exchange(PUT, timeout_s=5))
        await asyncio.sleep(0.03)
        await wire.drop_idle()
        assert isinstance(await wire.exchange(PUT, timeout_s=5), Arrived)
        assert isinstance(await under_way, Arrived)
        await wire.drop_idle()
        await wire.exchange(PUT, timeout_s=5)
    assert stub.connections == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int):
    """A redirect is a reply like any other: it arrives, and no second request is made."""
    async with Stub(answers(reply(b"", status, Location="/elsewhere"))) as stub:
        got = await ask(stub)
    assert isinstance(got, Arrived)
    assert (got.status, got.headers["location"], len(stub.requests)) == (status, "/elsewhere", 1)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\nzz\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Len"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "],
        [b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"],
        [b"220 mail.example.com ESMTP\r\n"],
        [b"\x00\x01\x02\x03\r\n\r\n"],
        [b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\nContent-Length: 2\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000 + b"Content-Length: 2\r\n\r\n{}"],
    ],
)
@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_reply_that_is_not_whole_is_lost(pieces: list[bytes], then: str):
    """Truncated bodies, broken chunks and what is no HTTP are lost, with the request sent once."""
    async with Stub(answers(*pieces, then=then, pause_s=0.01)) as stub:
        got = await ask(stub)
    assert isinstance(got, Lost)
    assert len(stub.requests) == 1


async def test_a_reply_without_a_length_ends_with_its_connection():
    """A reply without a length is whole where its connection is closed in order, lost where it is reset."""
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    async with Stub(answers(head, b"{}", then="close", pause_s=0.01)) as stub:
        whole = await ask(stub)
    async with Stub(answers(head, b"{}", then="reset", pause_s=0.01)) as stub:
        broken = await ask(stub)
    assert isinstance(whole, Arrived)
    assert whole.body == b"{}"
    assert isinstance(broken, Lost)


async def test_interim_replies_are_passed_over():
    """100 and 103 are not the reply."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    async with Stub(answers(interim, reply())) as stub:
        got = await ask(stub)
    assert isinstance(got, Arrived)
    assert got.status == 200


@pytest.mark.parametrize(
    "answer",
    [
        answers(b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 50, pause_s=0.02),
        answers(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"x"] * 50, pause_s=0.02),
        answers(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 50, pause_s=0.02),
        answers(pause_s=0.3),
    ],
    ids=["headers", "body", "interim", "silence"],
)
async def test_a_dripping_reply_meets_the_total_deadline(answer):
    """However the bytes drip, the exchange ends as lost when its time is over."""

    async def dripping(exchange: Exchange) -> None:
        await answer(exchange)
        await asyncio.sleep(0.3)

    async with Stub(dripping) as stub:
        began = asyncio.get_running_loop().time()
        got = await ask(stub, timeout_s=0.15)
        took = asyncio.get_running_loop().time() - began
    assert got == Lost("no whole reply within 0.15 s")
    assert took < 0.3


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_what_was_not_read_in_time_is_never_delivered():
    """A write whose time is over is broken off: what is still buffered does not reach the server later."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    body = b"x" * (12 * 1024 * 1024)
    async with Wire(tenant_at(f"http://127.0.0.1:{listener.getsockname()[1]}")) as wire:
        asking = asyncio.create_task(wire.exchange(Request("PUT", "/v1/x", body=body), timeout_s=0.1))
        accepted, _ = await loop.sock_accept(listener)
        assert isinstance(await asking, Lost)
        read, how = await _drained(accepted)
    listener.close()
    assert read < len(body)
    assert how == "reset"


async def _drained(accepted: socket.socket) -> tuple[int, str]:
    """Read all that comes, and how it ends."""
    read = 0
    with accepted:
        try:
            while piece := await asyncio.get_running_loop().sock_recv(accepted, 1 << 20):
                read += len(piece)
        except ConnectionResetError:
            return read, "reset"
    return read, "closed"


async def test_cancellation_passes_through_and_breaks_off():
    """A cancelled exchange raises its cancellation, and its connection is gone."""
    gone = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\n")
        await asyncio.sleep(0.05)
        try:
            await exchange.write(b"X: 1\r\n", b"X: 1\r\n", pause_s=0.02)
        except ConnectionError:
            gone.set()

    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        asking = asyncio.create_task(wire.exchange(PUT, timeout_s=5))
        await asyncio.sleep(0.03)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(gone.wait(), 1)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
async def test_gzip_is_inflated(encoding: str):
    """A reply in gzip arrives inflated, in one member or in two."""
    packed = gzip.compress(b'{"a":') + gzip.compress(b"1}")
    async with Stub(answers(reply(packed, Content_Encoding=encoding))) as stub:
        got = await ask(stub)
    assert isinstance(got, Arrived)
    assert got.body == b'{"a":1}'


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"{}")[:-3], "gzip"),
        (gzip.compress(b"{}") + b"junk", "gzip"),
        (b"plain", "gzip"),
        (zlib.compress(b"{}"), "deflate"),
        (gzip.compress(gzip.compress(b"{}")), "gzip, gzip"),
        (b"{}", "br"),
    ],
    ids=["short", "junk behind", "plain", "deflate", "twice", "unknown"],
)
async def test_encodings_that_are_broken_or_unasked_for_are_lost(body: bytes, encoding: str):
    """What cannot be inflated as asked for is lost."""
    async with Stub(answers(reply(body, Content_Encoding=encoding))) as stub:
        assert isinstance(await ask(stub), Lost)


async def test_a_gzip_bomb_is_lost_in_bounded_memory():
    """A reply that inflates to a hundred megabytes is lost, and memory stays near the bound."""
    packer = zlib.compressobj(1, wbits=31)
    packed = b"".join([packer.compress(bytes(1 << 20)) for _ in range(100)]) + packer.flush()
    async with Stub(answers(reply(packed, Content_Encoding="gzip"))) as stub:
        tracemalloc.start()
        got = await ask(stub)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert isinstance(got, Lost)
    assert "inflates to more than" in got.detail
    assert peak < 4 * BODY_BYTES_MAX


@pytest.mark.parametrize("size", [BODY_BYTES_MAX, BODY_BYTES_MAX + 1])
@pytest.mark.parametrize("form", ["length", "chunked", "gzip"])
async def test_the_bound_of_a_reply(size: int, form: str):
    """A reply of 4 MiB arrives, one byte more is lost: by length, in chunks, and inflated."""
    body = b" " * size
    if form == "gzip":
        whole = reply(gzip.compress(body, 1), Content_Encoding="gzip")
    elif form == "length":
        whole = reply(body)
    else:
        whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    async with Stub(answers(whole)) as stub:
        got = await ask(stub)
    assert isinstance(got, Arrived if size == BODY_BYTES_MAX else Lost)


async def test_an_oversized_reply_drops_its_connection():
    """After a reply that is too large the next request goes out on another connection."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(reply(b" " * (BODY_BYTES_MAX + 1)) if exchange.nth == 1 else reply())

    async with Stub(answer) as stub, Wire(tenant_at(stub.origin)) as wire:
        assert isinstance(await wire.exchange(GET, timeout_s=5), Lost)
        assert isinstance(await wire.exchange(GET, timeout_s=5), Arrived)
    assert stub.connections == 2


async def test_reply_headers_are_lower_case_and_storable():
    """Header names are lower case, repeated ones are joined, and bytes beyond UTF-8 become text."""
    async with Stub(
        answers(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nX-B: \xff\r\nContent-Length: 0\r\n\r\n")
    ) as stub:
        got = await ask(stub)
    assert isinstance(got, Arrived)
    assert got.headers["x-a"] == "1, 2"
    assert got.headers["x-b"] == "\\xff"


async def test_cookies_are_not_kept():
    """A cookie that the server sets does not come back."""
    async with Stub(answers(reply(Set_Cookie="a=b; Path=/"))) as stub, Wire(tenant_at(stub.origin)) as wire:
        await wire.exchange(GET, timeout_s=5)
        await wire.exchange(GET, timeout_s=5)
    assert stub.requests[1].header("Cookie") is None


async def test_a_closed_port_is_not_sent():
    """A refused connection proves that nothing left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Wire(tenant_at(f"http://127.0.0.1:{port}")) as wire:
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT
    assert "no connection to 127.0.0.1: " in got.detail


async def test_an_unknown_host_is_not_sent():
    """A name that is not found proves that nothing left."""
    async with Wire(tenant_at("https://no-such-host.invalid")) as wire:
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT
    assert "no-such-host.invalid" in got.detail


async def test_a_stalled_handshake_is_not_sent():
    """Time that is over while TLS is being set up proves that nothing left, and is no fault of TLS."""
    async with Stub(ok) as stub, Wire(tenant_at(stub.origin.replace("http:", "https:"))) as wire:
        got = await wire.exchange(PUT, timeout_s=0.1)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT


async def test_plain_http_where_tls_is_expected_is_refused():
    """A server that answers TLS with plain HTTP gets nothing."""

    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server, Wire(tenant_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")) as wire:
        got = await wire.exchange(PUT, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.TLS


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1/x",
        ".evil.example/x",
        "@evil.example/x",
        "//evil.example/x",
        "/v1/../v2",
        "/v1/%2e%2E/v2",
        "/v1/./x",
        "/v1//x",
        "/v1/",
        "/v1/a#b",
        "/v1/a b",
        "/v1/a\r\nX: 1",
        "/v1/a\\b",
        "/v1/ä",
        "/v1/%zz",
        "/v1/a\x00",
        '/v1/a"b',
    ],
)
async def test_a_path_that_would_change_is_not_sent(path: str):
    """A path that could reach another endpoint, or another host, is refused before anything leaves."""
    async with Stub(ok) as stub:
        with pytest.raises(RequestRefused):
            await ask(stub, Request("PUT", path))
    assert stub.connections == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X": "naïve"},
        {"X\n": "a"},
        {"X": " a"},
        {"authorization": "x"},
        {"Host": "x"},
        {"": "a"},
    ],
)
async def test_a_header_that_would_change_is_not_sent(headers: dict[str, str]):
    """Headers that are not plain ASCII, or not the caller's to set, are refused before anything leaves."""
    async with Stub(ok) as stub:
        with pytest.raises(RequestRefused):
            await ask(stub, Request("GET", "/v1/x", headers))
    assert stub.connections == 0


async def test_an_aiohttp_without_the_switch_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Where aiohttp's re-send cannot be switched off, nothing starts."""
    made = aiohttp.ClientSession.__init__

    def without(session: aiohttp.ClientSession, **options) -> None:
        made(session, **options)
        del session._retry_connection

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", without)
    with pytest.raises(UserFault, match="cannot be kept from sending requests twice"):
        Wire(tenant_at("http://127.0.0.1:1"))


async def test_a_switch_without_effect_still_sends_once(monkeypatch: pytest.MonkeyPatch):
    """Were the switch to lose its meaning, a second connection for one request is refused all the same."""
    monkeypatch.setattr("runner.edge.http.wire._RESEND_SWITCH", "_auto_decompress")
    async with Stub(answers(then="close")) as stub:
        got = await ask(stub)
        await asyncio.sleep(0.05)
    assert isinstance(got, Lost)
    assert len(stub.requests) == 1

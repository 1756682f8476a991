import asyncio
import logging
import pickle
import traceback

import pytest

from runner.core.wire import Arrived, NotSent, NotSentCause, Request
from runner.edge.http import Grant, TokenFault, TokenRefused, TokenSource, TokenUnavailable, Transport, Wire
from runner.edge.http.grant import LIFE_DEFAULT_S, GrantFault, read_grant
from tests.edge.http.stub import (
    CANARY_SECRET,
    CANARY_TOKEN,
    CREDENTIALS,
    Exchange,
    Stub,
    answers,
    grant,
    ok,
    reply,
    tenant_at,
)

GET = Request("GET", "/v1/x")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self.now


@pytest.fixture
async def stub():
    """A server that grants tokens."""
    async with Stub(ok) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
async def source(stub: Stub, clock: Clock):
    """The tokens of the stub's server."""
    async with Wire(tenant_at(stub.origin)) as wire:
        yield TokenSource(wire, CREDENTIALS, clock=clock)


def numbered(expires_in: int = 3600):
    """Grant token-1, token-2 and so on."""

    async def answer(exchange: Exchange) -> None:
        await exchange.write(grant(f"token-{exchange.nth}", expires_in))

    return answer


async def test_the_request_for_a_token(stub: Stub, source: TokenSource):
    """The form is the documented one, and carries no Authorization."""
    await source.token()
    [seen] = stub.token_requests
    assert seen.line == "POST /oauth/token HTTP/1.1"
    assert seen.header("Content-Type") == "application/x-www-form-urlencoded"
    assert seen.header("Authorization") is None
    assert seen.body == (
        b"client_id=client-id&client_secret=canary%2Fsecret%2B5f1e9c%3D%3D&grant_type=client_credentials"
    )


async def test_what_the_scope_says(source: TokenSource):
    """Tenant, entities and user are read from the scope."""
    got = await source.token()
    assert (got.tenant_id, got.entities, got.user) == ("4711", ("ab-1",), "u7")


async def test_many_ask_once(stub: Stub, source: TokenSource):
    """However many wait for a token, one request is made."""

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.write(grant())

    stub.answer_token = slow
    got = await asyncio.gather(*(source.token() for _ in range(50)))
    assert len({each.secret.reveal() for each in got}) == 1
    assert len(stub.token_requests) == 1


async def test_a_cancelled_caller_does_not_take_the_others_along(stub: Stub, source: TokenSource):
    """Where the one who asks is cancelled, the next one asks."""

    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.write(grant())

    stub.answer_token = slow
    first, second = asyncio.create_task(source.token()), asyncio.create_task(source.token())
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await second).secret.reveal() == CANARY_TOKEN
    assert first.cancelled()


async def test_renewed_at_four_fifths(stub: Stub, source: TokenSource, clock: Clock):
    """A token is used until 80 % of its life are over, then there is a new one."""
    stub.answer_token = numbered(1000)
    await source.token()
    clock.now += 799.9
    assert (await source.token()).secret.reveal() == "token-1"
    clock.now += 0.2
    assert (await source.token()).secret.reveal() == "token-2"


async def test_a_living_token_outlasts_a_failed_renewal(stub: Stub, source: TokenSource, clock: Clock):
    """Where renewal fails, the old token serves until its end, and the endpoint is not hammered."""
    stub.answer_token = numbered(1000)
    await source.token()
    stub.answer_token = answers(reply(b"", 503))
    clock.now += 850
    assert [(await source.token()).secret.reveal() for _ in range(5)] == ["token-1"] * 5
    assert len(stub.token_requests) == 2
    clock.now += 151
    with pytest.raises(TokenUnavailable):
        await source.token()


async def test_renewing_a_stale_token_once(stub: Stub, source: TokenSource):
    """After a 401 to many requests, the token is renewed once."""
    stub.answer_token = numbered()
    stale = await source.token()
    renewed: list[Grant] = []
    for _ in range(3):
        source.discard(stale)
        renewed.append(await source.token())
    assert [each.secret.reveal() for each in renewed] == ["token-2"] * 3


@pytest.mark.parametrize(
    ("status", "body"), [(400, b'{"error":"invalid_client"}'), (401, b"{}"), (401, b"<html>"), (403, b"")]
)
async def test_refused_credentials(stub: Stub, source: TokenSource, status: int, body: bytes):
    """A refusal says where the credentials came from, and is not asked for again until forgotten."""
    stub.answer_token = answers(reply(body, status))
    for _ in range(3):
        with pytest.raises(TokenRefused, match="the credentials from a test are refused: HTTP") as caught:
            await source.token()
        assert caught.value.cause is NotSentCause.TOKEN_REFUSED
    assert len(stub.token_requests) == 1
    source.forget()
    with pytest.raises(TokenRefused):
        await source.token()
    assert len(stub.token_requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        answers(reply(b"", 500)),
        answers(reply(b"", 429)),
        answers(reply(b"<html>")),
        answers(reply(b'{"access_token":""}')),
        answers(reply(b'{"access_token":"a b"}')),
        answers(reply(b'{"access_token":"x","token_type":"mac"}')),
        answers(then="close"),
        answers(then="reset"),
    ],
)
async def test_no_token_just_now(stub: Stub, source: TokenSource, answer):
    """What is neither a token nor a refusal is a token that cannot be had just now."""
    stub.answer_token = answer
    with pytest.raises(TokenUnavailable) as caught:
        await source.token()
    assert caught.value.cause is NotSentCause.NO_TOKEN


async def test_a_redirect_of_the_token_is_told(stub: Stub, source: TokenSource):
    """A redirect is not followed, and is told as what it is: waiting does not help."""
    stub.answer_token = answers(reply(b"", 302, Location="/x"))
    with pytest.raises(TokenUnavailable, match="points elsewhere") as caught:
        await source.token()
    assert caught.value.cause is NotSentCause.REDIRECT
    assert len(stub.requests) == 0


async def test_pauses_grow_between_failures(stub: Stub, source: TokenSource, clock: Clock):
    """The endpoint is asked again after 1, 2, 4, 8 and then every 15 seconds."""
    stub.answer_token = answers(reply(b"", 503))
    asked_at: list[float] = []
    for _ in range(500):
        before = len(stub.token_requests)
        with pytest.raises(TokenUnavailable):
            await source.token()
        if len(stub.token_requests) > before:
            asked_at.append(clock.now - 1000)
        clock.now += 0.125
    assert asked_at == [0, 1, 3, 7, 15, 30, 45, 60]


async def test_retry_after_is_obeyed(stub: Stub, source: TokenSource, clock: Clock):
    """A readable Retry-After is the least that is waited, up to two minutes; any other counts as absent."""
    waits = {"30": 30, "999": 120, "-5": 1, "1e9": 1, "\uff11\uff12": 1}
    for text, wait_s in waits.items():
        source.forget()
        stub.answer_token = answers(reply(b"", 429, Retry_After=text))
        stub.token_requests.clear()
        for step in (0.0, wait_s - 0.5, 1.0):
            clock.now += step
            with pytest.raises(TokenUnavailable):
                await source.token()
        assert len(stub.token_requests) == 2, text


async def test_another_tenants_token_is_refused(stub: Stub, source: TokenSource):
    """A new token that is for another tenant, or shows none any more, is refused."""
    for scope in ("tenant.1", "user.2"):
        source._tenant_id = None
        source.forget()
        stub.answer_token = answers(grant(scope="tenant.4711"))
        stale = await source.token()
        stub.answer_token = answers(grant(scope=scope))
        source.discard(stale)
        with pytest.raises(TokenRefused, match="not for the tenant"):
            await source.token()


@pytest.mark.parametrize(
    ("spelled", "life_s"),
    [
        ("3599", 3599),
        ('"60"', 60),
        ("0", LIFE_DEFAULT_S),
        ("-1", LIFE_DEFAULT_S),
        ("true", LIFE_DEFAULT_S),
        ('"nan"', LIFE_DEFAULT_S),
        ("null", LIFE_DEFAULT_S),
        ("99999999999999", 86_400),
    ],
)
def test_how_long_a_token_lives(spelled: str, life_s: float):
    """An unreadable lifetime counts as ten minutes, and none is longer than a day."""
    assert read_grant(f'{{"access_token":"x","expires_in":{spelled}}}'.encode()).life_s == life_s


def test_a_scope_that_names_two_tenants_names_none():
    """Where the scope is ambiguous, no tenant is made up."""
    got = read_grant(b'{"access_token":"x","scope":"tenant.1 tenant.2 entity. entity.a entity.a"}')
    assert (got.tenant_id, got.entities) == (None, ("a",))


def test_a_list_is_no_grant():
    """An answer that is no object is a fault that quotes nothing."""
    with pytest.raises(GrantFault, match="not a JSON object"):
        read_grant(b"[1]")


async def test_a_request_carries_the_token(stub: Stub):
    """The first request fetches the token, and all carry it."""
    async with Transport.to(tenant_at(stub.origin), CREDENTIALS) as transport:
        for _ in range(3):
            assert isinstance(await transport.send(GET, timeout_s=5), Arrived)
    assert [seen.header("Authorization") for seen in stub.requests] == [f"Bearer {CANARY_TOKEN}"] * 3
    assert len(stub.token_requests) == 1


async def test_after_401_the_next_request_has_a_new_token(stub: Stub):
    """A 401 arrives as it is; the token that it was given to is not used again."""
    stub.answer_token = numbered()
    stub._answer = answers(reply(b"{}", 401))
    async with Transport.to(tenant_at(stub.origin), CREDENTIALS) as transport:
        got = [await transport.send(GET, timeout_s=5) for _ in range(2)]
    assert [each.status for each in got if isinstance(each, Arrived)] == [401, 401]
    assert [seen.header("Authorization") for seen in stub.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_after_a_sleep_nothing_old_is_used(stub: Stub):
    """drop_idle forgets the token and the connections."""
    stub.answer_token = numbered()
    async with Transport.to(tenant_at(stub.origin), CREDENTIALS) as transport:
        await transport.send(GET, timeout_s=5)
        await transport.drop_idle()
        await transport.send(GET, timeout_s=5)
        assert (await transport.tokens.token()).secret.reveal() == "token-2"
    assert stub.connections == 2


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (answers(reply(b'{"error":"invalid_client"}', 400)), NotSentCause.TOKEN_REFUSED),
        (answers(reply(b"", 503)), NotSentCause.NO_TOKEN),
        (answers(then="reset"), NotSentCause.NO_TOKEN),
    ],
)
async def test_without_a_token_nothing_is_sent(stub: Stub, answer, cause: NotSentCause):
    """A request without a token is not sent, and says why."""
    stub.answer_token = answer
    async with Transport.to(tenant_at(stub.origin), CREDENTIALS) as transport:
        got = await transport.send(GET, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is cause
    assert stub.requests == []


async def test_an_unreachable_token_endpoint_keeps_its_cause():
    """Where the host is not reached at all, the cause is that of connecting."""
    async with Stub(ok) as gone:
        origin = gone.origin
    async with Transport.to(tenant_at(origin), CREDENTIALS) as transport:
        got = await transport.send(GET, timeout_s=5)
    assert isinstance(got, NotSent)
    assert got.cause is NotSentCause.CONNECT


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
async def test_no_secret_leaks(stub: Stub, status: int, caplog: pytest.LogCaptureFixture):
    """Whatever the server does, even echo what it got, no secret is in a repr, an error, a reply or a log."""
    caplog.set_level(logging.DEBUG)

    async def echo(exchange: Exchange) -> None:
        await exchange.write(reply(exchange.body + CANARY_SECRET.encode(), status))

    async def garbage(exchange: Exchange) -> None:
        await exchange.write((exchange.header("Authorization") or "").encode() + b"\r\n\r\n")
        exchange.close()

    stub.answer_token, stub._answer = echo, garbage
    said: list[str] = []
    async with Transport.to(tenant_at(stub.origin), CREDENTIALS) as transport:
        try:
            await transport.tokens.token()
        except TokenFault as fault:
            said += [repr(fault), str(vars(fault)), *traceback.format_exception(fault)]
        said.append(repr(await transport.send(GET, timeout_s=5)))
        transport.tokens.forget()
        stub.answer_token = answers(grant())
        said += [repr(await transport.tokens.token()), repr(await transport.send(GET, timeout_s=5))]
        said += [repr(transport), repr(vars(transport)), repr(vars(transport.tokens)), repr(CREDENTIALS)]
    text = "\n".join([*said, caplog.text])
    assert CANARY_TOKEN not in text
    assert "canary" not in text
    assert "5f1e9c" not in text


def test_a_grant_is_not_pickled():
    """A token does not leave the process in a pickle."""
    with pytest.raises(TypeError):
        pickle.dumps(read_grant(b'{"access_token":"x"}'))

"""The client that the engine sends with: a request, with the tenant's token, once."""

from typing import Final, Self

from runner.core.tenant import Tenant
from runner.core.wire import Arrived, NotSent, NotSentCause, Reply, Request
from runner.edge.http.token import TokenFault, TokenSource
from runner.edge.http.wire import Wire
from runner.edge.secret import Credentials, redact, redact_bytes
from runner.edge.uptime import Gaps

_UNAUTHORIZED = 401
_SECRET_MIN: Final = 12
"""Replies decide what becomes of a row: a shorter secret might stand in one by chance, and is left there."""


class Transport:
    """Sends requests to one tenant. Make it with `Transport.to` inside a running event loop."""

    def __init__(self, wire: Wire, tokens: TokenSource, gaps: Gaps | None = None) -> None:
        self._wire = wire
        self._tokens = tokens
        self._gaps = gaps or Gaps()
        self._sleeps = 0

    @classmethod
    def to(cls, tenant: Tenant, credentials: Credentials) -> Self:
        """A transport to a tenant, which asks for its token when the first request is sent.

        Raises:
            UserFault: as `Wire`.
        """
        wire = Wire(tenant)
        return cls(wire, TokenSource(wire, credentials))

    @property
    def tokens(self) -> TokenSource:
        """Where the token comes from; its scope says whose tenant this is."""
        return self._tokens

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; requests that are under way end as lost."""
        await self._wire.aclose()

    async def drop_idle(self) -> None:
        """After a sleep of the machine: use no present connection and no present token again."""
        self._tokens.forget()
        await self._wire.drop_idle()

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Send a request once; at most one leaves, and nothing foreign is raised.

        `timeout_s` bounds the whole exchange, from connecting to the reply's last byte. Where a token has to
        be fetched first, that has its own bound (30 s). After a 401 the token is not used again: the next
        request gets a new one, so a 401 to two attempts of one task means that a new token was refused too.
        After a sleep of the machine no earlier connection is used, and no earlier token.
        A reply that repeats a secret of ours (an echoed header, say) has `***` in its place.

        Raises:
            RequestRefused: the request would not leave as it stands (a fault of the program).
        """
        sleeps = await self._awake()
        try:
            grant = await self._tokens.token()
        except TokenFault as fault:
            return NotSent(fault.cause, fault.detail)
        if await self._awake() != sleeps:
            # It was decided before: by now another key may be right, or none.
            return NotSent(NotSentCause.CONNECT, "the machine slept before it was sent")
        reply = await self._wire.exchange(request, timeout_s=timeout_s, bearer=grant.secret)
        if isinstance(reply, Arrived) and reply.status == _UNAUTHORIZED:
            self._tokens.discard(grant)
        return _without_secrets(reply)

    async def _awake(self) -> int:
        """Forget what a sleep of the machine made doubtful; how many of them there were so far."""
        if self._gaps.passed():
            self._sleeps += 1
            await self.drop_idle()
        return self._sleeps


def _without_secrets(reply: Reply) -> Reply:
    """The reply as it may be stored and shown: what follows keeps its head, its reasons and its ids."""
    if not isinstance(reply, Arrived):
        return reply
    body = redact_bytes(reply.body, length_min=_SECRET_MIN)
    values = "\n".join(reply.headers.values())
    if body is reply.body and redact(values, length_min=_SECRET_MIN) is values:
        return reply
    headers = {name: redact(value, length_min=_SECRET_MIN) for name, value in reply.headers.items()}
    return Arrived(reply.status, headers, body)

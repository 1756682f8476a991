"""The HTTP client: one request on the wire for one send, and one of three ends."""

from runner.edge.http.address import RequestRefused
from runner.edge.http.grant import Grant
from runner.edge.http.token import TokenFault, TokenRefused, TokenSource, TokenUnavailable
from runner.edge.http.transport import Transport
from runner.edge.http.wire import Wire

__all__ = [
    "Grant",
    "RequestRefused",
    "TokenFault",
    "TokenRefused",
    "TokenSource",
    "TokenUnavailable",
    "Transport",
    "Wire",
]

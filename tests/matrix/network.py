"""The table of 3.B by hand: what becomes of a connection. That one ends so is shown in `test_network`."""

from typing import Final

from runner.core.wire import Lost, NotSent, NotSentCause
from tests.matrix.meanings import Meaning, Row, same, stopping, unclear
from tests.matrix.play import HTML, arrived, refusal

_GOOD: Final = '{"success":true,"id":"0123456789abcdef0123456789abcdef"}'

NETWORK: Final = (
    same(Meaning.NOT_SENT, "N1/N2/N4 no connection", NotSent(NotSentCause.CONNECT, "refused"), "connect"),
    same(Meaning.NOT_SENT, "no token just now", NotSent(NotSentCause.NO_TOKEN, "no token"), "no_token"),
    stopping("N3 TLS", NotSent(NotSentCause.TLS, "expired"), "tls", 4, "TLS failed"),
    stopping("N13 proxy", NotSent(NotSentCause.PROXY, "HTTP 407"), "proxy", 4, "the proxy refused"),
    stopping(
        "credentials refused", NotSent(NotSentCause.TOKEN_REFUSED, "no"),
        "token_refused", 7, "token was refused",
    ),
    unclear("N6-N8 reset", Lost("the connection was reset"), "reply_lost"),
    Row(
        "N9-N11 no whole reply in time", Lost("no whole reply within 150 s"),
        Meaning.UNCLEAR, Meaning.UNCLEAR, "reply_lost", held_s=150.0,
    ),
    unclear("N14 captive portal", arrived(200, HTML, content_type="text/html"), "not_understood"),
    unclear(
        "N16 another task's reply", arrived(200, _GOOD, zuora_track_id="zbr-0a1b2c3d-99-1"), "wrong_reply"
    ),
    unclear(
        "N16 another task's refusal", arrived(400, refusal("53100020"), zuora_track_id="zbr-0a1b2c3d-10-1"),
        "wrong_reply",
    ),
)  # fmt: skip
"""3.B; that a TCP connection ends so is shown in `test_network`."""

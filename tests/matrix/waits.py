"""How long the server asks to wait, by hand: `Retry-After` where it can be read, and where it cannot."""

from typing import Final

from tests.matrix.meanings import Meaning, Row, same, unclear
from tests.matrix.play import HTML, arrived

_HINTS: Final = (
    ("seconds", {"retry_after": "7"}, 7.0),
    ("seconds with blanks", {"retry_after": " 20\t"}, 20.0),
    ("zero", {"retry_after": "0"}, 0.0),
    ("a date", {"retry_after": "{+30}"}, 30.0),
    ("a date of a server whose clock is 1 h ahead", {"retry_after": "{+3630}", "date": "{+3600}"}, 30.0),
    ("a date of a server whose clock is 100 s behind", {"retry_after": "{+-70}", "date": "{+-100}"}, 30.0),
    ("a date in the past", {"retry_after": "{+-500}"}, 0.0),
    ("a date without a Date", {"retry_after": "{+600}", "date": ""}, 0.0),
    ("a negative number", {"retry_after": "-600"}, 0.0),
    ("a fraction", {"retry_after": "600.5"}, 0.0),
    ("1e9", {"retry_after": "1e9"}, 0.0),
    ("full-width digits", {"retry_after": "\uff16\uff10\uff10"}, 0.0),
    ("twenty digits", {"retry_after": "9" * 20}, 0.0),
    ("garbage", {"retry_after": "in a while"}, 0.0),
    ("two values", {"retry_after": "600, 600"}, 0.0),
)

WAITS: Final = (
    *(same(Meaning.LIMITED, f"429 wait: {name}", arrived(429, **headers), "http_429", wait_s)
      for name, headers, wait_s in _HINTS),
    *(unclear(f"503 wait: {name}", arrived(503, HTML, **headers), "http_503", wait_s)
      for name, headers, wait_s in _HINTS),
    same(Meaning.LIMITED, "429 wait: ratelimit-reset", arrived(429, ratelimit_reset="12"), "http_429", 12.0),
    same(
        Meaning.LIMITED, "429 wait: both headers", arrived(429, ratelimit_reset="12", retry_after="40"),
        "http_429", 40.0,
    ),
    same(
        Meaning.LIMITED, "429 wait: one unreadable", arrived(429, ratelimit_reset="12", retry_after="soon"),
        "http_429", 12.0,
    ),
    same(Meaning.TOKEN, "401 wait", arrived(401, retry_after="25"), "http_401", 25.0),
    Row(
        "409 wait", arrived(409, retry_after="33"), Meaning.RUNNING, Meaning.UNCLEAR, "http_409", wait_s=33.0
    ),
    unclear("408 wait", arrived(408, retry_after="33"), "http_408", 33.0),
    unclear("503 wait: 500", arrived(503, HTML, retry_after="500"), "http_503", 500.0),
)  # fmt: skip
"""`Retry-After` is never undercut where it can be read, and counts as absent where it cannot."""

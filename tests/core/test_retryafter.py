"""How long the server asks to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.retryafter import http_date_s, wait_hint_s

DATE = "Mon, 01 Jun 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 120 \t", 120.0),
        ("999999999", 999999999.0),
        ("9999999999", None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e9", None),
        ("0x10", None),
        ("\uff11\uff12\uff10", None),
        ("\u0661\u0662", None),
        ("1_0", None),
        ("1,2", None),
        ("soon", None),
        ("Mon, 01 Jun 2026 10:02:00 GMT", 120.0),
        ("Monday, 01-Jun-26 10:02:00 GMT", 120.0),
        ("Mon, 01 Jun 2026 09:00:00 GMT", 0.0),
        ("Mon, 01 Jun 2026 12:00:00 +0200", 0.0),
        ("Mon, 32 Jun 2026 10:02:00 GMT", None),
        ("1 Jan 99999999999999999999 00:00:00 GMT", None),
        ("1 Jan 2027 00:00:00 +99999999999999999999", None),
    ],
)
def test_retry_after(text: str, wait_s: float | None):
    """ASCII digits, or a date against the reply's own `Date`; anything else counts as absent."""
    assert wait_hint_s({"retry-after": text, "date": DATE}) == wait_s


def test_a_date_without_the_reply_s_own_says_nothing():
    """Our clock is never asked: without a readable `Date` a date is no hint."""
    assert wait_hint_s({"retry-after": DATE}) is None
    assert wait_hint_s({"retry-after": DATE, "date": "now"}) is None


def test_ratelimit_reset_counts_only_where_it_may():
    """`RateLimit-Reset` stands in where there is no `Retry-After`, and only on a refusal for the limit."""
    both = {"retry-after": "3", "ratelimit-reset": "9"}
    assert wait_hint_s(both, remaining_counts=True) == 3.0
    assert wait_hint_s({"ratelimit-reset": "9"}, remaining_counts=True) == 9.0
    assert wait_hint_s({"ratelimit-reset": "9"}) is None
    assert wait_hint_s({"ratelimit-reset": "-9"}, remaining_counts=True) is None
    assert wait_hint_s({}) is None


def test_a_date_without_a_zone_is_utc():
    """HTTP dates are UTC."""
    assert http_date_s("Mon, 01 Jun 2026 10:00:00 -0000") == http_date_s(DATE) == 1780308000.0
    assert http_date_s(None) is None


@given(st.text("0123456789,:+-. MonJanGMTe", max_size=40) | st.text(max_size=20))
def test_no_header_breaks_it(text: str):
    """Whatever a server sends, there is a wait of at least nothing, or none."""
    hint = wait_hint_s({"retry-after": text, "date": DATE, "ratelimit-reset": text}, remaining_counts=True)
    assert hint is None or hint >= 0.0

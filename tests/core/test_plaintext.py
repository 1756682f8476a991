import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.plaintext import plain, quoted, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain text, ~ and \\", "plain text, ~ and \\"),
        ("caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x00\x1b[31m\x7f\x9b", "\\x00\\x1b[31m\\x7f\\x9b"),
        ("\u202eabc\u2066\u200f\u061c", "\\u202eabc\\u2066\\u200f\\u061c"),
        ("a\u200bb\u200d\ufeff\u2060\u00ad", "a\\u200bb\\u200d\\ufeff\\u2060\\xad"),
        ("a\u00a0b\u3000c", "a\\xa0b\\u3000c"),
        ("a\u2028b\u2029c\x85", "a\\u2028b\\u2029c\\x85"),
        ("\ud800", "\\ud800"),
        ("\u3164\ufe0f\u034f\u2800", "\\u3164\\ufe0f\\u034f\\u2800"),
        ("\U000e0041\U000e0100\U0010ffff", "\\U000e0041\\U000e0100\\U0010ffff"),
    ],
)
def test_what_is_not_seen_is_spelled_out(text: str, expected: str):
    """Control codes, bidi, zero-width, odd blanks and surrogates are written as escapes; the rest stands."""
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "length_max", "short", "in_quotes"),
    [
        ("12345", 5, "12345", '"12345"'),
        ("123456", 5, "1234\u2026", '"1234\u2026" (6 characters)'),
        ("1234\u2026", 5, "1234\u2026", '"1234\u2026"'),
        ("12345\u2026", 5, "1234\u2026", '"1234\u2026" (6 characters)'),
        ("ab\x1b", 6, "ab\\x1b", '"ab\\x1b"'),
        ("ab\x1bc", 6, "ab\u2026", '"ab\u2026" (4 characters)'),
        ("\U000e0041", 3, "\u2026", '"\u2026" (1 characters)'),
        ("", 5, "", '""'),
    ],
)
def test_long_text_is_cut_and_says_so(text: str, length_max: int, short: str, in_quotes: str):
    """A text that does not fit ends in an ellipsis, never within an escape; in quotes its length is told."""
    assert shown(text, length_max) == short
    assert quoted(text, length_max) == in_quotes


@given(st.text(st.characters(), max_size=200), st.integers(1, 80))
def test_any_text_becomes_one_printable_line_of_bounded_length(text: str, length_max: int):
    """Whatever the text is, it comes out printable, within the length, and unchanged by doing it again."""
    assert plain(text).isprintable()
    assert plain(plain(text)) == plain(text)
    assert len(shown(text, length_max)) <= length_max


def test_megabytes_are_cut_without_walking_through_them():
    """Only as much of a long text is looked at as can be shown."""
    assert quoted("\x00" * 10_000_000) == '"' + "\\x00" * 14 + '\u2026" (10000000 characters)'

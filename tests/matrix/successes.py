"""The rows of 3.C with a 2xx, by hand: what is success, and what only looks like it."""

import gzip
from typing import Final

from tests.matrix.meanings import BILL, CREATE, Meaning, Row, unclear
from tests.matrix.play import arrived

_BOMB: Final = gzip.compress(bytes(5 * 1024 * 1024), 9)
_GOOD: Final = '{"success":true,"id":"0123456789abcdef0123456789abcdef"}'
_MILLION: Final = 1024 * 1024

SUCCESSES: Final = (
    Row("200, our track id", None, Meaning.TAKEN, Meaning.TAKEN, "", headers={"zuora-track-id": "{track}"}),
    Row("200, no track id", None, Meaning.TAKEN, Meaning.TAKEN, "", headers={"zuora-track-id": None}),
    Row("201", None, Meaning.TAKEN, Meaning.TAKEN, "", status=201),
    Row("200, more than expected", None, Meaning.TAKEN, Meaning.TAKEN, "", members={"unheardOf": "x"}),
)
"""Success of what took effect."""

NOT_UNDERSTOOD: Final = (
    *(
        unclear(f"200 {name}", arrived(200, body), "not_understood")
        for name, body in {
            "empty": b"",
            "truncated": b'{"success":true,"id":"0123',
            "wrong charset": '{"success":true,"name":"\xe9"}'.encode("latin-1"),
            "UTF-16": _GOOD.encode("utf-16"),
            "NaN": b'{"success":true,"total":NaN}',
            "Infinity": b'{"success":true,"total":-Infinity}',
            "duplicate keys": b'{"success":false,"success":true}',
            "a list": b'["success"]',
            "a text": b'"success"',
            "null": b"null",
            "an absurd number": b'{"success":true,"n":1e99999999999999999999}',
            "too deep": b"[" * 100_000,
            "a lone surrogate": b'{"success":true,"id":"\\ud800"}',
            "two documents": b'{"success":true}{"success":true}',
        }.items()
    ),
    *(
        unclear(f"200 {name}", arrived(200, body), "no_success_field")
        for name, body in {
            "without success": '{"id":"0123456789abcdef0123456789abcdef","status":"Pending"}',
            "Success capitalised": '{"Success":true,"Id":"0123456789abcdef0123456789abcdef"}',
            "success as text": '{"success":"true"}',
            "success as a number": '{"success":1}',
            "success null": '{"success":null}',
            "an empty object": "{}",
            "reasons alone": '{"reasons":[{"code":70,"message":"slow down"}]}',
        }.items()
    ),
    unclear("over 4 MiB", arrived(200, b" " * (5 * _MILLION)), "reply_lost"),
    unclear("gzip bomb", arrived(200, _BOMB, content_encoding="gzip"), "reply_lost"),
    unclear("gzip cut off", arrived(200, _BOMB[:-20], content_encoding="gzip"), "reply_lost"),
    unclear("an encoding not asked for", arrived(200, _GOOD, content_encoding="br"), "reply_lost"),
    Row(
        "200 success, no id", arrived(200, '{"success":true}'),
        Meaning.UNCLEAR, Meaning.UNCLEAR, "wrong_reply", kinds=(CREATE, BILL),
    ),
    Row(
        "200 success, an id that is none", arrived(200, '{"success":true,"id":"x"}'),
        Meaning.UNCLEAR, Meaning.UNCLEAR, "wrong_reply", kinds=(CREATE, BILL),
    ),
    Row(
        "200 success, another id", arrived(200, _GOOD),
        Meaning.UNCLEAR, Meaning.UNCLEAR, "wrong_reply", kinds=(BILL,),
    ),
    *(
        Row(
            f"200 success, but {state}",
            arrived(200, f'{{"success":true,"id":"{1:032x}","status":"{state}"}}'),
            Meaning.UNCLEAR, Meaning.UNCLEAR, "wrong_reply", kinds=(BILL,),
        )
        for state in ("Posted", "Processing", "Error", "Nonsense")
    ),
    *(
        unclear(f"{status}", arrived(status, body), "not_understood")
        for status, body in ((202, _GOOD), (202, ""), (203, _GOOD), (204, ""), (206, _GOOD), (226, _GOOD))
    ),
)  # fmt: skip
"""A 2xx that is no success of this request."""

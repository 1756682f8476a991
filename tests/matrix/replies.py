"""The rows of 3.C that say no, by hand: refusals, locks, limits, and what is neither yes nor no.

Where the sources differ, they stand in their order (design.md, "Words"): a 4xx whose code has category 60, 61
or 99 is unclear and not refused (zuora.md section 5: "not processed for certain: 4xx with category 1x-4x,
90; ambiguous: category 60/61/99"), and a create that is unclear is sent again with the same key (design.md,
"Rules": a new generation needs a proven refusal).
"""

from typing import Final

from tests.matrix.meanings import Meaning, Row, refused, same, stopping, unclear
from tests.matrix.play import HTML, arrived, refusal

REFUSALS: Final = (
    *(
        refused(f"200 category {category}", arrived(200, refusal(f'"531000{category}"')), f"531000{category}")
        for category in (10, 11, 20, 21, 22, 23, 27, 29, 30, 40, 45, 90)
    ),
    refused("200 an integer code", arrived(200, refusal("53100020")), "53100020"),
    refused("201 category 20", arrived(201, refusal("53100020")), "53100020"),
    refused("200 two business reasons", arrived(200, refusal("53100020", "53100030")), "53100020"),
    *(
        refused(f"{status} without a body", arrived(status), f"http_{status}")
        for status in (400, 404, 405, 406, 411, 413, 414, 415, 431)
    ),
    refused("400 HTML", arrived(400, HTML, content_type="text/html"), "http_400"),
    *(
        refused(f"{status} category {code[-2:]}", arrived(status, refusal(code)), code)
        for status, code in (
            (400, "53100020"), (400, "53100030"), (400, "53100090"), (404, "53100040"), (405, "53100045"),
            (415, "53100045"), (409, "53100030"), (422, "53100020"), (422, "53100030"),
        )
    ),
)  # fmt: skip

LOCKS: Final = (
    *(
        same(Meaning.LOCKED, f"{status} category 50", arrived(status, refusal("53100050")), "53100050")
        for status in (200, 400, 409)
    ),
    same(Meaning.LOCKED, "a rule and a lock", arrived(400, refusal("53100030", "53100050")), "53100050"),
    same(
        Meaning.LOCKED, "409 category 50, wait 40", arrived(409, refusal("53100050"), retry_after="40"),
        "53100050", 40.0,
    ),
)  # fmt: skip

LIMITS: Final = (
    same(Meaning.LIMITED, "429 without a body", arrived(429), "http_429"),
    same(Meaning.LIMITED, "429 HTML", arrived(429, HTML), "http_429"),
    same(
        Meaning.LIMITED, "429 a two-digit code",
        arrived(429, '{"reasons":[{"code":70,"message":"API Rate limit exceeded"}]}'), "70",
    ),
    same(Meaning.LIMITED, "429 category 70", arrived(429, refusal('"53100070"')), "53100070"),
    same(Meaning.LIMITED, "200 category 70", arrived(200, refusal("53100070")), "53100070"),
    same(Meaning.LIMITED, "400 category 70", arrived(400, refusal("53100070")), "53100070"),
    same(Meaning.LIMITED, "a lock and a limit", arrived(400, refusal("53100050", "53100070")), "53100070"),
    same(
        Meaning.LIMITED, "REQUEST_EXCEEDED_LIMIT", arrived(200, refusal('"REQUEST_EXCEEDED_LIMIT"')),
        "REQUEST_EXCEEDED_LIMIT",
    ),
)  # fmt: skip

OTHERS: Final = (
    same(Meaning.TOKEN, "401", arrived(401), "http_401"),
    same(Meaning.TOKEN, "401 with a message", arrived(401, '{"message":"Unauthorized"}'), "http_401"),
    same(Meaning.TOKEN, "401 category 11", arrived(401, refusal("90000011")), "90000011"),
    same(Meaning.FORBIDDEN, "403", arrived(403), "http_403"),
    same(Meaning.FORBIDDEN, "403 HTML", arrived(403, HTML), "http_403"),
    same(Meaning.FORBIDDEN, "403 category 10", arrived(403, refusal("53100010")), "53100010"),
    *(
        Row(f"409 {name}", arrived(409, body), Meaning.RUNNING, Meaning.UNCLEAR, "http_409")
        for name, body in {"empty": "", "a message": '{"message":"in flight"}', "HTML": HTML}.items()
    ),
    *(
        Row(f"422 {name}", arrived(422, body), Meaning.MISMATCH, Meaning.REFUSED, "key_mismatch", "http_422")
        for name, body in {"empty": "", "a message": '{"message":"used"}', "HTML": HTML}.items()
    ),
    *(
        stopping(
            f"{status}", arrived(status, HTML, location="https://elsewhere/"), "redirected", 4, "redirects"
        )
        for status in (300, 301, 302, 303, 304, 305, 307, 308)
    ),
)

AMBIGUOUS: Final = (
    *(
        unclear(f"{status} category {code[-2:]}", arrived(status, refusal(code)), code)
        for status in (200, 400, 500)
        for code in ("53100060", "53100061", "53100099")
    ),
    *(
        unclear(f"200 {name}", arrived(200, body), code)
        for name, body, code in (
            ("category 31", refusal("53100031"), "53100031"),
            ("category 77", refusal("53100077"), "53100077"),
            ("a code in words", refusal('"OOPS"'), "OOPS"),
            ("full-width digits", refusal('"\uff15\uff13\uff13\uff10"'), "\uff15\uff13\uff13\uff10"),
            ("a rule and category 60", refusal("53100030", "53100060"), "53100060"),
            ("a rule and an unknown code", refusal("53100030", "53100077"), "53100077"),
            ("a limit and category 99", refusal("53100070", "53100099"), "53100099"),
            ("refused, no reasons", '{"success":false}', "http_200"),
            ("refused, empty reasons", '{"success":false,"reasons":[]}', "http_200"),
            ("a reason that is no object", '{"success":false,"reasons":["53100030"]}', "http_200"),
            ("a rule and a reason without a code",
             '{"success":false,"reasons":[{"code":"53100030"},{"message":"?"}]}', "http_200"),
        )
    ),
    *(unclear(f"{status}", arrived(status, HTML), f"http_{status}") for status in (408, 425)),
    unclear("409 an unknown code", arrived(409, refusal('"IN_USE"')), "IN_USE"),
    Row("422 an unknown code", arrived(422, refusal('"OOPS"')), Meaning.MISMATCH, Meaning.UNCLEAR,
        "key_mismatch", "OOPS"),
    *(
        unclear(f"{status} without a code", arrived(status, HTML), f"http_{status}")
        for status in (402, 410, 412, 418, 421, 423, 424, 426, 428, 451)
    ),
    *(
        unclear(f"{status}", arrived(status, HTML), f"http_{status}")
        for status in (500, 501, 502, 503, 504, 505, 507, 511, 520, 529, 599)
    ),
    *(
        unclear(f"500 category {code[-2:]}", arrived(500, refusal(code)), code)
        for code in ("53100020", "53100030", "53100050", "53100070")
    ),
)  # fmt: skip
"""A 5xx proves nothing, whatever stands in its body; a 4xx that is not in the table, neither."""

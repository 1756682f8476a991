"""The reply table of the failure model (3.C), row by row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.classify import classify, classify_read
from runner.core.exchange import Exchange
from runner.core.jsonvalue import Json, JsonObject, text_at
from runner.core.operation import Success
from runner.core.verdict import VerdictKind as Kind
from runner.core.verdict import category_of
from runner.core.wire import Arrived, Lost, NotSent, NotSentCause
from tests.core.making import arrived, refusal

TRACK = "zbr-0a1b2c3d-7-2"
MARKER = "zbr-0123456789abcdef"
GOOD: JsonObject = {"success": True, "id": "b1", "status": "Pending"}
WIDE = "\uff15\uff13\uff13\uff10"
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


def made(body: JsonObject) -> Success | None:
    """Success of a creation: an id proves it."""
    made_id = text_at(body, "id")
    return Success(made_id, text_at(body, "status"), ended=True) if made_id else None


def taken(body: JsonObject) -> Success | None:
    """Success of an asynchronous cancel of `b1`."""
    return Success("b1", text_at(body, "status"), ended=False) if text_at(body, "id") == "b1" else None


KEYED = Exchange(keyed=True, track_id=TRACK, success=made, marker=MARKER)
KEYLESS = Exchange(keyed=False, track_id=TRACK, success=taken)

# (what came back, verdict under a key, verdict without one, code)
TABLE: list[tuple[str, Arrived, Kind, Kind, str | None]] = [
    ("done, or taken", arrived(200, GOOD), Kind.DONE, Kind.ACCEPTED, None),
    ("created", arrived(201, GOOD), Kind.DONE, Kind.ACCEPTED, None),
    ("our own track id", arrived(200, GOOD, zuora_track_id=TRACK), Kind.DONE, Kind.ACCEPTED, None),
    (
        "another request's track id",
        arrived(200, GOOD, zuora_track_id="zbr-0a1b2c3d-8-1"),
        Kind.GARBLED, Kind.GARBLED, "wrong_reply",
    ),
    (
        "a refusal with another request's track id",
        arrived(400, refusal("53100020"), zuora_track_id="zbr-0a1b2c3d-70-1"),
        Kind.GARBLED, Kind.GARBLED, "wrong_reply",
    ),
    (
        "an earlier run's track id: stored under the key, perhaps",
        arrived(200, GOOD, zuora_track_id="zbr-99999999-7-1"),
        Kind.UNCLEAR, Kind.GARBLED, "wrong_reply",
    ),
    (
        "an earlier attempt's track id: a replay under the key",
        arrived(200, GOOD, zuora_track_id="zbr-0a1b2c3d-7-1"),
        Kind.DONE, Kind.GARBLED, None,
    ),
    ("success without the id", arrived(200, {"success": True}), Kind.GARBLED, Kind.GARBLED, "wrong_reply"),
    ("no success field", arrived(200, {"id": "b1"}), Kind.GARBLED, Kind.GARBLED, "no_success_field"),
    ("success as text", arrived(200, {"success": "true", "id": "b1"}), Kind.GARBLED, Kind.GARBLED,
     "no_success_field"),
    ("success as a number", arrived(200, {"success": 1, "id": "b1"}), Kind.GARBLED, Kind.GARBLED,
     "no_success_field"),
    # 200 and success:false, the older shape
    *[
        (f"200, category {category}", arrived(200, refusal(f"531000{category}")), Kind.REFUSED, Kind.REFUSED,
         f"531000{category}")
        for category in ("10", "11", "20", "21", "22", "23", "24", "27", "29", "30", "40", "45", "90")
    ],
    ("200, lock", arrived(200, refusal(53100050)), Kind.BUSY, Kind.BUSY, "53100050"),
    ("200, limit", arrived(200, refusal("53100070")), Kind.LIMITED, Kind.LIMITED, "53100070"),
    *[
        (f"200, category {category}", arrived(200, refusal(f"531000{category}")), Kind.UNCLEAR, Kind.UNCLEAR,
         f"531000{category}")
        for category in ("60", "61", "99", "31", "00")
    ],
    ("200, a code that is no number", arrived(200, refusal("OOPS")), Kind.UNCLEAR, Kind.UNCLEAR, "OOPS"),
    ("200, full-width digits", arrived(200, refusal(WIDE)), Kind.UNCLEAR, Kind.UNCLEAR, WIDE),
    ("200, the older word for a limit", arrived(200, refusal("REQUEST_EXCEEDED_LIMIT")),
     Kind.LIMITED, Kind.LIMITED, "REQUEST_EXCEEDED_LIMIT"),
    ("200, refused without reasons", arrived(200, {"success": False}), Kind.UNCLEAR, Kind.UNCLEAR,
     "http_200"),
    # several reasons: the most careful one decides
    ("a rule and a lock", arrived(400, refusal("53100030", "53100050")), Kind.BUSY, Kind.BUSY, "53100050"),
    ("a lock and a limit", arrived(400, refusal("53100050", "53100070")), Kind.LIMITED, Kind.LIMITED,
     "53100070"),
    ("a rule and an unknown one", arrived(400, refusal("53100030", "53100077")), Kind.UNCLEAR, Kind.UNCLEAR,
     "53100077"),
    ("a rule and one without a code",
     arrived(200, {"success": False, "reasons": [{"code": "53100030"}, {"message": "?"}]}),
     Kind.UNCLEAR, Kind.UNCLEAR, "http_200"),
    ("reasons that are no objects", arrived(200, {"success": False, "reasons": ["53100030"]}),
     Kind.UNCLEAR, Kind.UNCLEAR, "http_200"),
    # 200 that cannot be understood
    *[
        (f"200, {name}", arrived(200, body), Kind.GARBLED, Kind.GARBLED, "not_understood")
        for name, body in {
            "HTML": HTML,
            "empty": b"",
            "truncated": b'{"success":true,"id":"b',
            "NaN": b'{"success":true,"id":"b1","total":NaN}',
            "duplicate keys": b'{"success":false,"success":true,"id":"b1"}',
            "wrong charset": '{"success":true,"id":"b1","name":"\xe9"}'.encode("latin-1"),
            "a list": b"[]",
            "an absurd number": b'{"success":true,"id":"b1","n":1e99999999999999999999}',
            "too deep": b"[" * 100_000,
        }.items()
    ],
    # other 2xx, 1xx, 3xx
    ("202", arrived(202, GOOD), Kind.GARBLED, Kind.GARBLED, "not_understood"),
    ("204", arrived(204), Kind.GARBLED, Kind.GARBLED, "not_understood"),
    ("101", arrived(101), Kind.UNCLEAR, Kind.UNCLEAR, "http_101"),
    *[
        (f"{status}", arrived(status, HTML, location="https://elsewhere/"), Kind.REDIRECTED, Kind.REDIRECTED,
         "redirected")
        for status in (301, 302, 303, 307, 308)
    ],
    # 4xx
    *[
        (f"{status} without a body", arrived(status), Kind.REFUSED, Kind.REFUSED, f"http_{status}")
        for status in (400, 404, 405, 406, 411, 413, 414, 415, 431)
    ],
    ("400, HTML", arrived(400, HTML), Kind.REFUSED, Kind.REFUSED, "http_400"),
    ("400, a rule", arrived(400, refusal("53100030")), Kind.REFUSED, Kind.REFUSED, "53100030"),
    ("400, a temporary fault", arrived(400, refusal("53100061")), Kind.UNCLEAR, Kind.UNCLEAR, "53100061"),
    ("401", arrived(401, {"message": "Unauthorized"}), Kind.TOKEN, Kind.TOKEN, "http_401"),
    ("401, a code", arrived(401, refusal("90000011")), Kind.TOKEN, Kind.TOKEN, "90000011"),
    ("403", arrived(403, HTML), Kind.FORBIDDEN, Kind.FORBIDDEN, "http_403"),
    ("403, a code", arrived(403, refusal("53100010")), Kind.FORBIDDEN, Kind.FORBIDDEN, "53100010"),
    ("408", arrived(408), Kind.UNCLEAR, Kind.UNCLEAR, "http_408"),
    ("425", arrived(425), Kind.UNCLEAR, Kind.UNCLEAR, "http_425"),
    ("418", arrived(418), Kind.UNCLEAR, Kind.UNCLEAR, "http_418"),
    ("409 without a code: still in flight", arrived(409, {"message": "in flight"}), Kind.IN_FLIGHT,
     Kind.UNCLEAR, "http_409"),
    ("409, empty", arrived(409), Kind.IN_FLIGHT, Kind.UNCLEAR, "http_409"),
    ("409, a lock", arrived(409, refusal("53100050")), Kind.BUSY, Kind.BUSY, "53100050"),
    ("409, a rule", arrived(409, refusal("53100030")), Kind.REFUSED, Kind.REFUSED, "53100030"),
    ("409, an unknown code", arrived(409, refusal("IN_USE")), Kind.UNCLEAR, Kind.UNCLEAR, "IN_USE"),
    ("422 without a code", arrived(422, {"message": "used"}), Kind.MISMATCH, Kind.REFUSED, None),
    ("422, HTML", arrived(422, HTML), Kind.MISMATCH, Kind.REFUSED, None),
    ("422, a rule", arrived(422, refusal("53100020")), Kind.REFUSED, Kind.REFUSED, "53100020"),
    ("429", arrived(429), Kind.LIMITED, Kind.LIMITED, "http_429"),
    ("429, a two-digit code", arrived(429, {"reasons": [{"code": 70, "message": "slow"}]}), Kind.LIMITED,
     Kind.LIMITED, "70"),
    # 5xx: unclear whatever its reasons say
    *[
        (f"{status}", arrived(status, HTML), Kind.UNCLEAR, Kind.UNCLEAR, f"http_{status}")
        for status in (500, 502, 503, 504, 599)
    ],
    ("500, a rule", arrived(500, refusal("53100030")), Kind.UNCLEAR, Kind.UNCLEAR, "53100030"),
    ("500, a lock", arrived(500, refusal("53100050")), Kind.UNCLEAR, Kind.UNCLEAR, "53100050"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "keyed", "keyless", "code"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_reply_table(reply: Arrived, keyed: Kind, keyless: Kind, code: str | None):
    """Each reply means what the reply table of the failure model says, with and without a key."""
    under_key, without = classify(reply, KEYED), classify(reply, KEYLESS)
    assert (under_key.kind, without.kind) == (keyed, keyless)
    assert under_key.http_status == without.http_status == reply.status
    if code is not None:
        assert without.code == code
    if code is not None and keyed is keyless:
        assert under_key.code == code


def test_a_lost_reply_is_unclear_and_one_not_sent_is_not():
    """Only proof that no byte left makes a request "not sent"; one that got no reply is unclear."""
    lost = classify(Lost("reset by peer"), KEYED)
    assert (lost.kind, lost.code, lost.message) == (Kind.UNCLEAR, "reply_lost", "reset by peer")
    for cause in NotSentCause:
        verdict = classify(NotSent(cause, "why"), KEYED)
        assert (verdict.kind, verdict.code, verdict.message) == (Kind.NOT_SENT, cause.value, "why")


def test_a_key_mismatch_says_so_whatever_the_body_says():
    """A 422 under a key is told as `key_mismatch`, the code of the contract."""
    assert classify(arrived(422, refusal("OOPS")), KEYED).code == "key_mismatch"


def test_what_a_success_tells():
    """A success brings the id, the state, the ids for support, and whether the marker was read back whole."""
    body: JsonObject = {**GOOD, "name": f"June {MARKER}", "processId": "P1", "requestId": "body's"}
    verdict = classify(arrived(200, body, zuora_request_id="R1"), KEYED)
    assert (verdict.result_id, verdict.result_state) == ("b1", "Pending")
    assert (verdict.request_id, verdict.process_id, verdict.marker_read) == ("R1", "P1", True)
    assert classify(arrived(200, body), KEYED).request_id == "body's"
    assert not classify(arrived(200, {**body, "name": "June zbr-01234567"}), KEYED).marker_read
    assert not classify(arrived(200, {**body, "name": f"{MARKER} June"}), KEYED).marker_read


def test_the_decisive_reason_is_told():
    """Of several reasons the one that decided is told, not the first."""
    verdict = classify(arrived(400, refusal("53100030", "53100050")), KEYED)
    assert (verdict.code, verdict.message) == ("53100050", "because of 53100050")


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": " 7\t"}, 7.0),
        ({"retry_after": "1e9"}, None),
        ({"retry_after": "\uff11\uff12\uff10"}, None),
        ({"retry_after": "-5"}, None),
        ({"retry_after": "soon"}, None),
        (
            {
                "retry_after": "Mon, 01 Jun 2026 10:00:30 GMT",
                "date": "Mon, 01 Jun 2026 10:00:00 GMT",
            },
            30.0,
        ),
        ({"ratelimit_reset": "12"}, 12.0),
        ({"retry_after": "3", "ratelimit_reset": "12"}, 3.0),
        ({}, None),
    ],
)
def test_how_long_a_429_asks_to_wait(headers: dict[str, str], wait_s: float | None):
    """A readable hint counts, by either header; an unreadable one counts as absent."""
    assert classify(arrived(429, **headers), KEYED).wait_s == wait_s


def test_only_a_limit_is_waited_for_by_ratelimit_reset():
    """`RateLimit-Reset` stands on every reply, so it is a hint only on a refusal for the limit."""
    assert classify(arrived(503, ratelimit_reset="12", retry_after="9"), KEYED).wait_s == 9.0
    assert classify(arrived(503, ratelimit_reset="12"), KEYED).wait_s is None


def test_a_replay_is_told_from_a_new_reply_that_says_the_same():
    """The digest covers status, body and request id: a replay repeats all three."""
    first, again = arrived(500, HTML, zuora_request_id="R1"), arrived(500, HTML, zuora_request_id="R2")
    assert classify(first, KEYED).digest == classify(first, KEYED).digest
    assert classify(first, KEYED).digest != classify(again, KEYED).digest


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.READ), (400, Kind.READ), (404, Kind.READ), (401, Kind.TOKEN), (403, Kind.FORBIDDEN),
        (429, Kind.LIMITED), (302, Kind.REDIRECTED), (500, Kind.UNCLEAR), (101, Kind.UNCLEAR),
    ],
)  # fmt: skip
def test_what_a_reply_to_a_read_means_for_its_lane(status: int, kind: Kind):
    """A read that was answered at all says that the server is well; 401, 403, 429, 3xx and 5xx say more."""
    assert classify_read(arrived(status)).kind is kind


def test_a_read_without_a_reply():
    """A read may get lost, or not leave, as a write may."""
    assert classify_read(Lost("x")).kind is Kind.UNCLEAR
    assert classify_read(NotSent(NotSentCause.TLS, "x")).code == "tls"


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("53100030", "30"),
        ("70", "70"),
        ("5", "05"),
        ("", None),
        ("OOPS", None),
        ("\uff15\uff10", None),
        (None, None),
    ],
)
def test_the_category_of_a_code(code: str | None, category: str | None):
    """The last two digits of a reason code are its category; a code that is no number has none."""
    assert category_of(code) == category


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["success", "reasons", "code", "message", "id"]), inner, max_size=4)
    ),
    max_leaves=8,
)
_PROVEN = {Kind.DONE, Kind.ACCEPTED}


@given(st.integers(100, 599), _JSON | st.binary(max_size=40), st.sampled_from([KEYED, KEYLESS]))
def test_success_is_a_field_in_the_body_and_nothing_else(
    status: int, body: "Json | bytes", exchange: Exchange
):
    """Any reply gets a verdict, and it says "took effect" only for 200 or 201 with `success: true`."""
    verdict = classify(arrived(status, body), exchange)
    says_so = isinstance(body, dict) and body.get("success") is True and status in {200, 201}
    assert says_so or verdict.kind not in _PROVEN


@given(st.integers(500, 599), _JSON | st.binary(max_size=40))
def test_a_server_fault_is_never_proof(status: int, body: "Json | bytes"):
    """No 5xx proves anything, whatever stands in its body."""
    assert classify(arrived(status, body), KEYED).kind is Kind.UNCLEAR


def test_a_reply_stored_for_an_earlier_run_answers_the_key_that_was_inherited():
    """Only for the tasks that used the key before, and never without a key."""
    track = "zbr-99999999-12-"
    heir = Exchange(keyed=True, track_id=TRACK, success=made, inherited=(f"{track}1",))
    assert classify(arrived(200, GOOD, zuora_track_id=f"{track}3"), heir).kind is Kind.DONE
    assert classify(arrived(200, GOOD, zuora_track_id="zbr-99999999-1-1"), heir).kind is Kind.UNCLEAR

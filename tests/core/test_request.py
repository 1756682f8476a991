"""A task's requests as they go over the wire."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runner.core.request import scope_headers, scoped, track_id, write_request
from runner.core.scope import Scope
from runner.core.task import idempotency_key
from runner.core.wire import Request
from tests.core.making import ACT, cancel, creation


def test_a_creation_carries_its_key_and_its_frozen_bytes():
    """A POST has the key of its generation, the track id of its attempt, and the body as it was frozen."""
    request = write_request(replace(creation(), body=b'{"x":1}'), "zbr-x-1-1", 3)
    assert (request.method, request.path, request.body) == ("POST", "/v1/bill-runs", b'{"x":1}')
    assert request.headers == {
        "Content-Type": "application/json",
        "Zuora-Track-Id": "zbr-x-1-1",
        "Idempotency-Key": idempotency_key(ACT, 3),
    }


def test_a_put_never_carries_a_key():
    """A PUT with an `Idempotency-Key` is refused by Zuora."""
    assert "Idempotency-Key" not in write_request(cancel(), "t", 0).headers


def test_the_scope_is_in_the_headers():
    """One entity, a comma list of orgs, and neither where the scope has none."""
    assert scope_headers(Scope()) == {}
    whole = {"Zuora-Entity-Ids": "e1", "Zuora-Org-Ids": "o1,o2"}
    assert scope_headers(Scope("e1", ("o1", "o2"))) == whole
    put = write_request(replace(cancel(), scope=Scope("e1", ("o1", "o2"))), "t", 0)
    assert whole.items() <= put.headers.items()


def test_a_read_is_in_the_scope_of_its_task():
    """A read gets the scope beside its own headers, and is otherwise as it was."""
    read = scoped(Request("GET", "/v1/x", {"Accept": "application/json"}), Scope("e1"))
    assert read == Request("GET", "/v1/x", {"Accept": "application/json", "Zuora-Entity-Ids": "e1"})


@given(st.integers(1, 10**12), st.integers(1, 10**9), st.integers(1, 10**12), st.integers(1, 10**9))
def test_every_attempt_has_its_own_track_id(task: int, attempt: int, task2: int, attempt2: int):
    """Track ids are unique within a run, short, and of letters, digits and `-` alone."""
    one, other = track_id("0a1b2c3d", task, attempt), track_id("0a1b2c3d", task2, attempt2)
    assert (one == other) is ((task, attempt) == (task2, attempt2))
    assert len(one) <= 64
    assert one.replace("-", "").isalnum()
    assert one.isascii()

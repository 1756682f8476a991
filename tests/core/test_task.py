"""What a task means, and the names that follow from it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.scope import Scope
from runner.core.task import Act, idempotency_key, marker_of
from tests.core.making import ACT, cancel, creation

PLAIN = Act("https://x", "t1", "create_bill_run", Scope("e1", ("o1",)), {"a": 1, "b": ["x"]}, "", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://y"}, {"tenant": "t2"}, {"operation": "cancel_bill_run"}, {"scope": Scope("e1")},
        {"scope": Scope("e2", ("o1",))}, {"scope": Scope(None, ("e1", "o1"))},
        {"fields": {"a": 2, "b": ["x"]}}, {"fields": {}}, {"run_label": "again"}, {"place": 1},
    ],
)  # fmt: skip
def test_whatever_an_act_means_makes_it_another(change: dict[str, Any]):
    """Tenant, operation, scope, fields, label and place: each of them makes another act."""
    assert replace(PLAIN, **change).digest() != PLAIN.digest()


def test_an_act_is_the_same_everywhere():
    """The digest depends on the meaning alone, and never changes between releases."""
    assert replace(PLAIN, fields={"b": ["x"], "a": 1}).digest() == PLAIN.digest()
    assert PLAIN.digest() == "3d38b06ca985163743ce2f83edf46956f7314c2452309578185b52eae6d3e7b7"


@given(st.integers(1, 50), st.integers(1, 50))
def test_each_generation_has_its_own_key(one: int, other: int):
    """A key is 64 characters, the same for the same generation of the same act, and for nothing else."""
    assert re.fullmatch(r"[0-9a-f]{64}", idempotency_key(ACT, one))
    assert (idempotency_key(ACT, one) == idempotency_key(ACT, other)) is (one == other)
    assert idempotency_key("b2" * 32, one) != idempotency_key(ACT, one)


def test_the_marker_is_the_head_of_the_act():
    """`zbr-` and 16 hex digits."""
    assert marker_of(ACT) == "zbr-a1a1a1a1a1a1a1a1"


def test_only_a_post_is_keyed():
    """PUT must not carry a key (reference pages)."""
    assert creation().keyed
    assert not cancel().keyed

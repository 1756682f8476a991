"""JSON, strict and exact."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.jsonvalue import (
    DEPTH_MAX,
    Json,
    JsonFault,
    canonical,
    dumps,
    kind_of,
    list_at,
    object_at,
    parse,
    parse_object,
    text_at,
)
from tests.core.values import json_values


@given(json_values)
def test_what_is_written_is_read_again(value: Json):
    """Every value survives, and so do its bytes."""
    text = dumps(value)
    assert parse(text) == parse(text.encode()) == value
    assert dumps(parse(text)) == text
    assert json.loads(text, parse_float=Decimal) == value


@given(json_values)
def test_one_value_has_one_canonical_spelling(value: Json):
    """The order of an object's members does not matter to a digest."""
    assert canonical(_reversed(value)) == canonical(value)


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_nothing_but_a_fault_comes_out_of_what_is_no_json(text: bytes | str):
    """Whatever is read, it is a value or a `JsonFault`, never another error."""
    try:
        value = parse(text)
    except JsonFault:
        return
    assert parse(dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a":1,"a":2}', 'the key "a" stands twice in one object'),
        ('{"o":[{"x":1,"y":2,"x":3}]}', 'the key "x" stands twice in one object'),
        ("NaN", "NaN is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1E400", "the number 1E400 is out of range"),
        ("1e-500", "the number 1e-500 is out of range"),
        ("1e99999999999999999999", "the number 1e999999999999999999 is out of range"),
        ("-1e-99999999999999999999", "the number -1e-9999999999999999 is out of range"),
        ("9" * 401, "a number of more than 400 digits"),
        ("0." + "9" * 401, "a number of more than 400 digits"),
        (r'"\ud800"', "a lone surrogate (half of a character) in a string"),
        (r'{"\udfff":1}', "a lone surrogate (half of a character) in a string"),
        ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), "nested deeper than 32 levels"),
        ('{"a":' * (DEPTH_MAX + 1) + "1" + "}" * (DEPTH_MAX + 1), "nested deeper than 32 levels"),
        ("[" * 100_000, "nested deeper than 32 levels"),
        (b'"\xff"', "invalid UTF-8 at byte 1"),
        ("", "Expecting value at character 1"),
        ("1 2", "Extra data at character 3"),
    ],
)
def test_what_is_refused(text: str | bytes, why: str):
    """What others read silently, wrongly or not at all is refused, in words."""
    with pytest.raises(JsonFault) as fault:
        parse(text)
    assert str(fault.value) == why


def test_what_is_kept():
    """Numbers keep every digit, 400 of them, and nesting may be 32 deep."""
    for text in ("1.10", "-0.5", "1E+5", "9" * 400, "[" * DEPTH_MAX + "]" * DEPTH_MAX, r'"\ud83d\ude00"'):
        parse(text)
    assert dumps(parse("1.10")) == "1.10"
    assert parse(r'"\ud83d\ude00"') == "\U0001f600"


def test_an_object_is_asked_for_by_name():
    """Where an object is needed, anything else is refused by its kind."""
    assert parse_object('{"a":1}') == {"a": 1}
    for text, kind in {
        "null": "null", "true": "a boolean", "1": "a number", "1.5": "a number",
        '"x"': "a string", "[]": "a list",
    }.items():  # fmt: skip
        with pytest.raises(JsonFault, match=f"^expected a JSON object, found {kind}$"):
            parse_object(text)
    assert kind_of({}) == "an object"


@pytest.mark.parametrize(
    ("value", "text", "members", "items"),
    [
        ({"k": "v"}, "v", {}, []),
        ({"k": 7}, "7", {}, []),
        ({"k": True}, None, {}, []),
        ({"k": Decimal("1.5")}, None, {}, []),
        ({"k": {"x": 1}}, None, {"x": 1}, []),
        ({"k": [1]}, None, {}, [1]),
        ({}, None, {}, []),
        ([], None, {}, []),
        (None, None, {}, []),
    ],
)
def test_members_are_read_without_trust(value: Any, text: str | None, members: Any, items: Any):
    """A member of another type, and one of what is no object, counts as absent."""
    assert (text_at(value, "k"), object_at(value, "k"), list_at(value, "k")) == (text, members, items)

"""JSON as this program reads and writes it: strict, bounded, and exact to the last digit."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias, cast

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

DEPTH_MAX: Final = 32
VALUES_MAX: Final = 100_000
"""Values in one document: each takes up to a hundred times the memory of its three characters."""
_AS_IT_STANDS: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SORTED: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
_NUMBER_DIGITS_MAX: Final = 400


class JsonFault(ValueError):
    """The text is not JSON that we accept; the message says why, in words for a person."""


def parse(text: str | bytes) -> Json:
    """Read one JSON value; floats become `Decimal`.

    Refuses duplicate keys, NaN and infinities, lone surrogates, numbers of more than 400 digits,
    nesting deeper than 32, more than about 100,000 values and invalid UTF-8, with `JsonFault`.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        # As many as there may be: those in strings count, too. So many are in no reply and no row.
        if len(text) > VALUES_MAX and sum(map(text.count, ",[{")) > VALUES_MAX:
            raise JsonFault(f"more than {VALUES_MAX} values")
        value = cast("Json", _DECODER.decode(text))
    except UnicodeDecodeError as fault:
        raise JsonFault(f"invalid UTF-8 at byte {fault.start}") from None
    except json.JSONDecodeError as fault:
        raise JsonFault(f"{fault.msg} at character {fault.pos + 1}") from None
    except RecursionError:
        raise JsonFault(f"nested deeper than {DEPTH_MAX} levels") from None
    _check(value, DEPTH_MAX)
    return value


def parse_object(text: str | bytes) -> JsonObject:
    """Read one JSON object; anything else is a `JsonFault`."""
    value = parse(text)
    if not isinstance(value, dict):
        raise JsonFault(f"expected a JSON object, found {kind_of(value)}")
    return value


def dumps(value: Json, *, sort_keys: bool = False) -> str:
    """Write compact JSON; a `Decimal` keeps every digit it was read with."""
    try:
        return (_SORTED if sort_keys else _AS_IT_STANDS).encode(value)
    except TypeError:  # it holds a Decimal, which the quick encoder does not know
        return _slow_dumps(value, sort_keys=sort_keys)


def _slow_dumps(value: Json, *, sort_keys: bool) -> str:
    match value:
        case Decimal():
            return str(value)
        case dict():
            items = sorted(value.items()) if sort_keys else value.items()
            members = (f"{_quote(key)}:{_slow_dumps(each, sort_keys=sort_keys)}" for key, each in items)
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(_slow_dumps(item, sort_keys=sort_keys) for item in value) + "]"
        case _:
            return _AS_IT_STANDS.encode(value)


def canonical(value: Json) -> bytes:
    """The one spelling of a value that digests are made of: compact, keys sorted, UTF-8."""
    return dumps(value, sort_keys=True).encode("utf-8")


def kind_of(value: Json) -> str:
    """The name of a value's JSON type, with its article, for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | Decimal():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"


def text_at(value: Json, key: str) -> str | None:
    """The member `key` of an object as text (numbers are spelled out); None where it is absent."""
    member = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(member, str):
        return member
    return None if isinstance(member, bool) or not isinstance(member, int) else str(member)


def object_at(value: Json, key: str) -> JsonObject:
    """The member `key` of an object where it is an object itself, else an empty one."""
    member = value.get(key) if isinstance(value, Mapping) else None
    return member if isinstance(member, dict) else {}


def list_at(value: Json, key: str) -> list[Json]:
    """The member `key` of an object where it is a list, else an empty one."""
    member = value.get(key) if isinstance(value, Mapping) else None
    return member if isinstance(member, list) else []


def _quote(text: str) -> str:
    return _AS_IT_STANDS.encode(text)


def _pairs(pairs: list[tuple[str, Json]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonFault(f"the key {_quote(key)} stands twice in one object")
            seen.add(key)
    return members


def _integer(digits: str) -> int:
    if len(digits) > _NUMBER_DIGITS_MAX:
        raise JsonFault(f"a number of more than {_NUMBER_DIGITS_MAX} digits")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > _NUMBER_DIGITS_MAX:
        raise JsonFault(f"a number of more than {_NUMBER_DIGITS_MAX} digits")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise JsonFault(f"the number {digits[:20]} is out of range") from None
    exponent = number.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or abs(exponent) > _NUMBER_DIGITS_MAX
        or number.adjusted() > _EXPONENT_MAX
    ):
        raise JsonFault(f"the number {digits[:20]} is out of range")
    return number


def _constant(name: str) -> Json:
    raise JsonFault(f"{name} is not JSON")


_EXPONENT_MAX: Final = 307
_DECODER: Final = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_pairs
)


def _check(value: Json, depth_left: int) -> None:
    match value:
        case str():
            _check_text(value)
        case list():
            _descend(depth_left)
            for item in value:
                _check(item, depth_left - 1)
        case dict():
            _descend(depth_left)
            for key, member in value.items():
                _check_text(key)
                _check(member, depth_left - 1)
        case _:
            pass


def _descend(depth_left: int) -> None:
    if depth_left <= 0:
        raise JsonFault(f"nested deeper than {DEPTH_MAX} levels")


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise JsonFault("a lone surrogate (half of a character) in a string")

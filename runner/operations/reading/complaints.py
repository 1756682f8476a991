"""What pydantic found wrong, said in our words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, cast

from pydantic_core import ErrorDetails

from runner.core.jsonvalue import Json
from runner.core.nearest import did_you_mean
from runner.core.plaintext import quoted
from runner.operations.reading.grammar import GRAMMAR_FAULT
from runner.operations.reading.places import Finding, Place
from runner.operations.reading.wording import expected

MISSING: Final = "is missing"

HINTS_MAX: Final = 100
"""Problems of a row that are told with the nearest name: to find it takes time, and nobody reads more."""

TAG_OPEN: Final = "<"
"""Tags of unions begin with it, so that they can be told from member names in a place."""

_Context = Mapping[str, object]


def findings(errors: Iterable[ErrorDetails], members: Iterable[str]) -> Iterator[Finding]:
    """Say each error; `members` are the names that stand in nested objects, for near misses."""
    known = tuple(members)
    for count, error in enumerate(errors):
        place = place_of(error)
        said = _say(error, known, hints=count < HINTS_MAX)
        yield place[:-1] if error["type"] == "extra_forbidden" else place, said


def place_of(error: ErrorDetails) -> Place:
    """Where an error stands, without the tags of unions."""
    return tuple(step for step in error["loc"] if not (isinstance(step, str) and step.startswith(TAG_OPEN)))


def _say(error: ErrorDetails, members: tuple[str, ...], *, hints: bool) -> str:
    context: _Context = error.get("ctx", {})
    kind = error["type"]
    if kind == GRAMMAR_FAULT:
        return str(context["said"])
    if kind == "missing":
        return MISSING
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        return f"unknown member {quoted(name)}{did_you_mean(name, members) if hints else ''}"
    return _expected(kind, cast("Json", error["input"]), context, hints=hints)


def _expected(kind: str, found: Json, context: _Context, *, hints: bool) -> str:
    if kind == "too_long":
        return f"found {context['actual_length']} items, expected at most {context['max_length']}"
    if kind == "too_short":
        return "found an empty list, expected at least one item"
    what = _WHAT.get(kind)
    if what is None:
        return expected(found, "another value", kind.replace("_", " "))
    return expected(found, what(context), _advice(kind, found, context) if hints else "")


def _literal(context: _Context) -> str:
    words = str(context["expected"]).replace(" or ", ", ").replace("'", "")
    return f"one of {words}" if ", " in words else words


def _advice(kind: str, found: Json, context: _Context) -> str:
    match kind, found:
        case "bool_type", str():
            return "write it without quotes"
        case "int_type", str():
            return "write it without quotes"
        case "int_type", Decimal():
            return "write it without a decimal point"
        case "string_type", int() | Decimal():
            return "write it in double quotes"
        case "literal_error", str():
            return did_you_mean(found, _literal(context).removeprefix("one of ").split(", ")).removeprefix(
                "; "
            )
        case _:
            return ""


_WHAT: Final[Mapping[str, Callable[[_Context], str]]] = {
    "bool_type": lambda _: "true or false",
    "int_type": lambda _: "a whole number",
    "string_type": lambda _: "a text",
    "list_type": lambda _: "a list",
    "model_type": lambda _: "an object",
    "literal_error": _literal,
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
}

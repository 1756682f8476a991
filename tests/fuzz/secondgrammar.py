"""The grammars of single values, a second time: by the contract's words, without the runner's patterns.

Each answers whether a value is right; None where the contract has no opinion.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tests.fuzz.names import SWITCHES
from tests.fuzz.secondjson import NoJson, Value, json_value
from tests.fuzz.secondparser import printable

Opinion: TypeAlias = "bool | None"
Grammar: TypeAlias = Callable[[Value], Opinion]

_DIGITS: Final = frozenset("0123456789")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_MONTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NUMBER_MAX: Final = 40
_SUBSCRIPTIONS_MAX: Final = 500
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_id(text: str) -> bool:
    """Of an entity or org: letters, digits, -, at most 64."""
    return 0 < len(text) <= 64 and set(text) <= _LETTERS | _DIGITS | {"-"}


def is_date(value: Value) -> bool:
    """A day that there is, written YYYY-MM-DD."""
    if not isinstance(value, str) or len(value) != 10 or value[4] + value[7] != "--":
        return False
    if not set(value[:4] + value[5:7] + value[8:]) <= _DIGITS:
        return False
    year, month, day = int(value[:4]), int(value[5:7]), int(value[8:])
    if not (year and 1 <= month <= 12):
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _MONTHS[month - 1] + leap


def ends_month(date: str) -> bool:
    """Whether a date is the last day of its month."""
    return not is_date(f"{date[:8]}{int(date[8:]) + 1:02}")


def is_key(value: Value) -> bool:
    """Keys in bodies: printable, at most 255."""
    return isinstance(value, str) and 0 < len(value) <= 255 and printable(value)


def custom_id(value: Value) -> Opinion:
    """The caller's own; exports write whole numbers, too."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_key(str(value) if is_number else value)


def items(value: Value) -> list[Value] | None:
    """The items of a list: in CSV between semicolons, none of them empty; None where it is none."""
    if isinstance(value, str):
        parts: list[Value] = [*value.split(";")]
        return None if "" in parts else parts
    return value if isinstance(value, list) else None


def subscriptions(value: Value) -> list[Value] | None:
    """`specificSubscriptions`: a list, in CSV as JSON; None where it is none."""
    try:
        found = json_value(value) if isinstance(value, str) else value
    except NoJson:
        return None
    return found if isinstance(found, list) else None


def _numbered(prefix: str, digits_min: int) -> Grammar:
    def judge(value: Value) -> Opinion:
        if not isinstance(value, str) or not value.startswith(prefix):
            return False
        rest = value[len(prefix) :]
        if not (len(rest) >= digits_min and set(rest) <= _DIGITS):
            return False
        return True if len(rest) <= _NUMBER_MAX else None

    return judge


def _one_of(*words: str) -> Grammar:
    return lambda value: isinstance(value, str) and value in words


def _several(one: Grammar, many_max: int | None = None) -> Grammar:
    """A list of them; no opinion where one stands twice."""

    def judge(value: Value) -> Opinion:
        found = items(value)
        if not found or not all(one(item) for item in found) or (many_max and len(found) > many_max):
            return False
        return None if len(set(map(repr, found))) < len(found) else True

    return judge


def _bill_run_id(value: Value) -> bool:
    return isinstance(value, str) and len(value) == 32 and set(value) <= _HEX


def _schedule_key(value: Value) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and set(value) <= _LETTERS | _DIGITS | set("-_")


def _name(value: Value) -> bool:
    return is_key(value) and isinstance(value, str) and len(value) <= 200 and " " not in (value[0], value[-1])


def _switch(value: Value) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false"))


def _batch(value: Value) -> bool:
    if not isinstance(value, str) or not value.startswith("Batch"):
        return False
    number = value[5:]
    return set(number) <= _DIGITS and number[:1] not in ("", "0") and len(number) < 4 and int(number) <= 200


def _batches(value: Value) -> Opinion:
    return True if items(value) == ["AllBatches"] else _several(_batch)(value)


def _cycle_day(value: Value) -> bool:
    days = {str(day) for day in range(1, 32)}
    return isinstance(value, str) and value in {"AllBillCycleDays", "AsRunDay"} | days


def _hour(value: Value) -> Opinion:
    if isinstance(value, str) and len(value) > 9:
        return False
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return (
            None
            if set(digits) <= _DIGITS and value != str(int(digits or "99"))
            else value in map(str, range(24))
        )
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 23


def _charges(value: Value) -> Opinion:
    if isinstance(value, str) and value.startswith("["):
        return None
    found = items(value)
    return bool(found) and all(map(is_key, found or ()))


def _subscription(value: Value) -> bool:
    if not isinstance(value, dict):
        return False
    given = {name: member for name, member in value.items() if member is not None}
    if not {"orderKey", "subscriptionKey"} <= set(given) <= {"orderKey", "subscriptionKey", "chargeNumbers"}:
        return False
    charges = given.get("chargeNumbers", ["all"])
    whole = isinstance(charges, list) and bool(charges) and all(map(is_key, charges))
    return is_key(given["orderKey"]) and is_key(given["subscriptionKey"]) and whole


def _specific(value: Value) -> bool:
    found = subscriptions(value)
    return bool(found) and len(found) <= _SUBSCRIPTIONS_MAX and all(map(_subscription, found))


GRAMMARS: Final[Mapping[str, Grammar]] = {
    **dict.fromkeys(SWITCHES, _switch),
    **dict.fromkeys(("accountId", "orderKey", "subscriptionKey"), is_key),
    **dict.fromkeys(("invoiceDate", "targetDate", "schedule.repeatFrom", "schedule.repeatTo"), is_date),
    "name": _name,
    "batches": _batches,
    "billCycleDay": _cycle_day,
    "subscriptionId": _charges,
    "billRunType": _one_of("Regular", "CatchUp"),
    "chargeTypeToExclude": _several(_one_of("OneTime", "Recurring", "Usage"), 2),
    "schedule.repeatType": _one_of("None", "Daily", "Weekly", "Monthly"),
    "schedule.runTime": _hour,
    "schedule.weeklyOnDay": _several(_one_of(*WEEKDAYS)),
    "schedule.monthlyOnEndOfMonth": _switch,
    "billRunId": _bill_run_id,
    "billRunNumber": _numbered("BR-", 1),
    "cancelOnce": _switch,
    "jr-number": _numbered("JR-", 8),
    "jrNumber": _numbered("JR-", 8),
    "scheduleKey": _schedule_key,
    "chargeNumbers": _charges,
    "specificSubscriptions": _specific,
}

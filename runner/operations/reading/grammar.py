"""The grammars of single values: what fits, and what is said where one does not.

Contract, "Job file": cells are judged by these alone; nothing is trimmed or guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from runner.core.jsonvalue import JsonObject
from runner.operations.reading.wording import damage, expected, oddity

GRAMMAR_FAULT: Final = "grammar"
KEY_LENGTH_MAX: Final = 255
NAME_LENGTH_MAX: Final = 200
NUMBER_EXAMPLE_DIGITS: Final = 8

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HEX_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_BILL_RUN_NUMBER: Final = re.compile(r"BR-[0-9]{1,40}")
_JOURNAL_RUN_NUMBER: Final = re.compile(r"JR-[0-9]{8,40}")
_SCHEDULE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BATCH: Final = re.compile(r"AllBatches|Batch(?:[1-9]|[1-9][0-9]|1[0-9][0-9]|200)")
_CYCLE_DAY: Final = re.compile(r"AllBillCycleDays|AsRunDay|[1-9]|[12][0-9]|3[01]")
_SLASHED_DATE: Final = re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{1,4}")
_DAY_NUMBER: Final = re.compile(r"\d{5}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Grammar:
    """One grammar: the test, the expectation in words, advice about one wrong text, its JSON Schema."""

    fits: Callable[[str], bool]
    what: str
    schema: JsonObject
    advise: Callable[[str], str] = oddity

    def check(self, text: str) -> str:
        """The text itself, where it fits."""
        if self.fits(text):
            return text
        said = expected(text, self.what, damage(text) or self.advise(text))
        raise PydanticCustomError(GRAMMAR_FAULT, "{said}", {"said": said})


def is_date(text: str) -> bool:
    """Whether a text is a real date in the form YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_key(text: str) -> bool:
    return 0 < len(text) <= KEY_LENGTH_MAX and text.isprintable()


def _is_label(text: str, length_max: int) -> bool:
    return 0 < len(text) <= length_max and text.isprintable() and text[0] != " " and text[-1] != " "


def _is_name(text: str) -> bool:
    return _is_label(text, NAME_LENGTH_MAX)


def _is_operand(text: str) -> bool:
    return bool(text) and text.isprintable()


def _advise_date(text: str) -> str:
    if _SLASHED_DATE.fullmatch(text):
        return "it is not guessed which part is the day: write YYYY-MM-DD"
    if _DAY_NUMBER.fullmatch(text):
        return "a spreadsheet has turned the date into a number: format the column as text"
    return "no such day in the calendar" if _DATE.fullmatch(text) else oddity(text)


def _advise_bill_run_id(text: str) -> str:
    if text.upper().startswith("BR-"):
        return 'write a bill run number in the field "billRunNumber"'
    return oddity(text)


def _advise_number(text: str, prefix: str) -> str:
    if text.isascii() and text.isdecimal() and len(text) <= NUMBER_EXAMPLE_DIGITS:
        full = f"{prefix}{text:0>{NUMBER_EXAMPLE_DIGITS}}"
        return f"a spreadsheet may have dropped the rest (if it is {full}, write that)"
    digits = text[len(prefix) :]
    if text.upper().startswith(prefix) and digits.isascii() and digits.isdecimal():
        return f"write {prefix}{digits:0>{NUMBER_EXAMPLE_DIGITS}}, if that is the one"
    return oddity(text)


def _advise_bill_run_number(text: str) -> str:
    if _HEX_ID.fullmatch(text):
        return 'write an id in the field "billRunId"'
    return _advise_number(text, "BR-")


def _advise_journal_run_number(text: str) -> str:
    return _advise_number(text, "JR-")


def _pattern(pattern: re.Pattern[str]) -> JsonObject:
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def _length(length_max: int) -> JsonObject:
    return {"type": "string", "minLength": 1, "maxLength": length_max}


def _fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


DATE: Final = Grammar(is_date, "a date as YYYY-MM-DD", {"type": "string", "format": "date"}, _advise_date)
BILL_RUN_ID: Final = Grammar(
    _fits(_HEX_ID), "an id of 32 hexadecimal digits", _pattern(_HEX_ID), _advise_bill_run_id
)
BILL_RUN_NUMBER: Final = Grammar(
    _fits(_BILL_RUN_NUMBER),
    "a number such as BR-00000016",
    _pattern(_BILL_RUN_NUMBER),
    _advise_bill_run_number,
)
JOURNAL_RUN_NUMBER: Final = Grammar(
    _fits(_JOURNAL_RUN_NUMBER),
    "JR- and at least 8 digits, such as JR-00000001",
    _pattern(_JOURNAL_RUN_NUMBER),
    _advise_journal_run_number,
)
SCHEDULE_KEY: Final = Grammar(
    _fits(_SCHEDULE_KEY), "an id or number of letters, digits, - and _, at most 64", _pattern(_SCHEDULE_KEY)
)
BATCH: Final = Grammar(_fits(_BATCH), "AllBatches, or Batch1 to Batch200", _pattern(_BATCH))
CYCLE_DAY: Final = Grammar(
    _fits(_CYCLE_DAY), "AllBillCycleDays, AsRunDay, or a day from 1 to 31", _pattern(_CYCLE_DAY)
)
KEY: Final = Grammar(
    _is_key,
    "an id or number of 1 to 255 printable characters",
    _length(KEY_LENGTH_MAX),
)
NAME: Final = Grammar(
    _is_name, "1 to 200 printable characters, no blank at either end", _length(NAME_LENGTH_MAX)
)
OPERAND: Final = Grammar(
    _is_operand, "printable characters, at least one", {"type": "string", "minLength": 1}
)

DateText: TypeAlias = Annotated[str, AfterValidator(DATE.check), WithJsonSchema(dict(DATE.schema))]
BillRunId: TypeAlias = Annotated[
    str, AfterValidator(BILL_RUN_ID.check), WithJsonSchema(dict(BILL_RUN_ID.schema))
]
BillRunNumber: TypeAlias = Annotated[
    str, AfterValidator(BILL_RUN_NUMBER.check), WithJsonSchema(dict(BILL_RUN_NUMBER.schema))
]
JournalRunNumber: TypeAlias = Annotated[
    str, AfterValidator(JOURNAL_RUN_NUMBER.check), WithJsonSchema(dict(JOURNAL_RUN_NUMBER.schema))
]
ScheduleKey: TypeAlias = Annotated[
    str, AfterValidator(SCHEDULE_KEY.check), WithJsonSchema(dict(SCHEDULE_KEY.schema))
]
Batch: TypeAlias = Annotated[str, AfterValidator(BATCH.check), WithJsonSchema(dict(BATCH.schema))]
CycleDay: TypeAlias = Annotated[str, AfterValidator(CYCLE_DAY.check), WithJsonSchema(dict(CYCLE_DAY.schema))]
Key: TypeAlias = Annotated[str, AfterValidator(KEY.check), WithJsonSchema(dict(KEY.schema))]
Name: TypeAlias = Annotated[str, AfterValidator(NAME.check), WithJsonSchema(dict(NAME.schema))]
Operand: TypeAlias = Annotated[str, AfterValidator(OPERAND.check), WithJsonSchema(dict(OPERAND.schema))]

# ruff: noqa: E501 - a message stands on one line, as its reader sees it
from decimal import Decimal

import pytest

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json
from runner.core.rowkeys import RowKeys, row_keys

NAMES = ("create_bill_run", "cancel_bill_run")
EXPECTED = "expected 1 to 255 printable characters"


@pytest.mark.parametrize(
    ("cells", "default", "expected"),
    [
        ({"operation": "create_bill_run"}, None, RowKeys("create_bill_run", None)),
        ({}, "cancel_bill_run", RowKeys("cancel_bill_run", None)),
        ({"operation": "create_bill_run"}, "cancel_bill_run", RowKeys("create_bill_run", None)),
        (
            {"operation": "create_bill_run", "custom_id": "caf\u00e9 7"},
            None,
            RowKeys("create_bill_run", "caf\u00e9 7"),
        ),
        ({"operation": "create_bill_run", "custom_id": 7}, None, RowKeys("create_bill_run", "7")),
        (
            {"operation": "create_bill_run", "custom_id": "x" * 255},
            None,
            RowKeys("create_bill_run", "x" * 255),
        ),
    ],
)
def test_operation_and_custom_id_are_read(cells: dict[str, Json], default: str | None, expected: RowKeys):
    """A row's own operation wins over --operation; a whole number is taken as a custom id."""
    assert row_keys(cells, default, NAMES) == expected


@pytest.mark.parametrize(
    ("cell", "default", "message"),
    [
        (
            None,
            None,
            "no operation: write one of create_bill_run, cancel_bill_run in this column, or give --operation NAME",
        ),
        (
            "Create_Bill_Run",
            None,
            '"Create_Bill_Run" is no operation; expected one of create_bill_run, cancel_bill_run; did you mean "create_bill_run"?',
        ),
        ("x\x1b", None, '"x\\x1b" is no operation; expected one of create_bill_run, cancel_bill_run'),
        (None, "zzz", '--operation "zzz" is no operation; expected one of create_bill_run, cancel_bill_run'),
        ("", "create_bill_run", '"" is no operation; expected one of create_bill_run, cancel_bill_run'),
        (
            ["create_bill_run"],
            None,
            "expected a string, one of create_bill_run, cancel_bill_run; found a list",
        ),
    ],
)
def test_unknown_operation_is_refused(cell: Json, default: str | None, message: str):
    """A missing, misspelled or misplaced operation is refused with the names that there are."""
    assert row_keys({"operation": cell}, default, NAMES) == [FieldProblem("operation", message)]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", f"found 0 characters, {EXPECTED}; shorten it, or leave it out"),
        ("x" * 256, f"found 256 characters, {EXPECTED}; shorten it, or leave it out"),
        ("a\nb", f'"a\\x0ab" holds \\x0a, {EXPECTED}; delete that character'),
        ("a\u202eb", f'"a\\u202eb" holds \\u202e, {EXPECTED}; delete that character'),
        (True, "expected a string (or a whole number), found a boolean"),
        (Decimal("7.0"), "expected a string (or a whole number), found a number"),
        ({}, "expected a string (or a whole number), found an object"),
    ],
)
def test_bad_custom_id_is_refused(cell: Json, message: str):
    """A custom id that is empty, too long, not printable or no text is refused."""
    assert row_keys({"custom_id": cell}, "create_bill_run", NAMES) == [FieldProblem("custom_id", message)]


def test_both_problems_are_reported_at_once():
    """A row with a bad operation and a bad custom id has two problems."""
    found = row_keys({"operation": 1, "custom_id": []}, None, NAMES)
    assert isinstance(found, list)
    assert [problem.column for problem in found] == ["operation", "custom_id"]

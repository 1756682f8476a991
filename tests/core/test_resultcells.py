from decimal import Decimal

import pytest

from runner.core.job import FieldProblem
from runner.core.jsonvalue import Json
from runner.core.outcome import Status
from runner.core.resultcells import Parent, doubt_of, is_run_id, parent_of


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, None),
        ({"#task": "x", "#status": "what"}, None),
        ({"#run": "2024-01.a_b"}, Parent("2024-01.a_b", None, None)),
        ({"#run": "r", "#task": "12", "#status": "failed"}, Parent("r", 12, Status.FAILED)),
        ({"#run": "r", "#task": 12, "#status": "rejected"}, Parent("r", 12, Status.REJECTED)),
    ],
)
def test_parent_is_read(cells: dict[str, Json], expected: Parent | None):
    """A row names its parent by `#run`, and its place there by `#task`; without `#run` nothing is read."""
    assert parent_of(cells) == expected


@pytest.mark.parametrize(
    ("cells", "column", "beginning"),
    [
        ({"#run": ".hidden"}, "#run", '".hidden" is no run id (letters, digits, '),
        ({"#run": "a/b"}, "#run", '"a/b" is no run id'),
        ({"#run": "x" * 65}, "#run", f'"{"x" * 59}\u2026" (65 characters) is no run id'),
        ({"#run": "r\n"}, "#run", '"r\\x0a" is no run id'),
        ({"#run": 7}, "#run", "7 is no run id"),
        ({"#run": "r", "#task": "0"}, "#task", '"0" is no task number (1, 2, 3, ...)'),
        ({"#run": "r", "#task": "-1"}, "#task", '"-1" is no task number'),
        ({"#run": "r", "#task": "1.0"}, "#task", '"1.0" is no task number'),
        ({"#run": "r", "#task": "\u0661"}, "#task", '"\u0661" is no task number'),
        ({"#run": "r", "#task": Decimal("1.0")}, "#task", "a number is no task number"),
        ({"#run": "r", "#task": True}, "#task", "a boolean is no task number"),
        ({"#run": "r", "#task": "9" * 19}, "#task", '"9999999999999999999" is no task number'),
        ({"#run": "r", "#status": "Failed"}, "#status", '"Failed" is no status; expected one of succeeded, '),
        ({"#run": "r", "#status": "succeeded, unchanged"}, "#status", '"succeeded, unchanged" is no status'),
    ],
)
def test_malformed_cells_are_refused(cells: dict[str, Json], column: str, beginning: str):
    """A cell that our own result files would not hold is refused, and may be deleted."""
    found = parent_of(cells)
    assert isinstance(found, FieldProblem)
    assert found.column == column
    assert found.message.startswith(beginning)
    assert found.message.endswith("delete the column")


@pytest.mark.parametrize("status", ["unknown", "accepted", "Unknown", " accepted "])
def test_row_in_doubt_is_to_be_settled_first(status: str):
    """A row that may have taken effect is refused with the command that finds out."""
    found = doubt_of({"#run": "r-1", "#status": status})
    assert found is not None
    assert found.column == "#status"
    assert "type: zuora-batch settle r-1, then" in found.message
    without_run = doubt_of({"#status": status})
    assert without_run is not None
    assert "settle RUN" in without_run.message


@pytest.mark.parametrize("status", [None, "failed", "succeeded", "rejected", "", 7])
def test_row_that_is_decided_may_run(status: Json):
    """Any other status, or none, is no doubt."""
    assert doubt_of({"#run": "r", "#status": status}) is None


def test_run_id_limits_hold_on_both_sides():
    """A run id has 1 to 64 characters."""
    assert is_run_id("x" * 64)
    assert not is_run_id("x" * 65)
    assert not is_run_id("")

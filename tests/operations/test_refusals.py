from pathlib import Path

import pytest

from runner.core.jsonvalue import JsonObject, list_at, object_at, parse_object, text_at
from runner.operations import CATALOG
from tests.operations.talk import problems

REFUSALS = Path(__file__).parent / "refusals"


def _cases() -> list[tuple[str, JsonObject]]:
    return [
        (name, parse_object(line))
        for name in CATALOG
        for line in (REFUSALS / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]


@pytest.mark.parametrize(("operation", "case"), _cases(), ids=[str(case["rule"]) for _, case in _cases()])
def test_a_row_that_breaks_a_rule_gets_exactly_these_messages(operation, case):
    """A row that breaks a rule of the reference pages is refused with exactly the messages beside it."""
    format_ = "csv" if text_at(case, "format") == "csv" else "jsonl"
    found = problems(operation, object_at(case, "cells"), format_)
    assert [[column, message] for column, message in found] == list_at(case, "problems")

"""The short form of the fuzzer: 20,000 job files, read by the runner and by the second parser."""

import pytest

from runner.operations.catalog import CATALOG
from tests.fuzz.names import FIELDS, KNOWN, RESERVED
from tests.fuzz.torture import CHECK_EACH, figures, fuzz

FILES = 20_000
PORTION = 1_000


@pytest.mark.parametrize("first", range(0, FILES, PORTION))
def test_runner_and_second_parser_agree_on_every_file(first: int):
    """On each of 20,000 files the runner neither crashes, nor hangs, nor reads what the second does not."""
    sums, words = fuzz(range(first, first + PORTION), seed=0)
    assert words == []
    assert sums["files"] == PORTION == sums["files accepted"] + sums["files refused"]
    assert sums["files accepted"] > PORTION / 3
    assert sums["files refused"] > PORTION / 4
    assert sums["rows accepted"] > PORTION
    assert sums["checks with exit code 0"] + sums["checks with exit code 2"] == PORTION / CHECK_EACH


def test_figures_are_those_of_all_files():
    """The long form fuzzes every file once, and finds nothing."""
    sums = figures(120, seed=3, processes=1)
    alone, _ = fuzz(range(120), seed=3)
    assert sums["violations"] == 0
    assert {name: sums[name] for name in alone} == dict(alone)


def test_second_parser_knows_the_fields_of_all_operations():
    """The names that the second parser has by itself are those of the catalogue."""
    for name, operation in CATALOG.items():
        assert set(FIELDS[name]) == {doc.name for doc in operation.field_docs}
    assert {name for names in FIELDS.values() for name in names} | set(RESERVED) == KNOWN

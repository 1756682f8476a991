import csv
from pathlib import Path

import pytest

from runner.core.jsonvalue import Json, parse_object
from runner.operations import CATALOG
from tests.operations.talk import ACT, CONTEXT, draft

SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in {".csv", ".jsonl"})


def _rows(path: Path) -> list[dict[str, Json]]:
    if path.suffix == ".jsonl":
        return [parse_object(line) for line in path.read_text("utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: cell for name, cell in cells.items() if cell} for cells in csv.DictReader(file)]


def _request(operation: str, cells: dict[str, Json], suffix: str) -> str:
    made = draft(operation, cells, "csv" if suffix == ".csv" else "jsonl")
    if made.fields.number is not None:
        made = CATALOG[operation].with_target(made, "4028818484d7db050184d7e3f1d1" + "0016")
    frozen = CATALOG[operation].freeze(made, ACT, CONTEXT)
    return f"{CATALOG[operation].method} {frozen.path} {frozen.body.decode('utf-8')}"


@pytest.mark.parametrize("name", FILES)
def test_sample_rows_compile_to_the_requests_beside_them(name):
    """Each sample row becomes, to the byte, the request on the same line of the file beside it."""
    path = SAMPLES / name
    made = [_request(path.stem, cells, path.suffix) for cells in _rows(path)]
    assert made == (SAMPLES / f"{name}.requests").read_text("utf-8").splitlines()


def test_every_operation_has_samples_in_both_formats():
    """No operation is without a CSV and a JSONL sample."""
    assert sorted(f"{name}.{suffix}" for name in CATALOG for suffix in ("csv", "jsonl")) == FILES

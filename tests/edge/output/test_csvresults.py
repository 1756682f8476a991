from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.job import Row
from runner.core.jsonvalue import Json
from runner.core.options import JobOptions
from runner.core.outcome import Status
from runner.core.scope import Scope
from runner.edge.jobfile.reader import JobReader
from runner.edge.output.cells import FORMULA_STARTS
from runner.edge.output.derive import write_all
from runner.edge.output.resultrow import RESULT_COLUMNS
from tests.edge.output.making import (
    CELLS,
    HEADER,
    HOSTILE,
    csv_rows,
    entry,
    facts,
    one_line,
    read_csv,
    saw_left,
)

# What a job file may hold in a cell: no NUL, no lone CR, no half characters.
CELL = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=12)
LEFT: list[Json] = [{"orderKey": "O-1", "subscriptionKey": "S-1", "chargeNumbers": ["C-2", "C-3"]}]


def as_job(path: Path, delimiter: Literal[",", ";", "\t"] = ",") -> list[Row]:
    """Read a result file as `run` would."""
    reader = JobReader(JobOptions(str(path), delimiter=delimiter, allow_empty=True), {"billRunId"})
    rows = list(reader.rows())
    assert all(isinstance(row, Row) for row in rows), rows
    return [row for row in rows if isinstance(row, Row)]


@given(cells=st.lists(CELL, min_size=3, max_size=3), delimiter=st.sampled_from([",", ";", "\t"]))
def test_arbitrary_cells_read_back_equal(cells: list[str], delimiter: Literal[",", ";", "\t"]):
    """Whatever the input's cells hold, a result file gives them back byte for byte, to our own reader too."""
    header = ("billRunId", "#mine", "custom_id")
    with TemporaryDirectory() as folder:
        directory = Path(folder)
        write_all(directory, facts(1, header, delimiter=delimiter), [entry(1, Status.FAILED, cells)])
        (_, row) = csv_rows(directory / "failed.csv", delimiter)
        assert row[:3] == cells
        (found,) = as_job(directory / "failed.csv", delimiter)
        assert [found.cells.get(name, "") for name in header] == cells


def test_the_columns_stand_as_the_contract_says(tmp_path: Path):
    """Own columns first, then those added, then ours; input columns of our names give way to them."""
    header = ("#task", "entity", "x", "#note", "#mine", "billRunId")
    source = ["77", "us|emea", "X", "old note", "M", "id"]
    made = entry(1, Status.FAILED, source, scope=Scope("2c92-us", ("8a90-south", "8a91")))
    row = one_line(tmp_path, made, facts(1, header))
    assert list(row) == ["entity", "x", "#mine", "billRunId", "operation", "org", *RESULT_COLUMNS]
    assert list(row.values())[:6] == ["us", "X", "M", "id", "cancel_bill_run", "south,8a91"]
    assert (row["#run"], row["#task"], row["#status"], row["#note"]) == ("r-1", "1", "failed", "")


def test_all_six_files_are_always_there(tmp_path: Path):
    """Every result file exists with its header, empty or not, and each status stands in its own."""
    made = [entry(number, status) for number, status in enumerate(Status, 1)]
    write_all(tmp_path, facts(8), made)
    found = {path.stem: [row[5] for row in csv_rows(path)[1:]] for path in tmp_path.glob("*.csv")}
    del found["ledger"]
    assert {stem: len(rows) for stem, rows in found.items()} == {
        "succeeded": 2, "failed": 1, "partial": 1, "unknown": 2, "not_attempted": 1, "rejected": 1
    }  # fmt: skip
    write_all(tmp_path, facts(0), [])
    assert all(len(csv_rows(tmp_path / f"{stem}.csv")) == 1 for stem in found)


@pytest.mark.parametrize("text", HOSTILE)
def test_server_texts_are_defused_and_keep_the_file_valid(tmp_path: Path, text: str):
    """Whatever the server says, none of its cells is a formula and `run` can read the file."""
    write_all(tmp_path, facts(1), [entry(1, Status.FAILED, CELLS, text=text)])
    _, row = read_csv(tmp_path / "failed.csv")
    assert not [cell for name, cell in row.items() if name in RESULT_COLUMNS and cell[:1] in FORMULA_STARTS]
    assert as_job(tmp_path / "failed.csv")[0].cells["billRunId"] == CELLS[2]


@pytest.mark.parametrize("cell", ["=1+1", "-5", "@x"])
def test_the_inputs_cells_are_not_defused(tmp_path: Path, cell: str):
    """A cell of the input that looks like a formula stands as it was."""
    row = one_line(tmp_path, entry(1, Status.FAILED, ["cancel_bill_run", cell, "id"]), facts(1))
    assert row["custom_id"] == cell


def test_a_long_message_is_cut(tmp_path: Path):
    """A server's text of a megabyte does not make the line too long for a job file."""
    row = one_line(tmp_path, entry(1, Status.FAILED, text="x" * 1_000_000), facts(1))
    assert len(row["#reason_message"]) == 4_000


def test_a_rejected_row_stands_as_it_stood(tmp_path: Path):
    """A rejected row keeps its own operation, entity and org, and is told why."""
    header = ("operation", "entity", "org", "x")
    made = entry(1, Status.REJECTED, ["no_such", "us|zz", "*", "X"], scope=Scope("2c92-us", ("8a90-north",)))
    row = one_line(tmp_path, made, facts(1, header))
    assert list(row.values())[:4] == ["no_such", "us|zz", "*", "X"]
    assert (row["#reason_code"], row["#reason_message"]) == ("invalid_row", "no such operation")


def test_a_rejected_row_learns_the_operation_it_was_run_with(tmp_path: Path):
    """Where `--operation` spoke for a rejected row, its result line names that operation."""
    row = one_line(tmp_path, entry(1, Status.REJECTED, ["", "C-1", "id"]), facts(1))
    assert row["operation"] == "cancel_bill_run"


@pytest.mark.parametrize("source", [["cancel_bill_run"], [*CELLS, "one", "two"]])
def test_a_ragged_row_stays_ragged(tmp_path: Path, source: list[str]):
    """A rejected row with too few or too many cells keeps them all, and is no well-formed row afterwards."""
    write_all(tmp_path, facts(1), [entry(1, Status.REJECTED, source)])
    head, row = csv_rows(tmp_path / "rejected.csv")
    assert len(row) != len(head)
    assert set(source) <= set(row)
    assert row[head.index("#task")] == "1"


@pytest.mark.parametrize(
    ("header", "source", "expected"),
    [
        (
            ("scheduleKey", "orderKey", "subscriptionKey", "chargeNumbers"),
            ["IS-1", "O-1", "S-1", "C-1;C-2;C-3"],
            ["IS-1", "O-1", "S-1", "C-2;C-3"],
        ),
        (
            ("scheduleKey", "orderKey", "subscriptionKey", "chargeNumbers"),
            ["IS-1", "O-1", "S-1", ""],
            ["IS-1", "O-1", "S-1", "C-2;C-3"],
        ),
        (
            ("scheduleKey", "specificSubscriptions", "chargeNumbers"),
            ["IS-1", "[{}]", ""],
            ["IS-1", '[{"orderKey":"O-1","subscriptionKey":"S-1","chargeNumbers":["C-2","C-3"]}]', ""],
        ),
    ],
)
def test_a_partial_detach_names_what_is_left(
    tmp_path: Path, header: tuple[str, ...], source: list[str], expected: list[str]
):
    """A partial detach names only the charges still attached, in the columns that the row used."""
    row = one_line(tmp_path, saw_left(entry(1, Status.PARTIAL, source), LEFT), facts(1, header))
    assert [row[name] for name in header] == expected


def test_partial_csv_gains_the_column_that_it_needs(tmp_path: Path):
    """A row that named a whole subscription gets a column for the charges that are left of it."""
    header = ("scheduleKey", "orderKey", "subscriptionKey")
    made = saw_left(entry(1, Status.PARTIAL, ["IS-1", "O-1", "S-1"]), LEFT)
    row = one_line(tmp_path, made, facts(1, header))
    assert row["chargeNumbers"] == "C-2;C-3"
    assert "chargeNumbers" not in csv_rows(tmp_path / "failed.csv")[0]


@pytest.mark.parametrize("left", [[], [{"orderKey": "O-1", "subscriptionKey": "S-1"}]])
def test_charges_are_never_emptied(tmp_path: Path, left: list[Json]):
    """Where it is not known which charges are left, the row keeps its own: none would mean all."""
    header = ("scheduleKey", "orderKey", "subscriptionKey", "chargeNumbers")
    made = saw_left(entry(1, Status.PARTIAL, ["IS-1", "O-1", "S-1", "C-1"]), left)
    assert one_line(tmp_path, made, facts(1, header))["chargeNumbers"] == "C-1"


def test_the_header_of_a_plain_job_reads_as_one(tmp_path: Path):
    """All six files of a run are job files to our own reader."""
    write_all(tmp_path, facts(8, HEADER), [entry(n, status) for n, status in enumerate(Status, 1)])
    names = ("succeeded", "failed", "partial", "unknown", "not_attempted", "rejected")
    assert sum(len(as_job(tmp_path / f"{name}.csv")) for name in names) == 8

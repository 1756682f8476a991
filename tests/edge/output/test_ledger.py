import re
from pathlib import Path

import pytest

from runner.core.ledgerline import LEDGER_FIELDS, ledger_line
from runner.core.outcome import Status
from runner.core.scope import Scope
from runner.edge.output.cells import FORMULA_STARTS
from runner.edge.output.derive import write_all
from tests.edge.output.making import HOSTILE, csv_rows, entry, facts, json_rows, read_csv


def test_the_ledger_has_the_fields_of_the_contract(tmp_path: Path):
    """Each line of the ledger has the contract's fields in their order, as the ledger line spells them."""
    made = entry(scope=Scope("2c92-us", ("8a90-north", "8a90-south")))
    write_all(tmp_path, facts(1), [made])
    (line,) = json_rows(tmp_path / "ledger.jsonl")
    assert tuple(line) == LEDGER_FIELDS
    assert line == ledger_line(made[0], made[1], "acme").to_json()


def test_the_csv_ledger_says_the_same(tmp_path: Path):
    """The CSV ledger joins orgs by a comma, writes true and false, and leaves what is null empty."""
    write_all(tmp_path, facts(1), [entry(scope=Scope("2c92-us", ("8a90-north", "8a90-south")))])
    head, row = read_csv(tmp_path / "ledger.csv")
    assert tuple(head) == LEDGER_FIELDS
    assert (row["org"], row["retryable"], row["reason_code"]) == ("8a90-north,8a90-south", "false", "")
    assert (row["attempts"], row["elapsed_ms"]) == ("1", "1500")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_the_csv_ledger_is_a_formula(tmp_path: Path, text: str):
    """No cell of ledger.csv begins as a formula does, and each line still is one record."""
    write_all(tmp_path, facts(1), [entry(status=Status.FAILED, text=text)])
    (_, *rows) = csv_rows(tmp_path / "ledger.csv")
    assert [len(row) for row in rows] == [len(LEDGER_FIELDS)]
    assert not [cell for cell in rows[0] if cell[:1] in FORMULA_STARTS]
    message = rows[0][LEDGER_FIELDS.index("reason_message")]
    marks = re.compile(f"""(^|[,;\\t\\r\\n"])'(?=[{re.escape("".join(FORMULA_STARTS))}])""")
    assert marks.sub(r"\1", message) == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_the_json_ledger_keeps_the_text_on_one_line(tmp_path: Path, text: str):
    """ledger.jsonl keeps a server's text as it is, on one line by every notion of a line."""
    write_all(tmp_path, facts(1), [entry(status=Status.FAILED, text=text)])
    (line,) = json_rows(tmp_path / "ledger.jsonl")
    assert line["reason_message"] == text.encode("utf-8", "replace").decode()

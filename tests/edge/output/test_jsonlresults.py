from pathlib import Path

import pytest

from runner.core.jsonvalue import Json, dumps
from runner.core.outcome import Status
from runner.core.scope import Scope
from runner.edge.output.derive import write_all
from runner.edge.output.resultrow import RESULT_COLUMNS
from tests.edge.output.making import HOSTILE, entry, facts, json_rows, saw_left

LEFT: list[Json] = [{"orderKey": "O-1", "subscriptionKey": "S-1", "chargeNumbers": ["C-2"]}]


def first_line(directory: Path, status: Status, source: str, left: list[Json] | None = None) -> str:
    """The result line of a task with this row."""
    made = entry(1, status, source, scope=Scope("2c92-us"))
    made = made if left is None else saw_left(made, left)
    write_all(directory, facts(1, (), format="jsonl"), [made])
    return (directory / f"{status}.jsonl").read_text(encoding="utf-8").splitlines()[0]


def test_members_stand_in_their_order_with_exact_numbers(tmp_path: Path):
    """A JSONL result line keeps the members' order and every digit, and gives way where the contract says."""
    source = '{"#note":"old","amount":1.10,"operation":"x","big":12345678901234567890,"#mine":[1]}'
    line = first_line(tmp_path, Status.FAILED, source)
    assert line.startswith(
        '{"amount":1.10,"operation":"cancel_bill_run","big":12345678901234567890,"#mine":[1],'
    )
    assert line.endswith('"entity":"us","org":null,' + line[line.index('"#run"') :])
    assert line.endswith('"#attempts":1,"#note":null}')


@pytest.mark.parametrize("text", HOSTILE)
def test_server_texts_stand_as_they_are(tmp_path: Path, text: str):
    """In JSONL a server's text is not changed, and each task is one line."""
    source = '{"billRunId":"x"}'
    write_all(tmp_path, facts(1, (), format="jsonl"), [entry(1, Status.FAILED, source, text=text)])
    (row,) = json_rows(tmp_path / "failed.jsonl")
    assert row["#reason_message"] == text.encode("utf-8", "replace").decode()
    assert set(RESULT_COLUMNS) <= set(row)


def test_a_rejected_object_stands_as_it_stood(tmp_path: Path):
    """A rejected object keeps its own operation, entity and org."""
    line = first_line(tmp_path, Status.REJECTED, '{"operation":"nope","entity":"a|b","org":5}')
    assert line.startswith('{"operation":"nope","entity":"a|b","org":5,"#run":"r-1"')


def test_a_rejected_line_that_is_no_object_is_kept_as_text(tmp_path: Path):
    """A rejected line that is no JSON object stands as text under #raw, without an operation."""
    write_all(tmp_path, facts(1, (), format="jsonl"), [entry(1, Status.REJECTED, '{"a":1,"a":2}')])
    (row,) = json_rows(tmp_path / "rejected.jsonl")
    assert row["#raw"] == '{"a":1,"a":2}'
    assert "operation" not in row


@pytest.mark.parametrize(
    ("source", "column", "expected"),
    [
        ('{"specificSubscriptions":[{}]}', "specificSubscriptions", LEFT),
        ('{"subscriptionKey":"S-1","chargeNumbers":"C-1;C-2"}', "chargeNumbers", "C-2"),
        ('{"subscriptionKey":"S-1","chargeNumbers":["C-1","C-2"]}', "chargeNumbers", ["C-2"]),
        ('{"subscriptionKey":"S-1"}', "chargeNumbers", ["C-2"]),
    ],
)
def test_a_partial_detach_names_what_is_left(tmp_path: Path, source: str, column: str, expected: Json):
    """A partial detach names only the charges still attached, spelled as the row spelled them."""
    line = first_line(tmp_path, Status.PARTIAL, source, LEFT)
    assert f'"{column}":{dumps(expected)}' in line

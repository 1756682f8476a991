import csv
import io
import json

import pytest

from runner.operations.catalog import CATALOG


def test_operations_are_listed(call):
    """Each operation stands on one line."""
    said = call("operations")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(CATALOG)


@pytest.mark.parametrize("name", CATALOG)
def test_one_operation_is_explained(call, name):
    """A page has all fields, the scope rules, and how the operation is retried."""
    said = call("operations", name)
    for doc in CATALOG[name].field_docs:
        assert f"  {doc.name}" in said.out
    assert "Scope:" in said.out
    assert "Retried and settled:" in said.out


def test_operations_for_programs(call):
    """With --json one operation has its fields and its schema."""
    document = json.loads(call("operations", "detach_charges", "--json").out)
    assert document["schema"]["type"] == "object"
    assert {"name": "scheduleKey", "required": True}.items() <= document["fields"][0].items()


def test_unknown_operation_is_refused(call):
    """A mistyped operation is refused with the one that was probably meant."""
    said = call("operations", "cancel_bilrun")
    assert said.code == 2
    assert 'did you mean "cancel_bill_run"?' in said.err


@pytest.mark.parametrize("name", CATALOG)
def test_csv_template_is_a_header_that_is_accepted(call, tmp_path, name):
    """A template is one header row, the reserved names first, which a job may have as it stands."""
    said = call("template", name)
    (header,) = csv.reader(io.StringIO(said.out))
    assert header[:4] == ["operation", "custom_id", "entity", "org"]
    (tmp_path / "job.csv").write_text(said.out)
    assert call("check", "job.csv", "--allow-empty").code == 0


def test_filled_in_templates_are_valid(call, tmp_path):
    """A template with one row filled in can be run, as CSV and as JSONL."""
    run_id = "0" * 32
    header = call("template", "cancel_bill_run").out
    (tmp_path / "job.csv").write_text(f"{header}cancel_bill_run,,,,{run_id},,\n")
    assert call("check", "job.csv").code == 0
    line = json.loads(call("template", "cancel_bill_run", "--jsonl").out)
    (tmp_path / "job.jsonl").write_text(json.dumps({**line, "billRunId": run_id}))
    assert call("check", "job.jsonl").code == 0


@pytest.mark.parametrize("subject", ["job", "config"])
def test_schemas_are_json(call, subject):
    """Both schemas are JSON Schemas."""
    assert "$schema" in json.loads(call("schema", subject).out)

import gzip
import json

HEAD = "operation,custom_id,billRunId,cancelOnce\n"
RUN_A = "a" * 32
RUN_B = "b" * 32


def write(path, *rows: str, head: str = HEAD) -> None:
    """Write a CSV job."""
    path.write_text(head + "".join(f"{row}\n" for row in rows))


def test_valid_job_is_counted(call, tmp_path):
    """A valid job ends with 0 and a short line of counts."""
    write(tmp_path / "job.csv", f"cancel_bill_run,a,{RUN_A},", f"cancel_bill_run,b,{RUN_B},false")
    said = call("check", "job.csv")
    assert (said.code, said.out) == (0, "job.csv: 2 rows, 2 tasks, valid\n")


def test_every_problem_is_printed_with_its_place(call, tmp_path):
    """Each problem is one line FILE:LINE:COLUMN: message on standard output, in file order; the code is 2."""
    write(
        tmp_path / "job.csv",
        "cancel_bill_run,,BR-1,x",
        f"cancel_bil_run,,{RUN_A},",
        f"cancel_bill_run,,{RUN_A},",
    )
    said = call("check", "job.csv")
    places = [line.split(": ")[0] for line in said.out.splitlines()]
    assert said.code == 2
    assert places == ["job.csv:2:billRunId", "job.csv:2:cancelOnce", "job.csv:3:operation"]
    assert 'did you mean "cancel_bill_run"?' in said.out
    assert said.err == "3 problems in job.csv\n"


def test_json_is_one_document(call, tmp_path):
    """With --json the same stands in one document."""
    write(tmp_path / "job.csv", f"cancel_bill_run,,{RUN_A},maybe")
    said = call("check", "job.csv", "--json")
    document = json.loads(said.out)
    assert said.code == 2
    assert (document["rows"], document["tasks"]) == (1, 0)
    (problem,) = document["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("job.csv", 2, "cancelOnce")
    assert "maybe" in problem["message"]


def test_equal_rows_are_refused_with_both_lines(call, tmp_path):
    """Equal rows are told at the later one, naming the earlier; --allow-duplicates accepts them."""
    write(tmp_path / "job.csv", f"cancel_bill_run,a,{RUN_A},", f"cancel_bill_run,b,{RUN_A},true")
    said = call("check", "job.csv")
    assert said.code == 2
    assert said.out.startswith("job.csv:3: equal to the row on line 2")
    assert call("check", "job.csv", "--allow-duplicates").code == 0


def test_custom_id_is_unique_in_its_scope(call, tmp_path):
    """A custom_id may stand again in another entity, but not in the same one."""
    head = "operation,custom_id,entity,billRunId\n"
    rows = [
        f"cancel_bill_run,a,us,{RUN_A}",
        f"cancel_bill_run,a,emea,{RUN_A}",
        f"cancel_bill_run,a,us,{RUN_B}",
    ]
    write(tmp_path / "job.csv", *rows, head=head)
    said = call("check", "job.csv")
    assert said.out.splitlines()[0].startswith('job.csv:4:custom_id: "a" stands on line 2 already')
    assert len(said.out.splitlines()) == 1


def test_fanned_out_row_repeats_nothing(call, tmp_path):
    """One row in two entities is two tasks with one custom_id, and no repetition."""
    write(
        tmp_path / "job.csv",
        f"cancel_bill_run,a,us|emea,{RUN_A}",
        head="operation,custom_id,entity,billRunId\n",
    )
    assert call("check", "job.csv").out == "job.csv: 1 row, 2 tasks, valid\n"


def test_contradiction_is_refused_always(call, tmp_path):
    """One bill run cancelled with both values is refused, --allow-duplicates or not."""
    write(tmp_path / "job.csv", f"cancel_bill_run,a,{RUN_A},true", f"cancel_bill_run,b,{RUN_A},false")
    said = call("check", "job.csv", "--allow-duplicates")
    assert said.code == 2
    assert said.out.startswith("job.csv:3: contradicts the row on line 2")


def test_skip_invalid_leaves_rows_out(call, tmp_path):
    """With --skip-invalid a bad row, the later of two equal ones and both of a contradiction are left out."""
    rows = [
        f"cancel_bill_run,a,{RUN_A},true",
        f"cancel_bill_run,b,{RUN_A},false",
        f"cancel_bill_run,c,{RUN_B},",
        f"cancel_bill_run,d,{RUN_B},",
        "cancel_bill_run,e,BR-1,",
    ]
    write(tmp_path / "job.csv", *rows)
    said = call("check", "job.csv", "--skip-invalid")
    assert (said.code, said.out) == (0, "job.csv: 5 rows, 5 tasks, of which 4 rejected, valid\n")
    assert [line.split(": left out: ")[0] for line in said.err.splitlines()] == [
        "job.csv:2", "job.csv:3", "job.csv:5", "job.csv:6",
    ]  # fmt: skip


def test_file_that_is_not_what_it_seems_is_refused_all_the_same(call, tmp_path):
    """A quote that is not closed refuses the whole job, with --skip-invalid too."""
    write(tmp_path / "job.csv", f'cancel_bill_run,a,"{RUN_A},')
    assert call("check", "job.csv", "--skip-invalid").code == 2


def test_skip_invalid_leaves_out_rows_that_have_not_the_shape_of_one(call, tmp_path):
    """With --skip-invalid a row with too many cells is left out alone, and so is a line that is no JSON."""
    write(tmp_path / "job.csv", f"cancel_bill_run,a,{RUN_A},,,,", f"cancel_bill_run,b,{RUN_B},")
    said = call("check", "job.csv", "--skip-invalid")
    assert (said.code, said.out) == (0, "job.csv: 2 rows, 2 tasks, of which 1 rejected, valid\n")
    assert said.err.startswith("job.csv:2: left out: 7 cells, expected 4")
    row = json.dumps({"operation": "cancel_bill_run", "billRunId": RUN_A})
    (tmp_path / "job.jsonl").write_text(f'{{"operation":\n[]\n{row}\n')
    said = call("check", "job.jsonl", "--skip-invalid")
    assert (said.code, said.out) == (0, "job.jsonl: 3 rows, 3 tasks, of which 2 rejected, valid\n")


def test_empty_job(call, tmp_path):
    """A job without rows is refused as a whole, unless --allow-empty is given."""
    write(tmp_path / "job.csv")
    said = call("check", "job.csv")
    assert said.code == 2
    assert said.out.startswith("job.csv:0: 0 rows")
    assert call("check", "job.csv", "--allow-empty").out == "job.csv: 0 rows, 0 tasks, valid\n"


def test_jsonl_and_gzip(call, tmp_path):
    """JSONL is read by its name, and .gz is decompressed."""
    line = json.dumps({"operation": "cancel_bill_run", "billRunId": RUN_A, "cancelOnce": False}) + "\n"
    (tmp_path / "job.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    assert call("check", "job.jsonl.gz").out == "job.jsonl.gz: 1 row, 1 task, valid\n"


def test_operation_of_the_whole_file(call, tmp_path):
    """--operation is for rows that name none; a wrong one is refused once, not for each row."""
    write(tmp_path / "job.csv", RUN_A, RUN_B, head="billRunId\n")
    assert call("check", "job.csv", "--operation", "cancel_bill_run").code == 0
    said = call("check", "job.csv", "--operation", "cancel_bilrun")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("cancel_bilrun") == 1
    assert "error: --operation: " in said.err


def test_wrong_entity_option_is_refused_once(call, tmp_path):
    """A malformed --entity is an error of the command line, not of every row."""
    write(tmp_path / "job.csv", f"cancel_bill_run,,{RUN_A},")
    said = call("check", "job.csv", "--entity", "u s")
    assert (said.code, said.out) == (2, "")
    assert "error: --entity: " in said.err


def test_run_column_is_read(call, tmp_path):
    """A malformed #run is a problem of its row."""
    write(
        tmp_path / "job.csv",
        f"cancel_bill_run,,{RUN_A},,no/run",
        head="operation,custom_id,billRunId,cancelOnce,#run\n",
    )
    assert call("check", "job.csv").out.startswith("job.csv:2:#run: ")


def test_scope_is_required_where_the_tenant_has_entities(call, tmp_path):
    """A row without an entity on a tenant with entities is refused, with what to type."""
    (tmp_path / "config.toml").write_text('[tenants.t]\nenvironment = "sandbox"\nentities = { us = "e1" }\n')
    write(tmp_path / "job.csv", f"cancel_bill_run,,{RUN_A},")
    said = call("check", "job.csv")
    assert said.out.startswith("job.csv:2:entity: no entity")
    assert "--entity us" in said.out
    assert call("check", "job.csv", "--entity", "*").code == 0


def test_many_problems_are_all_printed(call, tmp_path):
    """However many problems there are, each is printed."""
    write(tmp_path / "job.csv", *(f"cancel_bill_run,,BR-{number}," for number in range(1500)))
    assert len(call("check", "job.csv").out.splitlines()) == 1500


def test_missing_file(call):
    """A job that is not there is a problem of the file."""
    said = call("check", "none.csv")
    assert said.code == 2
    assert said.out.startswith("none.csv:0: ")


def test_names_cannot_forge_lines(call, tmp_path):
    """A JSONL member with a line feed in its name stays on the line of its problem."""
    line = json.dumps({"operation": "cancel_bill_run", "billRunId": RUN_A, "x\njob.jsonl:9:fine": 1})
    (tmp_path / "job.jsonl").write_text(line + "\n")
    said = call("check", "job.jsonl")
    assert (said.code, len(said.out.splitlines())) == (2, 1)
    assert said.out.startswith("job.jsonl:1:x\\x0ajob.jsonl:9:fine: ")


def test_verbose_says_whose_config_it_is(call, tmp_path):
    """With -v it is noted which config and which tenant were taken."""
    write(tmp_path / "job.csv", f"cancel_bill_run,,{RUN_A},")
    said = call("check", "job.csv", "-v")
    assert "config    none, the built-in tenant alone" in said.err
    assert "tenant    sandbox (built_in, timezone UTC)" in said.err

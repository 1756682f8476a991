"""Result files of a JSONL job: the input's members as they stood, then what became of the row."""

from typing import Final

from runner.core.jsonvalue import JsonFault, JsonObject, dumps, parse_object
from runner.edge.output.cells import json_line, one_line
from runner.edge.output.remainder import Remains, as_member, chosen
from runner.edge.output.resultrow import MEANING_COLUMNS, RESULT_COLUMNS, ResultRow

RAW_MEMBER: Final = "#raw"
"""The text of a rejected line that is no JSON object. Such a line has no other member of the input and no
`operation`, so it is refused again until somebody has corrected it."""


class JsonlResults:
    """Spells the lines of one job's result files. Absent values of ours are null; numbers keep every digit.

    Texts of the server stand as they are: no spreadsheet opens JSONL.
    """

    def head(self, *, remainder: bool) -> str:  # noqa: ARG002 - JSONL needs no header
        """Nothing stands before the first line."""
        return ""

    def line(self, row: ResultRow, *, remainder: bool) -> str:
        """The row with its result."""
        try:
            source = parse_object(row.source)
        except JsonFault:
            members: JsonObject = {RAW_MEMBER: row.source}
        else:
            members = {name: value for name, value in source.items() if name not in RESULT_COLUMNS}
            _put_meaning(members, row)
        if row.remains and remainder:
            _put_remains(members, row.remains)
        members.update(_result_members(row))
        return _text(members)


def _text(members: JsonObject) -> str:
    try:
        return json_line(members)
    except TypeError:
        # A `Decimal`: the encoder that knows it writes the same, and takes five times as long.
        return one_line(dumps(members))


def _put_meaning(members: JsonObject, row: ResultRow) -> None:
    for name, meant in zip(MEANING_COLUMNS, (row.line.operation, row.entity, row.org), strict=True):
        # A rejected row keeps its own members; `--operation` is told where it names no operation itself.
        stands = row.as_it_stood and name in members
        if not stands or (name == "operation" and members[name] is None):
            members[name] = meant or None


def _put_remains(members: JsonObject, remains: Remains) -> None:
    used = {name for name, value in members.items() if value is not None}
    column = chosen(remains, used)
    if column is not None:
        members[column] = as_member(remains[column], members.get(column))


def _result_members(row: ResultRow) -> JsonObject:
    line = row.line
    return {
        "#run": row.run_id,
        "#task": line.task,
        "#status": line.status.value,
        "#http_status": line.http_status,
        "#reason_code": line.reason_code,
        "#reason_message": line.reason_message,
        "#result_id": line.result_id,
        "#request_id": line.request_id,
        "#attempts": line.attempts,
        "#note": line.note or None,
    }

"""The JSON Schema of one JSONL row, made from the same models that judge the rows."""

from collections.abc import Mapping
from typing import Final, cast

from runner.core.jsonvalue import Json, JsonObject
from runner.operations.reading.columns import Column, Folding, Kind
from runner.operations.reading.row_reader import RowReader

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_RESERVED: Final[Mapping[str, str]] = {
    "custom_id": "Your own id of the row; unique in the file for one scope.",
    "entity": "Entity id or configured name; `us|emea` fans out, `*` is every configured one.",
    "org": "Org id or configured name; `,` joins orgs into one call, `|` fans out, `*` is all of them, each.",
}


def row_schema(operation: str, reader: RowReader) -> JsonObject:
    """The schema of a row; its `$id` lets it stand inside another schema with its `$defs` in it."""
    columns = reader.columns
    made = cast("JsonObject", reader.model.model_json_schema())
    fields = cast("JsonObject", _plain(made.get("properties", {})))
    properties: JsonObject = {"operation": {"const": operation}}
    properties.update({name: {"type": "string", "description": text} for name, text in _RESERVED.items()})
    for column in columns:
        if not column.csv_only:
            properties[column.name] = _described(fields.get(column.path or column.name), column)
    schema: JsonObject = {
        "$schema": _DRAFT,
        "$id": f"urn:zuora-batch:{operation}",
        "title": operation,
        "type": "object",
        "properties": properties,
        "patternProperties": {"^#": {}},
        "additionalProperties": False,
        "required": _required(columns, reader.folding),
    }
    parts = cast("JsonObject", made.get("$defs", {}))
    if parts:
        schema["$defs"] = {name: _plain(part) for name, part in parts.items()}
    return schema


def _described(schema: Json, column: Column) -> JsonObject:
    if isinstance(schema, dict):
        return {**schema, "description": column.text}
    if column.kind is Kind.TEXTS:
        return {"type": "array", "items": {"type": "string"}, "description": column.text}
    return {"type": "string", "description": column.text}


def _required(columns: tuple[Column, ...], folding: Folding | None) -> list[Json]:
    """Fields without which no row is valid; not those that an alias or convenience columns may stand for."""
    replaceable = {column.path for column in columns if column.path}
    if folding is not None:
        replaceable |= {folding.target, *folding.columns}
    names = [c.name for c in columns if c.required and not c.path and c.name not in replaceable]
    return [*names]


def _plain(schema: Json) -> Json:
    """Without what says nothing to an editor: generated titles, null defaults, the null alternative."""
    match schema:
        case list():
            return [_plain(item) for item in schema]
        case dict():
            kept = {k: _plain(v) for k, v in schema.items() if not _noise(k, v)}
            return _single(kept)
        case _:
            return schema


def _single(schema: JsonObject) -> JsonObject:
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return schema
    useful = [option for option in options if option != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(useful) == 1 and isinstance(useful[0], dict):
        return {**useful[0], **rest}
    return {**rest, "anyOf": useful}


def _noise(key: str, value: Json) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)

"""`schema`: JSON Schemas, so that editors complete and check what people write."""

import json
from typing import Final

from runner.compose.console import Console
from runner.core.jsonvalue import Json, JsonObject
from runner.edge.config import config_schema
from runner.operations.catalog import CATALOG

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def show_job_schema(console: Console) -> int:
    """Print the JSON Schema of one JSONL row of any operation; always 0."""
    rows: list[Json] = [operation.schema for operation in CATALOG.values()]
    document: JsonObject = {
        "$schema": _DIALECT,
        "title": "One row of a zuora-batch job (JSONL)",
        "oneOf": rows,
    }
    return _print(document, console)


def show_config_schema(console: Console) -> int:
    """Print the JSON Schema of `config.toml`; always 0."""
    return _print(config_schema(), console)


def _print(schema: JsonObject, console: Console) -> int:
    console.out(json.dumps(schema, indent=2, ensure_ascii=False))
    console.json(schema)
    return 0

"""`operations` and `template`: what a job may hold, in words and as a file to fill in."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from runner.compose.console import Console
from runner.core.fault import UserFault
from runner.core.job import RESERVED_NAMES
from runner.core.jsonvalue import Json, JsonObject, dumps, object_at
from runner.core.nearest import did_you_mean
from runner.core.operation import FieldDoc, Operation
from runner.core.plaintext import quoted
from runner.operations.catalog import CATALOG

_WIDE: Final = 96
_INDENT: Final = "  "
_RESERVED_DOCS: Final = (
    FieldDoc(
        "operation",
        "text",
        "The operation's name; may be left out where --operation names it for the whole file.",
    ),
    FieldDoc("custom_id", "text", "Your own id for the row, at most 255 characters, once in each scope."),
    FieldDoc(
        "entity",
        "text",
        "Where it acts: an entity's name or id; a|b is two tasks, * one for each configured.",
    ),
    FieldDoc("org", "text", "Likewise; a,b joins two orgs in one call."),
)
_SCOPE_TEXT: Final = (
    "A row acts in the entity and the orgs that it names, else in those of --entity and --org, else in "
    "the tenant's defaults. Where the tenant has entities (orgs) configured and none applies, the row is "
    "refused: without them Zuora would act in all that the user can reach. One row in one entity and one set "
    "of orgs is one task."
)


def operation_named(name: str) -> Operation:
    """The operation of that name; `UserFault` where there is none."""
    found = CATALOG.get(name)
    if found is None:
        raise UserFault(
            f"{quoted(name)} is no operation; expected one of {', '.join(CATALOG)}"
            f"{did_you_mean(name, CATALOG)}",
            hint="type: zuora-batch operations",
        )
    return found


def show_operations(console: Console) -> int:
    """List the operations, one on a line; always 0."""
    wide = max(map(len, CATALOG))
    for name, operation in CATALOG.items():
        console.out(f"{name.ljust(wide)}  {operation.method:<4}  {operation.summary}")
    console.note("more about one: zuora-batch operations NAME")
    console.json({"operations": [_document(operation) for operation in CATALOG.values()]})
    return 0


def show_operation(name: str, console: Console) -> int:
    """Show one operation: fields, limits, scope rules, retrying and settling; `UserFault`: no such one."""
    operation = operation_named(name)
    console.out("\n".join(_page(operation)))
    console.json({**_document(operation), "schema": operation.schema})
    return 0


def show_csv_template(name: str, console: Console) -> int:
    """Print a header row that `run` accepts once rows stand below it; `UserFault`: no such operation."""
    operation = operation_named(name)
    columns = [*RESERVED_NAMES, *(doc.name for doc in operation.field_docs)]
    console.out(",".join(columns))
    console.json({"operation": name, "columns": list[Json](columns)})
    console.note(
        f"write {name} in the column operation of each row; columns that you do not need may be deleted; "
        f"what they mean: zuora-batch operations {name}"
    )
    return 0


def show_jsonl_template(name: str, console: Console) -> int:
    """Print one JSONL line, its members null (absent) until filled in; `UserFault`: no such operation."""
    operation = operation_named(name)
    members: JsonObject = {"operation": name}
    names = [*RESERVED_NAMES, *object_at(operation.schema, "properties")]
    members.update(dict.fromkeys((each for each in names if each != "operation"), None))
    console.out(dumps(members))
    console.json(members)
    console.note(f"null counts as absent; what the members mean: zuora-batch operations {name}")
    return 0


def _document(operation: Operation) -> JsonObject:
    fields: list[Json] = [
        {"name": doc.name, "type": doc.type, "required": doc.required, "text": doc.text}
        for doc in operation.field_docs
    ]
    return {
        "name": operation.name,
        "method": operation.method,
        "summary": operation.summary,
        "retry": operation.retry_text,
        "fields": fields,
    }


def _page(operation: Operation) -> Iterator[str]:
    yield f"{operation.name}: {operation.summary}"
    yield ""
    yield "Fields (an empty cell is an absent field; * is required):"
    yield from _table(operation.field_docs)
    yield ""
    yield "Columns of every operation:"
    yield from _table(_RESERVED_DOCS)
    yield ""
    yield "Scope:"
    yield from _paragraph(_SCOPE_TEXT)
    yield ""
    yield "Retried and settled:"
    yield from _paragraph(operation.retry_text)
    yield ""
    yield f"Begin with: zuora-batch template {operation.name} > jobs/{operation.name}.csv"


def _table(docs: Sequence[FieldDoc]) -> Iterator[str]:
    wide = max(len(doc.name) for doc in docs) + 1
    for doc in docs:
        name = f"{doc.name}{'*' if doc.required else ''}".ljust(wide)
        head, *rest = wrap(f"{doc.type}. {doc.text}", _WIDE - wide) or [""]
        yield f"{_INDENT}{name}  {head}"
        for line in rest:
            yield f"{_INDENT}{'':{wide}}  {line}"


def _paragraph(text: str) -> Iterator[str]:
    yield from wrap(text, _WIDE, initial_indent=_INDENT, subsequent_indent=_INDENT)

"""Object query on bill runs (reference page "List bill runs"; guide "Expand, filter, fields, and sort")."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from runner.sandbox.answers import RefusedError
from runner.sandbox.bill_run_views import query_view
from runner.sandbox.calls import Call
from runner.sandbox.state import BillRun, Json, JsonObject, Where
from runner.sandbox.world import World

_FILTER: Final = re.compile(r"^([A-Za-z]+)\.(EQ|NE|LT|GT|LE|GE|SW|IN):(.*)\Z", re.DOTALL)
_FIELDS: Final = {
    "id": "id",
    "status": "status",
    "name": "name",
    "createdbyid": "createdById",
    "updateddate": "updatedDate",
    "targetdate": "targetDate",
    "executeddate": "executedDate",
    "billingrunnumber": "billingRunNumber",
    "repeattype": "repeatType",
    "batches": "batches",
    "numberofaccounts": "numberOfAccounts",
    "numberofinvoices": "numberOfInvoices",
    "numberofcreditmemos": "numberOfCreditMemos",
}
"""What can be filtered on, in lower case, and the member of the record that it means."""
_IN_VALUES_MAX: Final = 99
_PAGE_SIZE_DEFAULT: Final = 10
_PAGE_SIZE_MAX: Final = 99
_PAGE_DIGITS_MAX: Final = 2


@dataclass(frozen=True, slots=True)
class _Filter:
    field: str
    operator: str
    values: tuple[str, ...]


_Compare: TypeAlias = Callable[[str, str], bool]
_COMPARE: Final[dict[str, _Compare]] = {
    "LT": lambda left, right: left < right,
    "GT": lambda left, right: left > right,
    "LE": lambda left, right: left <= right,
    "GE": lambda left, right: left >= right,
    "SW": lambda left, right: left.startswith(right),
}


def query_bill_runs(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /object-query/billing-runs`: several filters are ANDed; pages of 1 to 99, default 10."""
    filters = [_parse(text) for text in call.every("filter[]")]
    size = _page_size(call)
    after = _cursor(call)
    found: list[BillRun] = []
    records: list[Json] = []
    for run in _candidates(world, filters, where, after):
        if run.place < after:
            continue
        record = query_view(run, world.zone)
        if all(_holds(each, record) for each in filters):
            found.append(run)
            records.append(_shown(record, call))
        if len(found) > size:
            break
    view: JsonObject = {"data": records[:size]}
    if len(found) > size:
        view["nextPage"] = base64.b64encode(f'[{{"place":{found[size].place}}}]'.encode()).decode()
    return view


def query_bill_run(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /object-query/billing-runs/{key}`: by id or number."""
    run = world.shelf.find(call.key, where)
    if run is None:
        raise RefusedError(40, f"Cannot find entity by key: '{call.key}'.")
    return _shown(query_view(run, world.zone), call)


def _candidates(world: World, filters: list[_Filter], where: Where, after: int) -> Iterable[BillRun]:
    """The fewest runs that can hold all matches: found by name, number, id or state, else all of them."""
    exact = {each.field: each.values for each in filters if each.operator in {"EQ", "IN"}}
    shelf = world.shelf
    for field in ("billingRunNumber", "id"):
        if field in exact:
            found = {run.id: run for key in exact[field] if (run := shelf.find(_key(key), where)) is not None}
            return sorted(found.values(), key=lambda run: run.place)
    if "name" in exact:
        named = {run.place: run for name in exact["name"] for run in shelf.named(name, where)}
        return [run for _, run in sorted(named.items())]
    if exact.get("status") and all(value.casefold() == "pending" for value in exact["status"]):
        return shelf.pending(where)
    return shelf.after(max(after, 0), where)


def _key(text: str) -> str:
    return text.upper() if text[:3].upper() == "BR-" else text.lower()


def _parse(text: str) -> _Filter:
    found = _FILTER.match(text)
    field = _FIELDS.get(found.group(1).lower()) if found else None
    if found is None or field is None:
        raise RefusedError(27, f"The filter is not valid: {text[:200]}")
    operator, value = found.group(2), found.group(3)
    if operator != "IN":
        return _Filter(field, operator, (value,))
    if not (value.startswith("[") and value.endswith("]")):
        raise RefusedError(27, f"IN needs a list in brackets: {text[:200]}")
    # Zuora documents no escape: a comma always parts two values.
    values = tuple(item.strip() for item in value[1:-1].split(","))
    if len(values) > _IN_VALUES_MAX:
        raise RefusedError(27, f"IN takes at most {_IN_VALUES_MAX} values")
    return _Filter(field, operator, values)


def _holds(each: _Filter, record: JsonObject) -> bool:
    value = record.get(each.field)
    text = "null" if value is None else str(value).casefold()
    wanted = [item.casefold() for item in each.values]
    if each.operator in {"EQ", "IN"}:
        return text in wanted
    if each.operator == "NE":
        return text != wanted[0]
    if isinstance(value, int) and each.operator != "SW":
        text, wanted = text.zfill(20), [wanted[0].zfill(20)]
    return value is not None and _COMPARE[each.operator](text, wanted[0])


def _shown(record: JsonObject, call: Call) -> JsonObject:
    """The record without its null members, and with those alone that `fields[]` names."""
    asked = {name.strip().lower() for value in call.every("fields[]") for name in value.split(",")}
    nulls = (call.first("includeNullFields") or "").lower() == "true"
    return {
        name: value
        for name, value in record.items()
        if (nulls or value is not None) and (not asked or name.lower() in asked)
    }


def _page_size(call: Call) -> int:
    text = call.first("pageSize")
    if text is None:
        return _PAGE_SIZE_DEFAULT
    if not (
        text.isascii()
        and text.isdigit()
        and len(text) <= _PAGE_DIGITS_MAX
        and 1 <= int(text) <= _PAGE_SIZE_MAX
    ):
        raise RefusedError(27, f"pageSize must be from 1 to {_PAGE_SIZE_MAX}")
    return int(text)


def _cursor(call: Call) -> int:
    text = call.first("cursor")
    if text is None:
        return -1
    try:
        found = re.search(rb'"place":([0-9]{1,12})', base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise RefusedError(27, "The cursor is not valid")
    return int(found.group(1))

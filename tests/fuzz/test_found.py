"""What the fuzzer and its bounds have found, each in its smallest form."""

import json
import time
import tracemalloc
from collections.abc import Callable, Mapping

import pytest

from runner.core.fanout import SCOPES_MAX, FanOut
from runner.core.job import FieldProblem, Problem, Row
from runner.core.options import JobOptions
from runner.core.tenant import Tenant, TenantKind
from runner.operations.catalog import CATALOG
from runner.operations.reading.columns import ITEMS_MAX
from runner.operations.reading.complaints import HINTS_MAX
from tests.fuzz.cases import Case
from tests.fuzz.readings import HANG_S, Readings
from tests.fuzz.secondparser import Manner

MIB = 1024 * 1024
DETACH = {"operation": "detach_charges", "scheduleKey": "IS-1", "orderKey": "O", "subscriptionKey": "S"}


def _took_s(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def test_header_of_a_million_strange_names_is_refused_at_once(tmp_path):
    """A line of 1 MiB in which no name is known is refused within a second, not compared name by name."""
    content = ",".join(f"k{number}" for number in range(120_000)).encode()
    readings = Readings(tmp_path)
    with readings.open():
        reader = readings.reader(Case("", content, Manner()))
        items: list[object] = []
        assert _took_s(lambda: items.extend(reader.rows())) < HANG_S
    (problem,) = items
    assert isinstance(problem, Problem)
    assert "no known column name" in problem.message


def test_hint_is_given_for_a_name_in_front(tmp_path):
    """A near miss among the first hundred names of a header is still told; the one behind them is not."""
    readings = Readings(tmp_path)
    for strange, hinted in ((99, True), (100, False)):
        names = [f"#{number}" for number in range(strange)]
        case = Case("", ",".join([*names, "Operation"]).encode(), Manner())
        with readings.open():
            (problem,) = readings.reader(case).rows()
        assert isinstance(problem, Problem)
        assert ('did you mean "operation"?' in problem.message) is hinted


def _read(cells: Mapping[str, object], job_format: str = "jsonl") -> list[FieldProblem]:
    row = Row(1, 1, "csv" if job_format == "csv" else "jsonl", json.loads(json.dumps(cells)), "")
    found = CATALOG[str(cells["operation"])].read(row)
    return found if isinstance(found, list) else []


@pytest.mark.parametrize("item", ["\x7f", "c", "x" * 50])
def test_cell_with_too_many_items_is_refused_as_a_whole(item: str):
    """A list of more than 10,000 items in a CSV cell is one problem, found in little memory."""
    cells = {**DETACH, "chargeNumbers": ";".join([item] * (MIB // (len(item) + 1)))}
    tracemalloc.start()
    try:
        problems = _read(cells, "csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(each.column, "more than 10000 items" in each.message) for each in problems] == [
        ("chargeNumbers", True)
    ]
    assert peak < 16 * MIB


def test_ten_thousand_items_are_a_list():
    """A list in a CSV cell has up to 10,000 items."""
    assert _read({**DETACH, "chargeNumbers": ";".join(f"C{n}" for n in range(ITEMS_MAX))}, "csv") == []


def test_row_of_unknown_names_is_told_whole_and_soon():
    """Each of 80,000 unknown members is told, the first hundred with the nearest name, within seconds."""
    cells = {**DETACH, **{f"scheduleKey{number}": 1 for number in range(80_000)}}
    problems: list[FieldProblem] = []
    assert _took_s(lambda: problems.extend(_read(cells))) < 5 * HANG_S
    assert len(problems) == 80_000
    assert sum("did you mean" in each.message for each in problems) == HINTS_MAX


def test_nested_names_are_told_whole_with_a_hundred_hints():
    """Inside an object as well the first hundred unknown members are told with the nearest name."""
    item = {"orderKey": "O", "subscriptionKey": "S", **{f"orderKey{number}": 1 for number in range(300)}}
    problems = _read({"operation": "detach_charges", "scheduleKey": "IS-1", "specificSubscriptions": [item]})
    assert len(problems) == 300
    assert sum("did you mean" in each.message for each in problems) == HINTS_MAX


@pytest.mark.parametrize("invoice_date", ["2026-01-31", "2026/01/31"])
def test_null_in_a_list_of_subscriptions_is_told_beside_any_other_problem(invoice_date: str):
    """A null among the subscriptions is a missing one, whatever else is wrong with the row."""
    cells = {"operation": "create_bill_run", "targetDate": "2026-01-31", "invoiceDate": invoice_date}
    problems = _read({**cells, "accountId": "A-1", "subscriptionId": ["S-1", None]})
    columns = [each.column for each in problems]
    assert columns == (["subscriptionId"] if "-" in invoice_date else ["invoiceDate", "subscriptionId"])


def test_cell_with_too_many_parts_is_refused_before_they_are_read():
    """A list of entities longer than a row may fan out to is told by its length alone."""
    tenant = Tenant("acme", TenantKind.SANDBOX, "https://rest.example")
    fan_out = FanOut(JobOptions("-"), tenant)
    for count, refused in ((SCOPES_MAX, False), (SCOPES_MAX + 1, True)):
        found = fan_out.scopes({"entity": "|".join(f"e{number}" for number in range(count))})
        assert isinstance(found, list) is refused
    # The parts are not looked at: a bad one among them is not what is told.
    (problem,) = fan_out.scopes({"entity": "|".join(["_"] * (SCOPES_MAX + 1))})
    assert isinstance(problem, FieldProblem)
    assert problem.message == "fans out to 10001 parts, at most 10000 tasks a row; split the row"

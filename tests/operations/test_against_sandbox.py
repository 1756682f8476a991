from collections.abc import Generator
from typing import Any

import pytest

from runner.core.jsonvalue import JsonObject, parse_object
from runner.core.operation import Question
from runner.core.sighting import Sighting, Standing
from runner.core.task import Task
from runner.core.wire import Arrived, Request
from runner.operations import CATALOG
from runner.sandbox.in_process import InProcess
from tests.operations.talk import ACT, task

ID = "2c9890077e8a8490017e8bf3a5171a43"
VERSION = {"zuora-version": "2025-08-12"}
RUN = {"batches": ["Batch1"], "targetDate": "2026-01-31", "invoiceDate": "2026-01-31", "name": "May, [all]"}
DETACH = {"scheduleKey": "IS-1", "orderKey": "O-1", "subscriptionKey": "S-1", "chargeNumbers": ["C-1"]}


class Stage:
    """The simulated tenant on a clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1769853600.0
        self.tenant = InProcess(lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    async def carry(self, inquiry: Generator[Request, Any, Any]) -> Any:
        """Carry an inquiry to its end, each read a second later."""
        try:
            request = next(inquiry)
            while True:
                self.now += 1
                sent = Request(request.method, request.path, VERSION, request.body)
                request = inquiry.send(await self.tenant.send(sent))
        except StopIteration as end:
            return end.value

    async def look(
        self, each: Task, purpose: Any = "preflight", before: JsonObject | None = None
    ) -> Sighting:
        """Look at one task."""
        question = Question(each, purpose, before=before, since=self.now)
        found = (await self.carry(CATALOG[each.operation].look([question])))[each.number]
        assert isinstance(found, Sighting), found
        return found

    async def send(self, each: Task) -> JsonObject:
        """Send a task's write."""
        headers = {**VERSION, "content-type": "application/json"}
        if each.keyed:
            headers["idempotency-key"] = ACT
        reply = await self.tenant.send(Request(each.method, each.path, headers, each.body))
        assert isinstance(reply, Arrived), reply
        assert reply.status == 200, reply
        return parse_object(reply.body)


async def test_a_creation_is_absent_then_found_by_its_marker():
    """The simulated tenant finds a created bill run by the name that it was given."""
    stage, made = Stage(), task("create_bill_run", RUN)
    assert (await stage.look(made)).standing is Standing.ABSENT
    success = CATALOG["create_bill_run"].success(made, await stage.send(made))
    assert success is not None
    seen = await stage.look(made, "settle", {})
    assert (seen.standing, seen.result_id) == (Standing.REACHED, success.result_id)
    number = str(seen.facts["billRunNumber"])
    assert await stage.carry(CATALOG["cancel_bill_run"].lookup([number])) == {number: success.result_id}


@pytest.mark.parametrize(
    ("operation", "cells"),
    [
        ("cancel_bill_run", {"billRunId": ID}),
        ("cancel_bill_run", {"billRunId": ID, "cancelOnce": False}),
        ("cancel_journal_run", {"jr-number": "JR-00000075"}),
    ],
)
async def test_a_cancel_is_untouched_then_reached(operation, cells):
    """A cancel works on the simulated tenant, and is seen to have worked."""
    stage, made = Stage(), task(operation, cells)
    before = await stage.look(made)
    assert before.standing is Standing.UNTOUCHED
    assert (await stage.look(made, "settle", before.facts)).standing is Standing.UNTOUCHED
    assert CATALOG[operation].success(made, await stage.send(made)) is not None
    assert (await stage.look(made, "settle", before.facts)).standing in {Standing.UNDER_WAY, Standing.REACHED}
    stage.now += 600
    assert (await stage.look(made, "settle", before.facts)).standing is Standing.REACHED


async def test_a_detach_works():
    """A detach works on the simulated tenant, whose schedules exist but name no charges."""
    stage, made = Stage(), task("detach_charges", DETACH)
    assert (await stage.look(made)).standing is Standing.UNTOUCHED
    success = CATALOG["detach_charges"].success(made, await stage.send(made))
    assert success is not None
    assert success.ended

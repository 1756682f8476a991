"""What one lane, or one task, meets is no matter of the others."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from runner.core.event import Settled
from runner.core.ledgerline import outcome_of
from runner.core.options import FailureLimit
from runner.core.outcome import Status
from runner.core.policy import Policy
from runner.core.scope import Scope
from runner.core.task import Task
from runner.core.wire import Arrived, Reply, Request
from runner.engine.launch import Launch, LaunchEnd
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG
from tests.simulation.jobs import create_cells, detach_cells, make_task
from tests.simulation.memorylog import MemoryLog
from tests.simulation.virtualtime import BEGINNING, VirtualClock, run_virtual

US, EMEA = Scope("e-us"), Scope("e-emea")
SETUP = EngineSetup(
    operations=CATALOG,
    policy=Policy(),
    run_token="0a1b2c3d",
    clock_since=0.0,
    max_failures=FailureLimit(percent=100.0),
)
Answer = Callable[[Request, float], Awaitable[Reply]]


class Scripted:
    """A tenant that answers by a script; `seen` are the requests that it got."""

    def __init__(self, clock: VirtualClock, answer: Answer) -> None:
        self._clock, self._answer = clock, answer
        self.seen: list[Request] = []

    async def send(self, request: Request, *, timeout_s: float) -> Reply:
        """Answer a request, by its time since the beginning."""
        del timeout_s
        self.seen.append(request)
        return await self._answer(request, self._clock.now() - BEGINNING)


def told(status: int, body: Any = None, **headers: str) -> Arrived:
    """A reply; header names are written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Arrived(status, named, json.dumps(body or {}).encode())


def refused(code: str) -> dict[str, Any]:
    """The body of a refusal."""
    return {"success": False, "reasons": [{"code": code, "message": "no"}]}


def cancels(numbers: range, scope: Scope = US) -> list[Task]:
    """Cancels of bill runs."""
    return [make_task(n, "cancel_bill_run", {"billRunId": f"{n:032x}"}, scope) for n in numbers]


async def launched(
    log: MemoryLog, answer: Answer, clock: VirtualClock, **changes: Any
) -> tuple[LaunchEnd, Scripted]:
    """Launch once, to its end."""
    log.lose()
    tenant = Scripted(clock, answer)
    return await Launch(replace(SETUP, **changes), log, tenant, clock).run(), tenant


def statuses(log: MemoryLog) -> list[Status]:
    """How the tasks stand, in their order."""
    return [outcome_of(task, log.pasts()[task.number]).status for task in log.tasks]


def test_a_gate_is_not_open_because_nobody_counted():
    """In a lane that another reply has stopped nothing is asked any more: the refusal may be the gate's."""
    clock = VirtualClock()
    log = MemoryLog([make_task(n, "create_bill_run", create_cells(n)) for n in range(1, 4)])

    async def answer(request: Request, _at: float) -> Reply:
        if request.method == "GET":
            pending = [{"id": str(n)} for n in range(501)] if "status" in request.path else []
            return told(200, {"data": pending, "success": True})
        number = int(request.headers["Zuora-Track-Id"].split("-")[2])
        await asyncio.sleep(0.2 * number)
        if number == 1:
            return told(429, refused("50000070"), retry_after="7200")
        made = {"id": f"{number:032x}", "success": True, "name": json.loads(request.body)["name"]}
        return told(200, made) if number == 2 else told(400, refused("58730230"))

    async def scene() -> None:
        end, _ = await launched(log, answer, clock, concurrency=3)
        assert end.stop is not None
        assert statuses(log) == [Status.NOT_ATTEMPTED, Status.SUCCEEDED, Status.NOT_ATTEMPTED]

    run_virtual(scene())


@pytest.mark.parametrize("refusal", [told(429, refused("50000070"), retry_after="7200"), told(403)])
def test_hundreds_of_rows_may_wait_for_one_target(refusal: Arrived):
    """They leave one after the other, not one within the other."""
    clock = VirtualClock()
    count = 500
    charges = [f"C-{n}" for n in range(1, count + 1)]
    log = MemoryLog(
        [make_task(n, "detach_charges", detach_cells(1, [charges[n - 1]])) for n in range(1, count + 1)]
    )
    listed = {"scheduleKey": "IS-0000001", "specificSubscriptions": [{"chargeNumbers": charges}]}

    async def answer(request: Request, _at: float) -> Reply:
        await asyncio.sleep(0.1)
        return told(200, {"success": True, **listed}) if request.method == "GET" else refusal

    async def scene() -> None:
        end, _ = await launched(log, answer, clock)
        assert end.stop is not None
        assert Status.SUCCEEDED not in statuses(log)

    run_virtual(scene())


def test_rows_that_may_not_be_read_are_passed_over():
    """Where the first reads are answered 403, each of them is about its own object: the others go on."""
    clock = VirtualClock()
    log = MemoryLog(cancels(range(1, 21)))

    async def answer(request: Request, _at: float) -> Reply:
        await asyncio.sleep(0.1)
        bill_run = request.path.split("/")[-1 if request.method == "GET" else -2]
        if int(bill_run, 16) <= 3:
            return told(403, refused("50000010"))
        status = "Pending" if request.method == "GET" else "Canceled"
        return told(200, {"id": bill_run, "status": status, "success": True})

    async def scene() -> None:
        await launched(log, answer, clock, concurrency=1)
        assert statuses(log) == [Status.NOT_ATTEMPTED] * 3 + [Status.SUCCEEDED] * 17

    run_virtual(scene())


def test_an_idle_lane_stops_nobody():
    """Its last answer was bad; when it has work again, its patience begins anew."""
    clock = VirtualClock()
    tasks = [*cancels(range(1, 2), EMEA), *cancels(range(2, 12)), *cancels(range(12, 13), EMEA)]
    log = MemoryLog(tasks)

    async def answer(request: Request, _at: float) -> Reply:
        await asyncio.sleep(0.1)
        bill_run = request.path.split("/")[-1 if request.method == "GET" else -2]
        if int(bill_run, 16) == 1:
            return told(500)
        if request.method == "GET":
            return told(200, {"id": bill_run, "status": "Pending", "success": True})
        await asyncio.sleep(140.0)
        return told(200, {"id": bill_run, "status": "Canceled", "success": True})

    async def scene() -> None:
        end, _ = await launched(log, answer, clock, concurrency=1, window=2)
        assert end.stop is None
        assert statuses(log) == [Status.NOT_ATTEMPTED] + [Status.SUCCEEDED] * 11

    run_virtual(scene())


def test_a_creation_that_waits_holds_back_no_other_lane():
    """Asked to come again in 8 minutes, it is settled then; the rows of the other lane are done at once."""
    clock = VirtualClock()
    log = MemoryLog(
        [
            make_task(1, "create_bill_run", create_cells(1), US),
            make_task(2, "create_bill_run", create_cells(2), EMEA),
        ]
    )
    done_at: dict[str, float] = {}

    async def answer(request: Request, at: float) -> Reply:
        await asyncio.sleep(0.1)
        if request.method == "GET":
            return told(200, {"data": [], "success": True})
        entity = request.headers["Zuora-Entity-Ids"]
        if at < 5.0:
            return told(503, retry_after="500")
        done_at[entity] = at
        made = {"id": "0" * 31 + "a", "success": True, "name": json.loads(request.body)["name"]}
        return told(200, made)

    async def scene() -> None:
        await launched(log, answer, clock, limit=1, max_duration_s=3.0)
        assert statuses(log) == [Status.UNKNOWN, Status.NOT_ATTEMPTED]
        await asyncio.sleep(10.0)
        await launched(log, answer, clock)
        assert statuses(log) == [Status.SUCCEEDED, Status.SUCCEEDED]
        assert done_at["e-emea"] < 60.0
        assert done_at["e-us"] > 500.0

    run_virtual(scene())


@pytest.mark.parametrize("kind", ["create_bill_run", "cancel_bill_run"])
def test_a_task_that_is_decided_is_not_taken_up_again(kind: str):
    """Where parked tasks are read again, a page may know less than what was decided since."""
    clock = VirtualClock()
    tasks = cancels(range(1, 13))
    creations = [make_task(n, "create_bill_run", create_cells(n), US) for n in range(13, 43)]
    log = MemoryLog([*tasks, *(creations if kind == "create_bill_run" else cancels(range(13, 43)))])
    taken_at: dict[str, float] = {}

    async def answer(request: Request, at: float) -> Reply:
        if request.method == "POST":
            await asyncio.sleep(6.0)
            return told(200, {"id": f"{int(at * 1000):032x}", "status": "Pending", "success": True})
        await asyncio.sleep(0.1)
        if "object-query" in request.path:
            return told(200, {"data": [], "success": True})
        bill_run = request.path.split("/")[-1 if request.method == "GET" else -2]
        number = int(bill_run, 16)
        if request.method == "GET":
            since = taken_at.get(bill_run)
            ended = since is not None and at - since > 300.0 + 7 * number
            state = "Pending" if since is None else "Canceled" if ended else "CancelInProgress"
            return told(200, {"id": bill_run, "status": state, "success": True})
        await asyncio.sleep(1.0 if number <= 12 else 3.0 + number * 7 % 11)
        if number > 12:
            return told(400, refused("53100030"))
        taken_at.setdefault(bill_run, at)
        return told(200, {"id": bill_run, "status": "CancelInProgress", "success": True})

    async def scene() -> None:
        _, tenant = await launched(log, answer, clock, concurrency=3, window=6)
        tracks = [one.headers["Zuora-Track-Id"] for one in tenant.seen if one.method != "GET"]
        assert len(tracks) == len(set(tracks)) == len(log.tasks)
        settled = [event.task for event in log.kept if isinstance(event, Settled)]
        assert len(settled) == len(set(settled)) == len(log.tasks)

    run_virtual(scene())


def test_a_task_that_waited_for_its_target_is_looked_at_anew_and_done():
    """However long that took: its look is the first one, at once, and no time to settle has run out."""
    clock = VirtualClock()
    log = MemoryLog([make_task(n, "detach_charges", detach_cells(1, [f"C-{n}"])) for n in range(1, 4)])
    left = {f"C-{n}" for n in range(1, 4)}

    async def answer(request: Request, _at: float) -> Reply:
        await asyncio.sleep(0.1)
        listed = {"scheduleKey": "IS-0000001", "specificSubscriptions": [{"chargeNumbers": sorted(left)}]}
        if request.method == "GET":
            return told(200, {"success": True, **listed})
        await asyncio.sleep(140.0)
        left.difference_update(json.loads(request.body)["specificSubscriptions"][0]["chargeNumbers"])
        return told(200, {"success": True, "id": "IS-0000001", "scheduleKey": "IS-0000001"})

    async def scene() -> None:
        await launched(log, answer, clock, policy=Policy(settle_s=60.0))
        assert statuses(log) == [Status.SUCCEEDED] * 3

    run_virtual(scene())

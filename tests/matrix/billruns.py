"""The table of 3.D for bill runs: cancels that go on, races, series, gates, and created runs that end."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from runner.core.jsonvalue import JsonObject
from runner.core.operation import Until
from runner.core.policy import Policy
from runner.core.scope import Scope
from runner.core.wire import Request
from tests.matrix.cells import task_of
from tests.matrix.meaning import NEVER, ONCE, SUCCEEDED, losing, one
from tests.matrix.meanings import BILL, CREATE
from tests.matrix.play import Act, Play, Sends, Strike, arrived, refusal
from tests.simulation.jobs import ENTITIES, make_task

_S: Final = SUCCEEDED
_RUN: Final = f"{1:032x}"
_NEXT: Final = f"{9:032x}"
_SLOW: Final = "[tenant]\nlatency_s = 1.0\n"
"""So that what happens half a second after the start falls between the preflight and the write."""


def bill_runs() -> Iterator[Play]:
    """What never ends, what passes between the look and the write, and what others do meanwhile."""
    task = task_of(1, BILL)

    def cell(name: str, part: str, statuses: tuple[str, ...], sends: Sends, *strikes: Strike, **more) -> Play:
        text = f"{_SLOW}[bill_runs.'{_RUN}']\n{part}"
        return one(name, task, text, statuses, sends, *strikes, **more)

    yield cell("the cancel never ends", "cancel_ends = 'never'", ("accepted",) * 3, ONCE)
    yield cell("the cancel takes an hour", "cancel_s = 3600", ("accepted", _S, _S), ONCE)
    yield cell(
        "the cancel ends in Completed", "cancel_ends = 'Completed'\ncancel_s = 7", ("failed",) * 3, ONCE
    )
    yield cell(
        "its reply lost, it never ends", "cancel_ends = 'never'", ("accepted",) * 3, ONCE, losing("applied")
    )
    turns = "status = 'Pending'\nthen = [{ after_s = 0.5, status = 'Processing' }"
    passes = f"{turns}, {{ after_s = 60, status = 'Completed' }}]"
    yield cell("Processing when it is sent, then Completed", passes, (_S,) * 3, Sends((2, 2), 1))
    errs = f"{turns}, {{ after_s = 60, status = 'Error' }}]"
    yield cell("Processing when it is sent, then Error", errs, ("failed",) * 3, Sends((1, 1), 0))
    stays = cell("Processing when it is sent, and on", f"{turns}]", ("not_attempted",) * 3, Sends((1, 1), 0))
    yield replace(stays, open_end=True)
    for state, status in (
        ("Canceled", "unchanged"), ("Posted", "failed"), ("PostInProgress", "failed"), ("Error", "failed"),
        ("RemoveInProgress", "failed"), ("Paused", "failed"), ("Processing", "not_attempted"),
    ):  # fmt: skip
        yield cell(
            f"seen {state}", f"status = '{state}'", (status,) * 3, NEVER, open_end=state == "Processing"
        )
    yield cell("not there", "exists = false", ("failed",) * 3, NEVER)
    soon = "status = 'Processing'\nthen = [{ after_s = 40, status = 'Completed' }]"
    yield cell("Processing, then Completed", soon, (_S,) * 3, ONCE)
    yield cell("posted invoices", "posted_invoices = true", ("failed",) * 3, Sends((1, 1), 0))
    for state, status in (("Posted", "failed"), ("PostInProgress", "failed"), ("Completed", "unknown")):
        then = f"then = [{{ after_s = 20, status = '{state}' }}]\nstatus = 'Pending'"
        yield cell(f"lost, then {state} by others", then, (status,) * 3, Sends((1, 1), 0), losing())
    turns = "{ after_s = 20, status = 'Completed' }, { after_s = 60, status = 'Pending' }"
    through = f"status = 'Pending'\nthen = [{turns}]"
    # In the state that it had before, but its updated date is another: no proof, and no second write (4.5).
    back = cell(
        "lost, changed and changed back by others", through, ("unknown",) * 3, Sends((1, 1), 0), losing()
    )
    yield replace(back, open_end=True)
    other = Request(
        "PUT", f"/v1/bill-runs/{_RUN}/cancel",
        {"Zuora-Track-Id": "somebody", "Content-Type": "application/json"}, b'{"cancelOnce":true}',
    )  # fmt: skip
    yield cell(
        "lost, cancelled by others", "", (_S,) * 3, Sends((1, 1), 0), losing(), asides=((30.0, other),)
    )
    busy = [Strike(arrived(409, refusal("53100050")))]
    yield cell(
        "locked, cancelled by others", "", (_S,) * 3, Sends((2, 2), 1), *busy, asides=((3000.0, other),)
    )


def series() -> Iterator[Play]:
    """`cancelOnce=false`: Canceled says nothing of the runs to come; a Pending namesake does."""
    cells: JsonObject = {"billRunId": _RUN, "cancelOnce": False}
    task = make_task(1, BILL, cells)
    common = "name = 'nightly'\nrepeat_type = 'Daily'\nseries = 'nightly'"
    follower = f"[bill_runs.'{_NEXT}']\nstatus = 'Pending'\n{common}"

    def cell(name: str, part: str, status: str, sends: Sends, *strikes: Strike) -> Play:
        return one(f"series: {name}", task, f"[bill_runs.'{_RUN}']\n{part}", (status,) * 3, sends, *strikes)

    pending, canceled = f"status = 'Pending'\n{common}", f"status = 'Canceled'\n{common}"
    yield cell("all of it goes", f"{pending}\n{follower}", _S, ONCE)
    yield cell("its reply lost", f"{pending}\n{follower}", _S, ONCE, losing("applied"))
    yield cell("lost without effect", f"{pending}\n{follower}", _S, Sends((2, 2), 1, reads=2), losing())
    yield cell("Canceled already, and no other", canceled, "unchanged", NEVER)
    yield cell("Canceled already, but one is Pending", f"{canceled}\n{follower}", "failed", NEVER)
    once = Request(
        "PUT", f"/v1/bill-runs/{_RUN}/cancel",
        {"Zuora-Track-Id": "somebody", "Content-Type": "application/json"}, b'{"cancelOnce":true}',
    )  # fmt: skip
    text = f"[bill_runs.'{_RUN}']\n{pending}"
    yield one(
        "series: lost, others cancelled this one alone", task, text, ("unknown",) * 3, Sends((1, 1), 0),
        losing(), asides=((30.0, once),),
    )  # fmt: skip


def gates() -> Iterator[Play]:
    """More than 500 pending: the lane waits, the other lanes go on, no row fails."""
    tasks = (task_of(1, CREATE), task_of(2, CREATE), task_of(3, CREATE, Scope(ENTITIES[1])))
    shut = "[preload]\npending = 1000\nfor_s = {0}\n"
    gated = Sends((2, 9), 1, "new", apart_s=((10.0, 700.0),))
    opens = (Act((_S, _S, _S), 0),)
    yield Play("gate that opens", tasks, opens, (gated, gated, ONCE), shut.format(120))
    stays = (
        Act(("not_attempted", "not_attempted", _S), 4, "a gate", lasts_s=1300.0),
        Act(("not_attempted", "not_attempted", _S), 4, sends=False, gap_s=200.0),
        Act((_S, _S, _S), 0, gap_s=40_000.0),
    )
    # While it is shut, reads ask for it, and no attempt is used up (failure-model.md 3.D).
    waiting = Sends((2, 2), 1, "new", apart_s=((40_000.0, 42_000.0),))
    yield Play("gate that stays shut", tasks, stays, (waiting, waiting, ONCE), shut.format(40_000))
    for name, fault in (
        ("503", "fault = 'status'\nstatus = 503"),
        ("429", "fault = 'status'\nstatus = 429"),
        ("reset", "fault = 'reset_after'"),
    ):
        count = f"[[faults]]\nmatch = {{ operation = 'read', path = 'status' }}\ntimes = 1\n{fault}"
        yield Play(
            f"gate, its count: {name}", tasks[:1], (Act((_S,), 0),), (gated,), f"{shut.format(120)}{count}"
        )
    rule = "[[created]]\nname = '^run 1'\nrefuse = {{ category = {0} }}"
    for category in (20, 30):
        refused = (Act(("failed", _S, _S), 1, reason_codes=(None,)),)
        yield Play(
            f"no gate: category {category}",
            tasks,
            refused,
            (Sends((1, 1), 0), ONCE, ONCE),
            rule.format(category),
        )


def created() -> Iterator[Play]:
    """A created bill run may end in Error: it is created all the same; followed to its end it is partial."""
    for effect, strikes, sends in (
        ("", (), ONCE),
        (", its reply lost", (losing("applied"),), Sends((2, 2), 1)),
    ):
        for end, completed in (("Completed", _S), ("Error", "partial")):
            ends: tuple[tuple[Until, str], ...] = (("settled", _S), ("completed", completed))
            for until, status in ends:
                yield one(
                    f"created, ends in {end}, until {until}{effect}", task_of(1, CREATE),
                    f"[[created]]\nname = '^run 1'\nend = '{end}'", (status,) * 3, sends, *strikes,
                    policy=Policy(until=until),
                )  # fmt: skip


BILL_RUNS: Final = (bill_runs, series, gates, created)

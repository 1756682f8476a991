"""The table of 3.D for journal runs and schedules: what is done later, in part, or by somebody else."""

from collections.abc import Iterator
from typing import Final

from runner.core.task import Task
from runner.core.wire import Lost, Request
from tests.matrix.cells import task_of
from tests.matrix.meanings import DETACH, JOURNAL
from tests.matrix.play import Act, Effect, Play, Sends, Strike
from tests.simulation.jobs import detach_cells, make_task

SUCCEEDED: Final = "succeeded"
_S: Final = SUCCEEDED
_LOST: Final = Lost("the connection was reset")
ONCE: Final = Sends((1, 1), 1)
NEVER: Final = Sends((0, 0), 0)
_EXITS: Final = {
    _S: 0, "unchanged": 0, "failed": 1, "partial": 1, "unknown": 3, "accepted": 3, "not_attempted": 4,
}  # fmt: skip


def one(
    name: str, task: Task, scenario: str, statuses: tuple[str, ...], sends: Sends, *strikes: Strike, **more
) -> Play:
    """One task: a launch, one that only reads, one that sends again, each with the status after it."""
    first, *later = statuses
    acts = [Act((first,), _EXITS[first])]
    acts += [
        Act((status,), _EXITS[status], sends=place == 1, gap_s=200.0) for place, status in enumerate(later)
    ]
    return Play(
        f"{name} | {task.operation}", (task,), tuple(acts), (sends,), scenario,
        tuple((1, strike) for strike in strikes), **more,
    )  # fmt: skip


def losing(effect: Effect = "none") -> Strike:
    """The first write gets no reply."""
    return Strike(_LOST, effect)


def journal_runs() -> Iterator[Play]:
    """`success: true` only begins a cancel; `Completed` says the same before and after a partial one."""
    task = task_of(1, JOURNAL)

    def cells(
        name: str, part: str, end: str, lost: str, *, code: str | None = None, effects: int = 1
    ) -> Iterator[Play]:
        text = f"[journal_runs.'{task.target}']\n{part}"
        for course, strikes, status in (("", (), end), (", its reply lost", (losing("applied"),), lost)):
            play = one(f"{name}{course}", task, text, (status,) * 3, Sends((1, 1), effects), *strikes)
            yield play if code is None or status != end else _coded(play, code)

    yield from cells("all entries go", "", _S, _S)
    yield from cells(
        "one of ten is transferred", "entries = 10\ntransferred = 1", "partial", "partial", code="partly"
    )
    yield from cells("one of ten could still go", "entries = 10\nstuck = 1", "accepted", "accepted")
    yield from cells(
        "one is on its way to accounting", "entries = 10\nprocessing = 1", "accepted", "accepted"
    )
    yield from cells("the cancel never ends", "cancel_ends = 'never'", "accepted", "accepted")
    yield from cells("250 entries, on two pages", "entries = 250\ntransferred = 3", "partial", "partial")
    yield from cells(
        "all are transferred",
        "entries = 3\ntransferred = 3",
        "failed",
        "failed",
        code="ended_elsewhere",
        effects=0,
    )
    for state, status, sends in (
        ("Cancelled", "unchanged", NEVER),
        ("DeleteInprogress", "failed", NEVER),
        ("Error", _S, ONCE),
        ("Pending", _S, ONCE),
        ("Processing", "not_attempted", NEVER),
    ):
        text = f"[journal_runs.'{task.target}']\nstatus = '{state}'"
        yield one(f"seen {state}", task, text, (status,), sends, open_end=state == "Processing")
    gone = f"[journal_runs.'{task.target}']\nexists = false"
    yield _coded(one("not there", task, gone, ("failed",), NEVER), "target_state")


def _coded(play: Play, code: str) -> Play:
    acts = tuple(
        Act(act.statuses, act.code, act.why, act.sends, act.calm, act.gap_s, reason_codes=(code,))
        for act in play.acts
    )
    return Play(play.name, play.tasks, acts, play.sends, play.scenario, play.strikes, play.policy)


def schedules() -> Iterator[Play]:
    """A detach may do a part; and only charges that were listed before prove anything."""
    named = ["C-1a", "C-1b", "C-1c"]
    charges = ", ".join(
        f"{{ orderKey = 'O-1', subscriptionKey = 'A-S1', chargeNumber = '{charge}' }}" for charge in named
    )
    task = make_task(1, DETACH, detach_cells(1, named))

    def cell(name: str, part: str, status: str, sends: Sends, *strikes: Strike, **more) -> Play:
        text = f"[invoice_schedules.'IS-0000001']\ncharges = [{charges}]\n{part}"
        return one(name, task, text, (status,) * 3, sends, *strikes, **more)

    for listed_by in ("both", "schedule", "query"):
        part = f"listed_by = '{listed_by}'"
        yield cell(f"listed by {listed_by}, lost but applied", part, _S, ONCE, losing("applied"))
        yield cell(f"listed by {listed_by}, lost", part, _S, Sends((2, 2), 1, reads=2), losing())
        stuck = f"{part}\npartial = true\nstuck = ['C-1b']"
        yield cell(f"listed by {listed_by}, a part, then refused", stuck, "partial", ONCE)
        yield cell(f"listed by {listed_by}, a part, reply lost", stuck, "partial", ONCE, losing("applied"))
        whole = f"{part}\nstuck = ['C-1b']"
        yield cell(f"listed by {listed_by}, refused whole", whole, "failed", Sends((1, 1), 0))
    for effect in ("none", "applied"):
        effects = Sends((1, 1), int(effect == "applied"))
        yield cell(
            f"listed by none, lost, {effect}", "listed_by = 'none'", "unknown", effects, losing(effect)
        )
    for state in ("Pending", "Paused"):
        yield cell(f"seen {state}", f"status = '{state}'", "failed", NEVER)
    yield cell("an invoice is not posted", "unposted_invoices = true", "failed", Sends((1, 1), 0))
    other = Request(
        "PUT", task.path, {"Zuora-Track-Id": "somebody", "Content-Type": "application/json"}, task.body
    )
    yield cell("lost, detached by others", "", _S, Sends((1, 1), 0), losing(), asides=((30.0, other),))
    gone = "[invoice_schedules.'IS-0000001']\nexists = false"
    yield one("not there", task, gone, ("failed",) * 3, NEVER)


RUNS_AND_SCHEDULES: Final = (journal_runs, schedules)

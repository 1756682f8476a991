"""The cells of the tables: every row x operation x effect x course, as plays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from runner.core.policy import Policy
from runner.core.scope import Scope
from runner.core.task import Task
from tests.matrix.fates import EXIT_CODES, Course, Fate, fate_of
from tests.matrix.meanings import CREATE, DETACH, Kind, Meaning, Row
from tests.matrix.play import STRUCK, Act, Effect, Play, Sends, Strike
from tests.simulation.jobs import create_cells, detach_cells, make_task

EFFECTS: Final[tuple[Effect, ...]] = ("none", "applied", "late")
COURSES: Final[tuple[Course, ...]] = ("through", "blind", "stopped")
_MAY_HAVE_TAKEN_EFFECT: Final = frozenset({Meaning.UNCLEAR, Meaning.RUNNING, Meaning.MISMATCH})
_LATER_S: Final = 200.0


@dataclass(frozen=True, slots=True)
class Variety:
    """What may be otherwise without changing any fate: the tenant's keys and pace, how late an effect is.

    `sigint_s`: when the SIGINT of a stopped course comes, after the struck request left and before its
    reply comes (`play.HELD_S` later).
    """

    scenario: str = ""
    after_s: float = 5.0
    sigint_s: float = 0.5


PLAIN: Final = Variety()


def task_of(number: int, kind: Kind, scope: Scope | None = None) -> Task:
    """A task of an operation, on a target of its own."""
    match kind:
        case "create_bill_run":
            return make_task(number, kind, create_cells(number), scope)
        case "cancel_bill_run":
            return make_task(number, kind, {"billRunId": f"{number:032x}"}, scope)
        case "cancel_journal_run":
            return make_task(number, kind, {"jr-number": f"JR-{number:08d}"}, scope)
        case "detach_charges":
            return make_task(number, kind, detach_cells(number, [f"C-{number}"]), scope)


def schedules(count: int) -> str:
    """Invoice schedules that list the charges that `task_of` detaches."""
    return "\n".join(
        f"[invoice_schedules.'IS-{number:07d}']\ncharges = [{{ orderKey = 'O-{number}', "
        f"subscriptionKey = 'A-S{number}', chargeNumber = 'C-{number}' }}]"
        for number in range(1, count + 1)
    )


def effects_of(row: Row, kind: Kind) -> tuple[Effect, ...]:
    """The effects that are no lie: see the package's docstring."""
    meaning = row.meaning(kind)
    if meaning is Meaning.TAKEN:
        return ("applied",)
    return EFFECTS if meaning in _MAY_HAVE_TAKEN_EFFECT else ("none",)


def places_of(rows: Sequence[Row]) -> Iterator[tuple[Row, Kind, Effect, Course]]:
    """The place of every cell of some rows."""
    for row in rows:
        for kind in row.kinds:
            yield from product((row,), (kind,), effects_of(row, kind), COURSES)


def cell(row: Row, kind: Kind, effect: Effect, course: Course, variety: Variety = PLAIN) -> Play:
    """One cell: a struck task, and one of the same operation behind it in the lane."""
    cut = bool(row.stops) or course == "stopped"
    fate = fate_of(row.meaning(kind), kind, effect, "stopped" if cut else course)
    if cut and course == "blind":
        fate = _blindly(fate, row.meaning(kind), kind, effect)
    strike = Strike(
        row.reply, effect, (1,), variety.after_s, row.held_s,
        tuple(row.members.items()), tuple(row.headers.items()), row.status,
    )  # fmt: skip
    policy = Policy(preflight=course != "blind")
    return Play(
        name=f"{row.name} | {kind} | {effect} | {course}",
        tasks=(task_of(STRUCK, kind), task_of(STRUCK + 1, kind)),
        acts=_acts(row, kind, fate, None if row.stops or not cut else variety.sigint_s),
        sends=(_sends(row, fate, effect), Sends((1, 1), 1, held_back_s=_held_back_s(row, kind, cut))),
        scenario=f"{variety.scenario}\n{schedules(2) if kind == DETACH else ''}",
        strikes=((STRUCK, strike),),
        policy=policy,
        setup={"concurrency": 1},
    )


def _blindly(fate: Fate, meaning: Meaning, kind: Kind, effect: Effect) -> Fate:
    """A launch that a reply stops, without preflight: afterwards nothing can be proved by what was before."""
    first = fate.statuses[0]
    if kind == CREATE:
        return fate
    if meaning is Meaning.UNCLEAR:
        then = fate_of(meaning, kind, effect, "blind").statuses[1]
        return replace(fate, statuses=(first, then, then), writes=(1, 1))
    return fate


def _acts(row: Row, kind: Kind, fate: Fate, sigint_s: float | None) -> tuple[Act, ...]:
    first, settled, final = fate.statuses
    cut = bool(row.stops) or sigint_s is not None
    code = row.reason_code(kind)
    company = "not_attempted" if cut else "succeeded"
    why = row.why or fate.why or ("SIGINT" if cut else "")
    exit_code = row.stops or fate.code or (EXIT_CODES["not_attempted"] if cut else EXIT_CODES[first])
    return (
        Act(
            (first, company), exit_code, why,
            stop_after_s=sigint_s, reason_codes=(_code(first, code),),
        ),
        Act(
            (settled, company), EXIT_CODES["not_attempted"] if cut else EXIT_CODES[settled],
            sends=False, calm=True, gap_s=_LATER_S, reason_codes=(_code(settled, code),),
        ),
        Act((final, "succeeded"), EXIT_CODES[final], gap_s=_LATER_S, reason_codes=(_code(final, code),)),
    )  # fmt: skip


def _held_back_s(row: Row, kind: Kind, cut: bool) -> float:
    """For how long the whole lane waits: the server refuses for load, or is not well.

    A new launch asks anew.
    """
    return row.wait_s if row.meaning(kind) in {Meaning.LIMITED, Meaning.UNCLEAR} and not cut else 0.0


def _code(status: str, code: str) -> str | None:
    return code if status in {"failed", "unknown", "not_attempted"} else None


def _sends(row: Row, fate: Fate, effect: Effect) -> Sends:
    apart = () if fate.apart_s is None else ((fate.apart_s[0] + row.wait_s, fate.apart_s[1] + row.wait_s),)
    if fate.apart_s is None and fate.writes[1] > 1:
        apart = ((row.wait_s, float("inf")),)
    if fate.apart_s is not None and fate.reads:
        # The wait and the quiet window run beside each other.
        apart = ((max(fate.apart_s[0], row.wait_s), max(fate.apart_s[1], row.wait_s + 60.0)),)
    happened = effect != "none" or fate.statuses[2] == "succeeded"
    return Sends(fate.writes, int(happened), fate.keys, apart, fate.reads)

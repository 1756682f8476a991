"""The judge of simulations: holds what the run says against what the tenant's own state shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.core.history import Past
from runner.core.jsonvalue import list_at
from runner.core.ledgerline import outcome_of
from runner.core.outcome import Status
from runner.core.policy import Policy
from runner.core.sighting import Standing
from runner.core.task import Task
from runner.sandbox.in_process import InProcess
from runner.sandbox.state import Where

OPEN: Final = frozenset({Status.NOT_ATTEMPTED, Status.ACCEPTED, Status.UNKNOWN})
IN_DOUBT: Final = frozenset({Status.ACCEPTED, Status.UNKNOWN})
_UNDER_WAY: Final = {"cancel_bill_run": "CancelInProgress", "cancel_journal_run": "CancelInprogress"}


@dataclass(frozen=True, slots=True)
class Case:
    """One task before the judge: how it is said to stand, and what the tenant shows.

    `effects` and `others` count the effects on its target by this run and by others. `state` is the
    target's own word, `done` whether the target state is reached, `partly` whether a part of it is.
    """

    task: Task
    past: Past
    status: Status
    effects: int
    others: int
    state: str | None
    done: bool
    partly: bool
    marker_read: bool
    policy: Policy


def judge(
    tasks: Sequence[Task],
    pasts: dict[int, Past],
    tenant: InProcess,
    policy: Policy,
    prefix: str,
    *,
    marker_read: bool,
) -> dict[str, list[int]]:
    """The tasks of which something untrue is said, or something was done that must not be, by kind."""
    tenant.advance()
    found: defaultdict[str, list[int]] = defaultdict(list)
    doubtful = {task.target for task in tasks if outcome_of(task, pasts[task.number]).status in IN_DOUBT}
    for task in tasks:
        case = _case(task, pasts[task.number], tenant, policy, prefix, marker_read=marker_read)
        if case.status is Status.NOT_ATTEMPTED and case.effects == 0 and task.target in doubtful:
            continue  # a row on a target that is in doubt waits for it (design.md, "Resume")
        for verdict in _verdicts(case):
            found[verdict].append(task.number)
    return dict(found)


def _case(
    task: Task, past: Past, tenant: InProcess, policy: Policy, prefix: str, *, marker_read: bool
) -> Case:
    on_target = [effect for effect in tenant.effects if _meant(effect, task)]
    ours = [effect for effect in on_target if str(effect["track_id"]).startswith(prefix)]
    state, done, partly = _target_state(task, tenant, bool(ours))
    return Case(
        task=task,
        past=past,
        status=outcome_of(task, past).status,
        effects=len(ours),
        others=len(on_target) - len(ours),
        state=state,
        done=done,
        partly=partly,
        marker_read=marker_read,
        policy=policy,
    )


def _meant(effect: Mapping[str, Any], task: Task) -> bool:
    if effect["entity"] != task.scope.entity:
        return False
    if task.keyed:
        return effect["name"] == task.target
    if effect["target"] != task.target:
        return False
    return task.operation != "detach_charges" or bool(set(wanted(task)) & set(effect["charges"]))


def wanted(task: Task) -> list[str]:
    """The charges that a detach names."""
    items = [item for item in list_at(task.fields, "specificSubscriptions") if isinstance(item, dict)]
    return [str(charge) for item in items for charge in list_at(item, "chargeNumbers")]


def _target_state(task: Task, tenant: InProcess, created: bool) -> tuple[str | None, bool, bool]:
    """The target's own word, whether the task's end is reached, and whether a part of it is."""
    world = tenant._simulator._world
    where = Where(task.scope.entity, task.scope.orgs)
    match task.operation:
        case "create_bill_run":
            run = next(iter(world.shelf.named(task.target, where)), None)
            return (run.status if run else None), created, False
        case "cancel_bill_run":
            run = world.shelf.find(task.target, where)
            if run is None:
                return None, False, False
            namesakes = (
                world.shelf.named(run.name or "", where) if task.fields.get("cancelOnce") is False else []
            )
            goes_on = any(each.status == "Pending" for each in namesakes)
            return run.status, run.status == "Canceled" and not goes_on, False
        case "cancel_journal_run":
            runs = world.journal_runs
            known = runs.get(("", task.target)) or runs.get((where.home, task.target))
            state = known.status if known else None
            return state, state == "Cancelled", known is not None and known.cancelled > 0
        case _:
            schedule = world.schedule(task.target, where)
            gone = {charge[2] for charge in schedule.detached} if schedule else set[str]()
            names = set(wanted(task))
            return None, names <= gone, bool(names & gone)


def _verdicts(case: Case) -> list[str]:
    status, judged = case.status, {
        "duplicate": case.effects > 1,
        "lost": _lost(case),
        "false_failed": _false_failed(case),
        "false_succeeded": _false_succeeded(case),
        "false_unchanged": case.status is Status.UNCHANGED and (case.effects > 0 or not _stands(case)),
        "false_partial": _false_partial(case),
        "false_not_attempted": case.status is Status.NOT_ATTEMPTED and case.effects > 0,
        "false_accepted": _false_accepted(case),
    }  # fmt: skip
    if status in OPEN and _evidence(case):
        judged["unsettled"] = True
    return [verdict for verdict, guilty in judged.items() if guilty]


def _lost(case: Case) -> bool:
    """Reported as done by us, and it was not.

    A target that is found done after a lost reply of ours counts as done by us, where another did it
    meanwhile, or where no preflight had been asked for (contract, `--no-preflight`).
    """
    may_be_anothers = case.others > 0 or (not case.policy.preflight and not case.task.keyed and case.done)
    if may_be_anothers and case.past.attempts:
        return False
    return case.status is Status.SUCCEEDED and case.effects == 0


def _stands(case: Case) -> bool:
    """Whether an `unchanged` target is as it is said to be."""
    return case.others > 0 if case.task.keyed else case.done


def _false_failed(case: Case) -> bool:
    """Failed, although our own request did it, or a part of it; one that came to nothing later did not.

    A server that does a part and refuses the rest says nothing of the part: only the charges listed before
    would, so without preflight nobody can know.
    """
    if case.status is not Status.FAILED or not case.effects:
        return False
    if case.task.operation == "detach_charges" and not case.done and not case.policy.preflight:
        return False
    under_way = case.state is not None and case.state == _UNDER_WAY.get(case.task.operation)
    return case.task.keyed or case.done or case.partly or under_way


def _false_succeeded(case: Case) -> bool:
    if case.status is not Status.SUCCEEDED:
        return False
    if case.task.keyed and case.policy.until == "completed":
        return not case.done or case.state not in {"Completed", "PostInProgress", "Posted"}
    return not case.done


def _false_partial(case: Case) -> bool:
    if case.status is not Status.PARTIAL:
        return False
    ended_badly = case.task.keyed and case.policy.until == "completed" and case.state == "Error"
    return not (case.effects and (ended_badly or (case.partly and not case.done)))


def _false_accepted(case: Case) -> bool:
    """Accepted without any effect; a journal run of which nothing can go is taken without one."""
    no_effect = not case.effects and not case.others
    return case.status is Status.ACCEPTED and no_effect and case.task.operation != "cancel_journal_run"


def _evidence(case: Case) -> bool:
    """Whether what is left open could have been decided by reading (or, by then, by sending)."""
    if case.status is Status.NOT_ATTEMPTED:
        return True
    pre = case.past.pre
    match case.task.operation:
        case "create_bill_run":
            if case.task.marker is None:
                return False
            return case.effects > 0 or (case.marker_read and not case.past.mismatch)
        case "cancel_bill_run":
            back = pre is not None and case.state == pre.state and pre.standing is Standing.UNTOUCHED
            untouched = back and case.effects == 0
            return case.done or untouched
        case _:
            return case.done and case.policy.preflight and case.task.operation == "cancel_journal_run"

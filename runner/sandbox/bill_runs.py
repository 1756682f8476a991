"""Creating, cancelling and reading bill runs (reference pages; product pages on their states)."""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from runner.sandbox.answers import RefusedError, to_json
from runner.sandbox.bill_run_rules import RESOURCE, check_creation
from runner.sandbox.bill_run_shelf import RUN_COUNTS_FROM, changed
from runner.sandbox.bill_run_views import account_of, today_in, v1_view
from runner.sandbox.calls import Call, body_of
from runner.sandbox.chance import digest, fraction
from runner.sandbox.recurrence import next_fields
from runner.sandbox.scenario_objects import CreatedPart
from runner.sandbox.state import BillRun, BillRunStatus, Json, JsonObject, Where
from runner.sandbox.world import Change, Done, World, bill_run_facts

_ID: Final = re.compile(r"^[0-9a-fA-F]{32}\Z")
_BATCH_ACCOUNTS_MAX: Final = 200
_CREATED: Final = "bill_run_created"


def create_bill_run(world: World, call: Call, where: Where, now: float) -> Done:
    """`POST /v1/bill-runs`."""
    today = today_in(world.zone, now)
    body = body_of(call)
    given = check_creation(body, world.scenario.tenant, where.orgs, date.fromisoformat(today))
    rule = _rule(world, given)
    if rule.refuse is not None:
        raise RefusedError(rule.refuse.category, rule.refuse.message, resource=RESOURCE)
    if world.shelf.pending_count(where.entity) > world.scenario.tenant.pending_max:
        most = world.scenario.tenant.pending_max
        text = f"More than {most} bill runs are in Pending status. No more bill runs can be created."
        raise RefusedError(30, text, resource=RESOURCE)
    run = _made(world, given, where, now)
    _give_counts(world, run, rule)
    if run.repeat_type == "":
        run.plan = _plan(world, run, rule, now)
        run.repeat_type = "None"
    change = Change(bill_run_facts([run]), _effect(_CREATED, run))
    return Done(v1_view(run, world.zone), change=change)


def made_by(change: Change) -> str | None:
    """The id of the run that a change created; None where it created none."""
    effect = change.effect
    return str(effect["target"]) if effect is not None and effect["effect"] == _CREATED else None


def created_view(world: World, run_id: str) -> bytes:
    """The reply to the creation of a run, again."""
    run = world.shelf.created(run_id)
    return to_json(v1_view(replace(run, status="Pending", updated_at=run.created_at), world.zone))


def cancel_bill_run(world: World, call: Call, where: Where, now: float) -> Done:
    """`PUT /v1/bill-runs/{billRunId}/cancel`: from Pending, and from Completed without posted invoices."""
    once = body_of(call).get("cancelOnce")
    if not isinstance(once, bool | None):
        raise RefusedError(20, "Invalid value for field 'cancelOnce': must be a boolean", resource=RESOURCE)
    run = bill_run_at(world, call, where)
    if run.posted_invoices or run.status == "Posted":
        raise RefusedError(
            30, f"{run.number} cannot be Cancelled, There are Posted invoices", resource=RESOURCE
        )
    if run.status not in {"Pending", "Completed"}:
        raise RefusedError(30, f"{run.number} in status {run.status} cannot be canceled", resource=RESOURCE)
    whole_series = once is False and run.series != ""
    stopped = world.shelf.of_series(run, where) if whole_series else [run]
    after = [_cancelled(world, each, now) for each in stopped] or [_cancelled(world, run, now)]
    view = v1_view(next((each for each in after if each.id == run.id), after[0]), world.zone)
    if not whole_series and run.status == "Pending" and run.repeat_type in {"Daily", "Weekly", "Monthly"}:
        following = _next_run(world, run, now)
        after.append(following)
        view["nextRun"] = v1_view(following, world.zone)
    kind = "bill_run_series_canceled" if whole_series else "bill_run_canceled"
    return Done(view, change=Change(bill_run_facts(after), _effect(kind, run)))


def get_bill_run(world: World, call: Call, where: Where) -> JsonObject:
    """`GET /v1/bill-runs/{billRunId}`."""
    return v1_view(bill_run_at(world, call, where), world.zone)


def bill_run_at(world: World, call: Call, where: Where) -> BillRun:
    """The run whose id stands in the path; the pages promise an id there, not a number."""
    run = world.shelf.find(call.key, where) if _ID.match(call.key) else None
    if run is None:
        raise RefusedError(40, f"Cannot find entity by key: '{call.key}'.", resource=RESOURCE)
    return run


def _rule(world: World, given: JsonObject) -> CreatedPart:
    """The first rule of the scenario that matches; without one, it completes."""
    name, account = str(given.get("name", "")), account_of(given) or ""
    batches = given.get("batches")
    batch_names = [str(batch) for batch in batches] if isinstance(batches, list) else []
    for rule in world.scenario.created:
        batch_fits = not rule.batch or any(re.search(rule.batch, batch) for batch in batch_names)
        if re.search(rule.name, name) and re.search(rule.account, account) and batch_fits:
            return rule
    return CreatedPart()


def _made(world: World, given: JsonObject, where: Where, now: float) -> BillRun:
    fields = dict(given)
    schedule = fields.get("schedule")
    starts: Json = schedule["repeatFrom"] if isinstance(schedule, dict) else today_in(world.zone, now)
    for name in ("invoiceDate", "targetDate"):
        if f"{name}MonthOffset" not in fields:
            fields.setdefault(name, starts)
    number = RUN_COUNTS_FROM + world.runs_made
    run_id = digest(world.birth.id, world.birth.secret, "bill run", number)
    name = fields.get("name")
    return BillRun(
        id=run_id,
        number=f"BR-{number}",
        name=None if name is None else str(name),
        status="Pending",
        created_at=now,
        updated_at=now,
        entity=where.entity,
        orgs=where.orgs,
        fields=fields,
        series=run_id,
        repeat_type=str(schedule["repeatType"]) if isinstance(schedule, dict) else "",
    )


def _give_counts(world: World, run: BillRun, rule: CreatedPart) -> None:
    single = account_of(run.fields) is not None
    most = 1 if single else max(1, int(_BATCH_ACCOUNTS_MAX * fraction(world.birth.id, run.id, "accounts")))
    run.accounts = most if rule.accounts is None else rule.accounts
    run.invoices = run.accounts if rule.invoices is None else rule.invoices
    run.credit_memos = 0 if rule.credit_memos is None else rule.credit_memos
    if rule.end == "Error":
        run.error_message = rule.error_message
        run.invoices = 0 if rule.invoices is None else rule.invoices


def _plan(world: World, run: BillRun, rule: CreatedPart, now: float) -> list[tuple[float, BillRunStatus]]:
    """An ad hoc run waits, is processed and ends; with auto-post it is posted after that."""
    spans = world.scenario.delays
    queue_s = world.delay_s(spans.bill_run_queue, run.id, "queue") if rule.queue_s is None else rule.queue_s
    work_s = world.delay_s(spans.bill_run_processing, run.id, "work")
    begins = now + queue_s
    ends = begins + (work_s if rule.processing_s is None else rule.processing_s)
    end: BillRunStatus = rule.end
    plan: list[tuple[float, BillRunStatus]] = [(begins, "Processing"), (ends, end)]
    if run.fields.get("autoPost") and rule.end == "Completed":
        post_s = world.delay_s(spans.bill_run_post, run.id, "post")
        plan.append((ends + 0.1 * post_s, "PostInProgress"))
        plan.append((ends + post_s, "Posted"))
    return plan


def _cancelled(world: World, run: BillRun, now: float) -> BillRun:
    takes_s = run.cancel_s
    if takes_s is None:
        takes_s = world.delay_s(world.scenario.delays.bill_run_cancel, run.id, "cancel")
    end: BillRunStatus = "Completed" if run.cancel_ends == "Completed" else "Canceled"
    plan: list[tuple[float, BillRunStatus]] = [] if run.cancel_ends == "never" else [(now + takes_s, end)]
    return changed(run, now, "CancelInProgress", plan)


def _next_run(world: World, run: BillRun, now: float) -> BillRun:
    """The next occurrence of a recurring run: scheduled at once, under a number of its own."""
    number = RUN_COUNTS_FROM + world.runs_made
    return replace(
        run,
        id=digest(world.birth.id, world.birth.secret, "bill run", number),
        number=f"BR-{number}",
        created_at=now,
        updated_at=now,
        home="",
        fields=next_fields(run.fields),
        plan=[],
        place=-1,
    )


def _effect(kind: str, run: BillRun) -> JsonObject:
    return {"effect": kind, "target": run.id, "number": run.number, "name": run.name}

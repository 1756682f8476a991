"""One line of the ledger, derived from a task and its past alone."""

from dataclasses import dataclass
from typing import Final

from runner.core.history import Past
from runner.core.instant import rfc3339
from runner.core.jsonvalue import Json, JsonObject
from runner.core.outcome import Outcome, Status
from runner.core.sighting import Standing
from runner.core.task import Task, idempotency_key

LEDGER_FIELDS: Final = (
    "task", "row", "line", "custom_id", "operation", "tenant", "entity", "org", "status", "attempts",
    "http_status", "reason_code", "reason_message", "result_id", "result_state", "request_id", "process_id",
    "track_id", "idempotency_key", "started_at", "finished_at", "elapsed_ms", "retryable", "note",
)  # fmt: skip
"""In the order of the contract."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What the ledger says of one task. Times are RFC 3339, UTC."""

    task: int
    row: int
    line: int
    custom_id: str | None
    operation: str
    tenant: str
    entity: str | None
    org: tuple[str, ...] | None
    status: Status
    attempts: int
    http_status: int | None
    reason_code: str | None
    reason_message: str | None
    result_id: str | None
    result_state: str | None
    request_id: str | None
    process_id: str | None
    track_id: str | None
    idempotency_key: str | None
    started_at: str | None
    finished_at: str | None
    elapsed_ms: int | None
    retryable: bool
    note: str

    def to_json(self) -> JsonObject:
        """The members in the order of the contract."""
        org: list[Json] | None = None if self.org is None else list(self.org)
        members: JsonObject = {}
        for name in LEDGER_FIELDS:
            value: Json | tuple[str, ...] = getattr(self, name)
            members[name] = org if isinstance(value, tuple) else value
        return members


def planned_outcome(task: Task) -> Outcome | None:
    """What the plan itself decided of a task: its row is invalid, or its act was done before."""
    if task.rejected is not None:
        return Outcome(Status.REJECTED, reason_code="invalid_row", reason_message=task.rejected)
    done = task.done_by
    if done is not None:
        note = f"done by run {done.run}, task {done.task}"
        return Outcome(Status.UNCHANGED, result_id=done.result_id, note=note)
    return None


def outcome_of(task: Task, past: Past) -> Outcome:
    """How a task stands: its decided outcome, or what its events say so far."""
    if past.outcome is not None:
        return past.outcome
    planned = planned_outcome(task)
    if planned is not None:
        return planned
    seen = past.seen or past.pre
    state = seen.state if seen else None
    if past.success is not None or (seen and seen.standing is Standing.UNDER_WAY):
        success = past.success
        return Outcome(
            Status.ACCEPTED,
            result_id=(success.result_id if success else None) or (seen.result_id if seen else None),
            result_state=(past.seen.state if past.seen else None)
            or (success.result_state if success else None)
            or state,
            note=(seen.note if seen else "") or "the server took it; its end is not seen yet",
        )
    verdict = past.verdict
    code, message = (verdict.code, verdict.message) if verdict else (None, None)
    if past.doubts:
        code = code if past.answered == past.attempts else "no_answer"
        message = message if past.answered == past.attempts else "it was sent, and no answer was written down"
        if past.mismatch:
            code = "key_mismatch"
        return Outcome(Status.UNKNOWN, code, message, result_state=state, note=seen.note if seen else "")
    note = seen.note if seen else ""
    return Outcome(Status.NOT_ATTEMPTED, code, message, result_state=state, retryable=True, note=note)


def ledger_line(task: Task, past: Past, tenant: str, planned_at: float | None = None) -> LedgerLine:
    """Derive one line; `tenant` is the configured name, `planned_at` when its plan was committed."""
    outcome = outcome_of(task, past)
    verdict = past.verdict
    finished_at = past.settled_at if past.outcome is not None else None
    if planned_outcome(task) is not None:
        finished_at = planned_at
    elapsed = None if finished_at is None or past.first_sent_at is None else finished_at - past.first_sent_at
    return LedgerLine(
        task=task.number,
        row=task.row,
        line=task.line,
        custom_id=task.custom_id,
        operation=task.operation,
        tenant=tenant,
        entity=task.scope.entity,
        org=task.scope.orgs or None,
        status=outcome.status,
        attempts=past.attempts - past.unsent,
        http_status=verdict.http_status if verdict else None,
        reason_code=outcome.reason_code,
        reason_message=outcome.reason_message,
        result_id=outcome.result_id,
        result_state=outcome.result_state,
        request_id=verdict.request_id if verdict else None,
        process_id=verdict.process_id if verdict else None,
        track_id=past.track_id,
        idempotency_key=idempotency_key(task.act, past.generation) if task.keyed and past.attempts else None,
        started_at=None if past.first_sent_at is None else rfc3339(past.first_sent_at),
        finished_at=None if finished_at is None else rfc3339(finished_at),
        elapsed_ms=None if elapsed is None else max(0, round(elapsed * 1000)),
        retryable=outcome.retryable,
        note=outcome.note,
    )

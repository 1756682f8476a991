"""`show`: one task's whole history."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from runner.compose.console import Console
from runner.compose.runrecord import RunRecord
from runner.core.event import (
    Answered,
    Observed,
    Resolved,
    Sent,
    Settled,
    TaskEvent,
    event_to_json,
    kind_of_event,
)
from runner.core.history import beginning, fold
from runner.core.instant import rfc3339
from runner.core.jsonvalue import Json, JsonObject, dumps
from runner.core.ledgerline import LedgerLine, ledger_line
from runner.core.options import Site
from runner.core.plaintext import shown
from runner.core.task import Task, idempotency_key
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run

_TEXT_MAX: Final = 400
_BODY_MAX: Final = 2_000
_REPLY_MAX: Final = 4_096
"""The whole head of a reply that the checkpoint keeps."""


def show_task(site: Site, named: str, number: int, console: Console) -> int:
    """Show what was frozen for a task, and everything that happened to it since; 0.

    Raises:
        UserFault: there is no such run or task.
        StorageFault: the run cannot be read.
    """
    with CheckpointReader(find_run(Path(site.runs_dir), named)) as reader:
        record = RunRecord.from_json(reader.meta())
        task, events = reader.task(number)
        source = reader.source_of(task.row)
    line = ledger_line(task, fold(events, beginning(task)), record.tenant, record.created_at)
    console.out("\n".join(_page(record.run_id, task, line, events)))
    console.json({
        "run_id": record.run_id,
        "task": line.to_json(),
        "request": _request(task),
        "source": source,
        "events": list[Json](_event_document(event, task) for event in events),
    })  # fmt: skip
    return 0


def _request(task: Task) -> JsonObject:
    return {
        "method": task.method,
        "path": task.path,
        "body": task.body.decode("utf-8", "backslashreplace"),
        "act": task.act,
        "marker": task.marker,
        "target": task.target,
    }


def _event_document(event: TaskEvent, task: Task) -> JsonObject:
    document = {"event": kind_of_event(event), **event_to_json(event), "at": rfc3339(event.at)}
    if isinstance(event, Sent):
        document["server_at"] = rfc3339(event.server_at) if event.server_at is not None else None
        document["idempotency_key"] = idempotency_key(task.act, event.generation) if task.keyed else None
    return document


def _page(run_id: str, task: Task, line: LedgerLine, events: list[TaskEvent]) -> Iterator[str]:
    yield f"task      {task.number} of run {run_id} (row {task.row}, line {task.line})"
    if task.custom_id is not None:
        yield f"custom_id {shown(task.custom_id)}"
    scope = ", ".join(filter(None, [task.scope.entity, *task.scope.orgs]))
    yield f"operation {task.operation}" + (f" in {scope}" if scope else "")
    yield f"request   {task.method} {task.path}"
    yield f"body      {shown(task.body.decode('utf-8', 'replace'), _BODY_MAX)}"
    yield f"status    {line.status.value}" + (f" ({shown(line.result_state)})" if line.result_state else "")
    told = {"reason": _reason(line), "result": line.result_id, "note": line.note, "rejected": task.rejected}
    for name, text in told.items():
        if text:
            yield f"{name:<9} {shown(text, _TEXT_MAX)}"
    yield ""
    if not events:
        yield "nothing has happened to it yet"
    for event in events:
        yield f"{rfc3339(event.at)}  {_sentence(event, task)}"


def _reason(line: LedgerLine) -> str:
    return " ".join(filter(None, [line.reason_code, line.reason_message]))


def _sentence(event: TaskEvent, task: Task) -> str:
    match event:
        case Sent():
            key = f", key {idempotency_key(task.act, event.generation)[:16]}..." if task.keyed else ""
            return f"sent      attempt {event.attempt}, track id {event.track_id}{key}"
        case Answered():
            return f"answered  attempt {event.attempt}: {_answer(event)}"
        case Observed():
            sighting = event.sighting
            words = [sighting.standing.value, sighting.state, sighting.result_id, sighting.note]
            facts = f" {shown(dumps(sighting.facts), _TEXT_MAX)}" if sighting.facts else ""
            return (
                f"observed  ({event.purpose}) "
                + ", ".join(shown(each, _TEXT_MAX) for each in words if each)
                + facts
            )
        case Settled():
            outcome = event.outcome
            told = " ".join(filter(None, [outcome.reason_code, outcome.reason_message]))
            return f"settled   {outcome.status.value}" + _after(outcome.note or told)
        case Resolved():
            made = f", result {shown(event.outcome.result_id, _TEXT_MAX)}" if event.outcome.result_id else ""
            who = f" by {shown(event.who)}{made}: {shown(event.reason, _TEXT_MAX)}"
            return f"resolved  {event.outcome.status.value}{who}"


def _answer(event: Answered) -> str:
    verdict = event.verdict
    status = "" if verdict.http_status is None else f"HTTP {verdict.http_status}"
    ids = [
        ("request id", verdict.request_id),
        ("process id", verdict.process_id),
        ("result", verdict.result_id),
    ]
    words = [verdict.kind.value, status, verdict.code, verdict.message]
    words += [f"{name} {value}" for name, value in ids if value]
    body = f"\n{'':26}{shown(event.body, _REPLY_MAX)}" if event.body else ""
    return ", ".join(shown(each, _TEXT_MAX) for each in words if each) + body


def _after(note: str) -> str:
    return f": {shown(note, _TEXT_MAX)}" if note else ""

"""The named points at which the program is killed: places in its code (failure model 3.A, K1 to K14).

K15, a kill during recovery at any of them, is a pair of points.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from runner.core.event import Answered, Observed
from runner.core.step import Look, Send

HANDED_OVER_S: Final = 0.1
"""So long after its bytes were handed to the socket a request has long been carried out by the tenant."""

Fits = Callable[..., bool]


def _any(*_what: object, **_more: object) -> bool:
    return True


def _nothing(*_what: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Place:
    """Before or after a function of the program; only calls with fitting arguments count.

    `model` names the line of the failure model. `first` is done, with the arguments, just before the deed.
    """

    model: str
    when: Literal["before", "after"]
    owner: str
    name: str
    fits: Fits = _any
    first: Callable[..., None] = _nothing


def _events(kind: str) -> Fits:
    return lambda _log, events: any(event.kind == kind for event in events)


def _recorded(kind: type) -> Fits:
    return lambda _board, _live, event: isinstance(event, kind)


def _write(_transport: object, request: Any, **_more: object) -> bool:
    return "Zuora-Track-Id" in request.headers


def _write_bytes(_socket: object, pieces: bytes | list[bytes]) -> bool:
    return b"Zuora-Track-Id" in (b"".join(pieces) if isinstance(pieces, list) else bytes(pieces))


def _half(transport: Any, piece: bytes) -> None:
    transport._sock.send(bytes(piece)[: len(piece) // 2])


def _carried_out(*_what: object) -> None:
    time.sleep(HANDED_OVER_S)


def _waits_to_send(board: Any, _live: object, step: object) -> bool:
    return isinstance(step, Send) and step.at > board.clock.now()


def _waits_to_poll(board: Any, live: Any, step: object) -> bool:
    return isinstance(step, Look) and step.at > board.clock.now() and live.past.success is not None


def _polls(_reads: object, _lane: object, _key: object, lives: Any) -> bool:
    return any(live.past.success is not None for live in lives)


def _looks_at_doubt(_reads: object, _lane: object, _key: object, lives: Any) -> bool:
    return any(live.past.doubts and live.past.success is None for live in lives)


_LOG: Final = "runner.edge.checkpoint.commitlog:CommitLog"
_PLAN: Final = "runner.edge.checkpoint.planwriter:PlanWriter"
_DATABASE: Final = "runner.edge.checkpoint.database:Database"
_INDEX: Final = "runner.edge.checkpoint.actindex:ActIndex"
_SESSION: Final = "runner.edge.checkpoint.acts:ActSession"
_TOKENS: Final = "runner.edge.http.token:TokenSource"
_TRANSPORT: Final = "runner.edge.http.transport:Transport"
_SOCKET: Final = "asyncio.selector_events:_SelectorSocketTransport"
_BOARD: Final = "runner.engine.board:Board"
_READS: Final = "runner.engine.reads:Reads"
_ADMISSION: Final = "runner.engine.admission:Admission"
_FILE: Final = "runner.edge.output.atomic:AtomicFile"
_BATCH: Final = "runner.edge.output.atomic:AtomicBatch"
_DERIVE: Final = "runner.edge.output.derive:"

PLACES: Final[dict[str, Place]] = {
    "row_spooled": Place("K1", "after", "runner.edge.spool:Spool", "add"),
    "job_compared": Place("K1", "after", "runner.compose.compiledjob:CompiledJob", "compare"),
    "run_locked": Place("K1", "after", "runner.edge.checkpoint.lock:RunLock", "acquire"),
    "checkpoint_begun": Place("K1", "after", "runner.edge.checkpoint.planwriter:Checkpoint", "create"),
    "registry_commits": Place("K1", "before", _INDEX, "commit"),
    "registry_committed": Place("K1", "after", _INDEX, "commit"),
    "acts_to_claim": Place("K1", "before", _SESSION, "claim"),
    "acts_claimed": Place("K1", "after", _SESSION, "claim"),
    "plan_commits": Place("K1", "before", _PLAN, "commit"),
    "plan_in_log": Place("K2", "before", _DATABASE, "truncate_log"),
    "plan_without_head": Place("K2", "after", _DATABASE, "truncate_log"),
    "plan_committed": Place("K2", "after", _PLAN, "commit"),
    "epoch_begun": Place("K2", "after", _LOG, "_begin_epoch"),
    "sent_to_commit": Place("K3", "before", _LOG, "commit", _events("sent")),
    "sent_in_transaction": Place("K3", "before", _LOG, "_update_caches", _events("sent")),
    "sent_committed": Place("K4", "after", _LOG, "commit", _events("sent")),
    "write_to_send": Place("K4", "before", _TRANSPORT, "send", _write),
    "request_half_written": Place("K5", "before", _SOCKET, "write", _write_bytes, _half),
    "request_written": Place("K6", "after", _SOCKET, "write", _write_bytes),
    "request_carried_out": Place("K7", "after", _SOCKET, "write", _write_bytes, _carried_out),
    "reply_read": Place("K8", "after", _TRANSPORT, "send", _write),
    "answer_recorded": Place("K8", "after", _BOARD, "record", _recorded(Answered)),
    "answer_to_commit": Place("K8", "before", _LOG, "commit", _events("answered")),
    "answer_in_transaction": Place("K8", "before", _LOG, "_update_caches", _events("answered")),
    "answer_committed": Place("K9", "after", _LOG, "commit", _events("answered")),
    "sight_recorded": Place("K9", "after", _BOARD, "record", _recorded(Observed)),
    "backoff_begun": Place("K10", "after", _BOARD, "_queue", _waits_to_send),
    "token_to_fetch": Place("K11", "before", _TOKENS, "_fetch"),
    "token_fetched": Place("K11", "after", _TOKENS, "_fetch"),
    "poll_awaited": Place("K12", "after", _BOARD, "_queue", _waits_to_poll),
    "poll_begins": Place("K12", "before", _READS, "look", _polls),
    "poll_answered": Place("K12", "after", _READS, "look", _polls),
    "end_pending": Place("K12", "after", _BOARD, "settle"),
    "end_in_transaction": Place("K12", "before", _LOG, "_update_caches", _events("settled")),
    "end_committed": Place("K9", "after", _LOG, "commit", _events("settled")),
    "doubts_admitted": Place("K12", "after", _ADMISSION, "_begun_pass"),
    "doubt_to_look_at": Place("K12", "before", _READS, "look", _looks_at_doubt),
    "doubt_looked_at": Place("K12", "after", _READS, "look", _looks_at_doubt),
    "doubts_looked_at": Place("K12", "after", _ADMISSION, "_settling_pass_over"),
    "rest_committed": Place("K13", "after", _LOG, "commit", _events("rested")),
    "log_to_close": Place("K13", "before", _LOG, "close"),
    "log_closed": Place("K13", "after", _LOG, "close"),
    "files_sealed": Place("K14", "after", _BATCH, "seal"),
    "file_to_place": Place("K14", "before", _FILE, "place"),
    "file_placed": Place("K14", "after", _FILE, "place"),
    "files_placed": Place("K14", "after", _BATCH, "place"),
    "files_remembered": Place("K14", "after", _DERIVE, "remember"),
}

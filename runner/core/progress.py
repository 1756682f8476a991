"""How far a launch is, as a value and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from runner.core.jsonvalue import Json, JsonObject
from runner.core.outcome import FINAL_STATUSES, Status
from runner.core.plaintext import shown

_REASON_MAX: Final = 80
_SHOWN_ALWAYS: Final = frozenset({Status.FAILED, Status.UNKNOWN})
_DONE: Final = frozenset({Status.SUCCEEDED, Status.UNCHANGED})


def _no_counts() -> Mapping[Status, int]:
    return {}


@dataclass(frozen=True, slots=True)
class ProgressState:
    """One moment of a launch.

    `total` is the number of tasks of the run, `counts` those that have a status by now (`not_attempted` does
    not count), `in_flight` the requests on the wire. `rate_per_s` is finished tasks a second of late;
    `eta_s` the seconds left, None where nobody can tell. `pace_reason` says why the pace is held back
    ("waiting 20 s: Retry-After"), None where it is not. `elapsed_s` is seconds since the launch began.
    """

    total: int
    counts: Mapping[Status, int] = field(default_factory=_no_counts)
    in_flight: int = 0
    rate_per_s: float = 0.0
    eta_s: float | None = None
    pace_reason: str | None = None
    elapsed_s: float = 0.0

    @property
    def finished(self) -> int:
        """Tasks whose status is decided."""
        return sum(count for status, count in self.counts.items() if status in FINAL_STATUSES)

    def to_json(self) -> JsonObject:
        """One line of `--progress json`; numbers with at most one digit behind the point."""
        counts: dict[str, Json] = {status.value: self.counts.get(status, 0) for status in Status}
        return {
            "event": "progress",
            "total": self.total,
            "finished": self.finished,
            "counts": counts,
            "in_flight": self.in_flight,
            "rate_per_s": _tenths(self.rate_per_s),
            "eta_s": None if self.eta_s is None else _tenths(self.eta_s),
            "pace_reason": self.pace_reason or None,
            "elapsed_s": _tenths(self.elapsed_s),
        }


def progress_words(state: ProgressState) -> str:
    """The state in one line of plain text, whatever its reason says."""
    done = sum(state.counts.get(status, 0) for status in _DONE)
    parts = [f"{done:,} of {state.total:,} done"]
    for status, word in _WORDS.items():
        count = state.counts.get(status, 0)
        if count or status in _SHOWN_ALWAYS:
            parts.append(f"{count:,} {word}")
    parts.append(f"{state.in_flight:,} in flight")
    parts.append(f"{state.rate_per_s:,.{1 if state.rate_per_s < _WHOLE_RATE else 0}f}/s")
    if state.eta_s is not None and state.finished < state.total:
        parts.append(f"{duration_words(state.eta_s)} left")
    if state.pace_reason:
        parts.append(shown(state.pace_reason, _REASON_MAX))
    return ", ".join(parts)


def duration_words(seconds: float) -> str:
    """A duration as people say it: `8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _tenths(number: float) -> Decimal:
    return Decimal(f"{number:.1f}")


_WORDS: Final[Mapping[Status, str]] = {
    Status.FAILED: "failed",
    Status.UNKNOWN: "unknown",
    Status.ACCEPTED: "under way",
    Status.PARTIAL: "partly done",
    Status.REJECTED: "rejected",
}
_WHOLE_RATE: Final = 10

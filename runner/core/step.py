"""The answers of the planner, and what it looks at."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from runner.core.history import Past
from runner.core.outcome import Outcome
from runner.core.policy import Policy, Traits, poll_s
from runner.core.sighting import Purpose, Standing
from runner.core.task import Task

_PROVING: Final = frozenset({Standing.UNTOUCHED, Standing.ABSENT, Standing.PARTLY})


@dataclass(frozen=True, slots=True)
class Send:
    """Write, with this key generation (0: no key), not before `at`."""

    generation: int
    at: float


@dataclass(frozen=True, slots=True)
class Look:
    """Read the target, not before `at`."""

    purpose: Purpose
    at: float


@dataclass(frozen=True, slots=True)
class Settle:
    """The final status is decided."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more can be done for it in this launch; `reason` is for people."""

    reason: str


Step: TypeAlias = Send | Look | Settle | Rest


@dataclass(frozen=True, slots=True)
class View:
    """One task as the planner sees it. Times in seconds since the epoch.

    `server_now` is the server's clock, as far as its replies told. `looks` and `looked_at` count the reads
    of this launch since the last write, `sends` its writes, `key_sends` those with the present key.
    `marker_read`: in this launch a marker was once read back whole on this tenant, so not finding one means
    something. `clock_since`: times before it were written down by a clock that may have been another (None:
    those of this launch alone are sure).
    """

    policy: Policy
    traits: Traits
    task: Task
    past: Past
    now: float
    server_now: float
    launched_at: float
    looks: int = 0
    looked_at: float | None = None
    sends: int = 0
    key_sends: int = 0
    marker_read: bool = False
    clock_since: float | None = None

    @property
    def can_look(self) -> bool:
        """Whether there is anything to read: a creation without a marker cannot be found."""
        return self.task.marker is not None or not self.task.keyed or self.past.success is not None

    @property
    def last_byte_at(self) -> float:
        """When the last byte of the doubtful write had left, at the latest.

        A write without any answer was under way when its launch died (a machine may have slept before its
        bytes left): all that is sure is that it left before this launch began.
        """
        doubt_at = self.past.doubt_at or 0.0
        return max(doubt_at, self.launched_at) if self.past.unanswered else self.at_latest(doubt_at)

    def at_latest(self, at: float) -> float:
        """A time in the task's past, by the clock of this launch; one by another clock may be later."""
        if self.sends:
            return at
        return max(at, self.launched_at if self.clock_since is None else self.clock_since)

    @property
    def quiet_until(self) -> float:
        """When "not there" begins to count."""
        return self.last_byte_at + self.policy.quiet_s

    def proven_since(self, last_byte_at: float) -> bool:
        """Whether two looks, apart, past the quiet window, both found nothing done; one in this launch."""
        negatives = self.past.negatives
        if len(negatives) < 2:  # noqa: PLR2004 - "twice" is the rule
            return False
        first, second = negatives
        if second < self.launched_at:  # what was seen then may have changed since
            return False
        return first >= last_byte_at + self.policy.quiet_s and second - first >= self.policy.spacing_s


def _may_prove(view: View) -> bool:
    """Whether one more look, `spacing_s` after the last one, may be the second of the two that prove."""
    seen = view.past.seen
    negative = seen is not None and seen.standing in _PROVING
    return negative and not view.proven_since(view.last_byte_at)


def deadline(view: View) -> float:
    """Until when a task is followed in this launch: from its beginning, or from its last write in it."""
    past = view.past
    heard_at = max(past.sent_at or 0.0, past.answered_at or 0.0) if view.sends else 0.0
    return max(view.launched_at, heard_at) + view.policy.settle_s


def look_step(view: View, purpose: Purpose, *, until: float | None = None) -> Look | Rest:
    """The next look: the first at once, the others further apart; Rest once their time is over.

    In doubt, one look falls on the end of the quiet window and the next `spacing_s` later: these two prove.
    """
    looked_at = view.looked_at
    if looked_at is None:
        return Look(purpose, view.now)
    at = looked_at + poll_s(view.task.act, view.looks)
    if view.past.doubts and looked_at < view.quiet_until:
        at = min(at, view.quiet_until)
    elif view.past.doubts and _may_prove(view):
        at = looked_at + view.policy.spacing_s
    limit = deadline(view) if until is None else until
    return Look(purpose, at) if at <= limit else Rest("not settled in time")

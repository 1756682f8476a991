"""Short ways to make what the core's tests are about: tasks, replies, events, views."""

from dataclasses import replace
from typing import Any

from runner.core.event import Answered, Observed, Purpose, Sent, TaskEvent
from runner.core.history import Past, fold
from runner.core.jsonvalue import Json, JsonObject, dumps
from runner.core.policy import Policy, Traits
from runner.core.scope import Scope
from runner.core.sighting import Sighting, Standing
from runner.core.step import View
from runner.core.task import Task, marker_of
from runner.core.verdict import Verdict, VerdictKind
from runner.core.wire import Arrived

ACT = "a1" * 32
T0 = 1_800_000_000.0
"""When the first write of a made-up past was sent."""
POLICY = Policy()
PUT_TRAITS = Traits()
JOURNAL_TRAITS = Traits(untouched_proves=False)


def creation(*, marker: bool = True, generation: int = 1) -> Task:
    """A task that creates a bill run: POST, with a key."""
    return Task(
        1, 1, 2, None, "create_bill_run", Scope(), "POST", "/v1/bill-runs", b"{}", ACT, {}, "name",
        marker_of(ACT) if marker else None, generation,
    )  # fmt: skip


def cancel() -> Task:
    """A task that cancels a bill run: PUT, no key."""
    return Task(
        1, 1, 2, None, "cancel_bill_run", Scope(), "PUT", "/v1/bill-runs/b1/cancel", b"{}", ACT, {}, "b1"
    )


def arrived(status: int, body: "Json | bytes" = b"", **headers: str) -> Arrived:
    """A reply; header names are written with `_` for `-`."""
    whole = body if isinstance(body, bytes) else dumps(body).encode()
    return Arrived(status, {name.replace("_", "-"): value for name, value in headers.items()}, whole)


def refusal(*codes: Json) -> JsonObject:
    """The body of a refusal with these reason codes."""
    return {"success": False, "reasons": [{"code": code, "message": f"because of {code}"} for code in codes]}


def said(kind: VerdictKind, **members: Any) -> Verdict:
    """A verdict."""
    return Verdict(kind, **members)


def seen(standing: Standing, **members: Any) -> Sighting:
    """A sighting."""
    return Sighting(standing, **members)


class Story:
    """A task's past, told event by event; time goes on by what each teller says."""

    def __init__(self, now: float = T0) -> None:
        self.now = now
        self.attempt = 0
        self.events: list[TaskEvent] = []

    def sent(self, generation: int = 0, *, after_s: float = 0.0, server_at: float | None = None) -> "Story":
        """A write leaves."""
        self.now += after_s
        self.attempt += 1
        self.events.append(Sent(1, self.now, self.attempt, generation, f"t-{self.attempt}", server_at))
        return self

    def answered(self, kind: VerdictKind, *, after_s: float = 1.0, **members: Any) -> "Story":
        """Its reply comes."""
        self.now += after_s
        self.events.append(Answered(1, self.now, self.attempt, Verdict(kind, **members)))
        return self

    def looked(
        self, standing: Standing, *, after_s: float = 1.0, purpose: Purpose = "settle", **members: Any
    ) -> "Story":
        """A look at its target."""
        self.now += after_s
        self.events.append(Observed(1, self.now, purpose, Sighting(standing, **members)))
        return self

    @property
    def past(self) -> Past:
        """All of it, folded."""
        return fold(self.events)


def view(task: Task, story: Story | Past, *, policy: Policy = POLICY, **changes: Any) -> View:
    """The task as the planner sees it, in the launch that began with its past."""
    past = story.past if isinstance(story, Story) else story
    now = story.now if isinstance(story, Story) else T0
    made = View(policy, PUT_TRAITS, task, past, now=now, server_now=now, launched_at=T0, clock_since=0.0)
    return replace(made, **changes)

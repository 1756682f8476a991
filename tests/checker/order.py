"""The events of each task among each other: what may follow what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.checker.record import Finding, Members, Planned, Record

_STORED: Final = frozenset({"busy", "gated"})
"""Proven refusals that the server stores under the key: after one, another key is due."""
_UNCLEAR: Final = frozenset({"unclear", "garbled", "redirected"})
_IN_FLIGHT: Final = "in_flight"
"""An earlier request with this key is being worked on, also one that this record does not know of."""
_PUTS_MAX: Final = 2
"""Of a PUT that may have taken effect, at most one more is sent by the program itself."""


def is_unclear(answered: Members) -> bool:
    """Whether a reply leaves open whether its write took effect."""
    return answered["verdict"]["kind"] in _UNCLEAR


def judge_order(record: Record) -> Iterator[Finding]:
    """Attempts count on, answers follow, a stored refusal is not asked again, two doubtful PUTs at most."""
    events = record.events_of()
    for task in record.tasks:
        yield from _Course(task).follow(events[task.number])


@dataclass(slots=True)
class _Course:
    """The course of one task. `refused` is the last generation that was refused for good.

    `doubtful`: an attempt of the present generation may have taken effect, so that only its key may go on.
    """

    task: Planned
    sent: int = 0
    generation: int = 0
    answered: int = 0
    refused: int = 0
    unclear: int = 0
    doubtful: bool = False
    decided: bool = False

    def follow(self, events: list[Members]) -> Iterator[Finding]:
        for event in events:
            match event["kind"]:
                case "sent":
                    yield from self._sent(event)
                case "answered":
                    yield from self._answered(event)
                case "settled":
                    self.decided = True
                case _:
                    pass
        if self.task.method == "PUT" and self.unclear > _PUTS_MAX:
            yield self._found("puts", f"{self.unclear} PUTs that may have taken effect")

    def _sent(self, event: Members) -> Iterator[Finding]:
        if event["attempt"] != self.sent + 1:
            yield self._found("order", f"attempt {event['attempt']} after {self.sent}")
        if self.decided:
            yield self._found("order", f"attempt {event['attempt']} after the task was settled")
        if self.task.method == "POST" and event["generation"] <= self.refused:
            yield self._found(
                "stale_key", f"attempt {event['attempt']} under a key that was refused for good"
            )
        unanswered = self.sent > self.answered
        self.unclear += int(unanswered)
        same_key = event["generation"] == self.generation
        self.doubtful = same_key and (self.doubtful or unanswered)
        self.sent, self.generation = event["attempt"], event["generation"]

    def _answered(self, event: Members) -> Iterator[Finding]:
        if event["attempt"] != self.sent or self.sent <= self.answered:
            yield self._found("order", f"an answer to attempt {event['attempt']}, sent were {self.sent}")
        self.answered = event["attempt"]
        self.unclear += int(is_unclear(event))
        self.doubtful = self.doubtful or is_unclear(event) or event["verdict"]["kind"] == _IN_FLIGHT
        if event["verdict"]["kind"] in _STORED and not self.doubtful:
            self.refused = self.generation

    def _found(self, kind: str, why: str) -> Finding:
        return Finding(kind, self.task.number, why)

"""Bugs of the order in which things are sent and written down."""

from dataclasses import replace

from runner.core.event import Answered, Sent
from runner.core.verdict import Verdict, VerdictKind
from runner.engine import writes
from runner.engine.board import Board


def no_intent_for_put() -> None:
    """The `sent` of a PUT is written with the next group, while its request is under way already."""
    whole = Board.log_now

    async def log_now(self, events):
        if all(isinstance(event, Sent) and event.generation == 0 for event in events):
            self.log_soon(events)
            return True
        return await whole(self, events)

    Board.log_now = log_now


def outcome_before_reply() -> None:
    """The answer is written down as soon as the request is on its way."""
    whole = Board.log_now

    async def log_now(self, events):
        promised = await whole(self, events)
        for sent in events:
            if promised and isinstance(sent, Sent):
                verdict = Verdict(VerdictKind.DONE, http_status=200)
                await self._log.append([Answered(sent.task, sent.at, sent.attempt, verdict)])
        return promised

    Board.log_now = log_now


def accepted_is_done() -> None:
    """A cancel that the server only took is taken for one that it has finished."""
    whole = writes.classify

    def classify(reply, exchange):
        verdict = whole(reply, exchange)
        taken = verdict.kind is VerdictKind.ACCEPTED
        return replace(verdict, kind=VerdictKind.DONE) if taken else verdict

    writes.classify = classify

"""Bugs of what is kept on disk."""

from typing import Final

from runner.core.ports import StorageFault
from runner.edge.checkpoint import opening
from runner.engine.board import Board

JUDGES: Final = ("tests/storage/test_powercut.py",)


def synchronous_normal() -> None:
    """A commit returns before its bytes are on disk."""
    opening._DURABLE = tuple(
        each.replace("FULL", "NORMAL").replace("full", "normal") for each in opening._DURABLE
    )


def continue_after_commit_error() -> None:
    """A commit that failed is passed over, and its request is sent."""

    async def log_now(self, events):
        try:
            await self._log.append(events)
        except StorageFault:
            return True
        return True

    def log_soon(self, events):
        try:
            self._log.append_soon(events)
        except StorageFault:
            return

    Board.log_now, Board.log_soon = log_now, log_soon

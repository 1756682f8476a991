"""Storage that fails under a whole launch."""

import contextlib

import pytest

from runner.core.ports import StorageFault
from runner.engine.board import Board
from tests.storage.sweep import sweep

BATCH = 40
BATCHES = 8


@pytest.mark.parametrize("batch", range(BATCHES))
def test_after_the_first_error_no_request_leaves_and_no_promise_is_broken(batch: int):
    """Whatever fails: the launch stops, what was promised is there, and the next launch ends it."""
    swept = sweep(BATCH, first=batch * BATCH)
    assert swept.words == []
    assert swept.figures["cases"] == BATCH
    assert swept.figures["faults struck"] > 0.9 * BATCH
    assert swept.figures["requests after the first error"] == 0
    assert swept.figures["requests before the first error"] > BATCH
    assert swept.figures["events promised"] > BATCH


def test_a_failing_read_stops_it_likewise():
    """What cannot be read is a storage error as any other."""
    swept = sweep(30, seed=1, reads=True)
    assert swept.words == []
    assert swept.figures["faults struck"] > 25


def test_a_launch_that_goes_on_is_seen(monkeypatch: pytest.MonkeyPatch):
    """A launch that passes over a commit that failed is found out: the sweep can see what it looks for."""

    async def log_now(self: Board, events: list) -> bool:
        try:
            await self._log.append(events)
        except StorageFault:
            return True
        return True

    def log_soon(self: Board, events: list) -> None:
        with contextlib.suppress(StorageFault):
            self._log.append_soon(events)

    monkeypatch.setattr(Board, "log_now", log_now)
    monkeypatch.setattr(Board, "log_soon", log_soon)
    monkeypatch.setattr(Board, "storage_sound", lambda _board: True)
    swept = sweep(12, seed=2)
    assert swept.figures["violations: requests after the first error"] > 0
    assert swept.figures["violations: checker: unsent"] > 0

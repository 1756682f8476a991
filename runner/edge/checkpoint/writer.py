"""The event log of the engine: one thread writes, and many appends share one fsync."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from runner.core.event import Event
from runner.core.history import Past
from runner.core.ports import StorageFault
from runner.core.task import Task
from runner.edge.checkpoint.codec import SpelledEvent, spell
from runner.edge.checkpoint.commitlog import CommitLog

SOON_S: Final = 0.05
"""How long an event of `append_soon` may wait for company."""

_Page = list[tuple[Task, Past]]


@dataclass(slots=True)
class _Order:
    """What the thread is to do: write, then perhaps read, then answer."""

    events: list[SpelledEvent] = field(default_factory=list[SpelledEvent])
    read: Callable[[], _Page] | None = None
    future: "asyncio.Future[_Page] | None" = None
    page: _Page = field(default_factory=list[tuple[Task, Past]])
    fault: BaseException | None = None

    def answer(self) -> None:
        """Wake up who waits; in the thread of its loop."""
        if self.future is None or self.future.done():
            return
        if self.fault is None:
            self.future.set_result(self.page)
        else:
            self.future.set_exception(self.fault)


class CheckpointWriter:
    """The `EventLog` of a run, for one asyncio loop; close it in the end.

    `append` and `append_soon` keep their order among each other.
    """

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self.epoch = log.epoch
        self._orders: list[_Order] = []
        self._due_at: float | None = None
        self._closing = False
        self._fault: StorageFault | None = None
        self._wakeup = threading.Condition()
        # A daemon: a disk that hangs must not keep a forced-out program alive.
        self._thread = threading.Thread(target=self._work, name="checkpoint", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, directory: Path, vfs: str | None = None) -> Self:
        """Open the checkpoint of a run whose lock is held; raises as `CommitLog.open`."""
        return cls(CommitLog.open(directory, vfs))

    async def append(self, events: Sequence[Event]) -> None:
        """Write events, return once they are on disk; from the first `StorageFault` on it always raises."""
        await self._ask(_Order([spell(event) for event in events]))

    def append_soon(self, events: Sequence[Event]) -> None:
        """Write events with the next group, at most 50 ms later; raises `StorageFault` of an earlier call."""
        self._put(_Order([spell(event) for event in events]), time.monotonic() + SOON_S)

    def check_sound(self) -> None:
        """Raise `StorageFault` where any earlier write failed, also one that nobody waited for."""
        if self._fault is not None:
            raise StorageFault(str(self._fault))

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Tasks without a final status, as they stand after all that was appended before."""
        return await self._ask(
            _Order(read=lambda: self._log.open_tasks(begun=begun, after=after, limit=limit))
        )

    def close(self) -> None:
        """Write what is waiting and close; `StorageFault` where not all of it could be written."""
        with self._wakeup:
            self._closing = True
            self._wakeup.notify()
        self._thread.join()
        self._log.close()
        if self._fault is not None:
            raise StorageFault(str(self._fault))

    async def _ask(self, order: _Order) -> _Page:
        order.future = asyncio.get_running_loop().create_future()
        self._put(order, time.monotonic())
        return await order.future

    def _put(self, order: _Order, due_at: float) -> None:
        with self._wakeup:
            self.check_sound()
            if self._closing:
                raise StorageFault("the checkpoint was closed")
            self._orders.append(order)
            if self._due_at is None or due_at < self._due_at:
                self._due_at = due_at
                self._wakeup.notify()

    def _work(self) -> None:
        while True:
            orders = self._take()
            if not orders:
                return
            self._carry_out(orders)

    def _take(self) -> list[_Order]:
        """Wait for orders that are due, and take all there are; none: it was closed."""
        with self._wakeup:
            while not self._closing:
                wait_s = None if self._due_at is None else self._due_at - time.monotonic()
                if wait_s is not None and wait_s <= 0:
                    break
                self._wakeup.wait(wait_s)
            orders, self._orders = self._orders, []
            self._due_at = None
            return orders

    def _carry_out(self, orders: list[_Order]) -> None:
        try:
            self._log.commit([event for order in orders for event in order.events])
            for order in orders:
                if order.read is not None:
                    order.page = order.read()
        except BaseException as fault:  # noqa: BLE001 - whoever waits must be told, and nothing may be sent
            told = (
                fault
                if isinstance(fault, StorageFault)
                else StorageFault(f"the checkpoint failed: {fault!r}")
            )
            with self._wakeup:
                self._fault = told
                orders = [*orders, *self._orders]  # what came in meanwhile will not be written either
                self._orders = []
            for order in orders:
                order.fault = StorageFault(str(told))
        _answer(orders)


class InlineWriter:
    """The same without a thread, for simulation on a loop with virtual time.

    `append_soon` waits for the next group or 50 ms of the loop's time, so that a simulated crash (dropping
    this object without `close`) loses what a real one may lose.
    """

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self.epoch = log.epoch
        self._waiting: list[SpelledEvent] = []
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def open(cls, directory: Path, vfs: str | None = None) -> Self:
        """Open the checkpoint of a run; raises as `CommitLog.open`."""
        return cls(CommitLog.open(directory, vfs))

    async def append(self, events: Sequence[Event]) -> None:
        """Write events, return once they are on disk; from the first `StorageFault` on it always raises."""
        self._waiting.extend(spell(event) for event in events)
        self._flush()

    def append_soon(self, events: Sequence[Event]) -> None:
        """Write events with the next group, at most 50 ms later; raises `StorageFault` of an earlier call."""
        self._log.check_sound()
        self._waiting.extend(spell(event) for event in events)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON_S, self._flush_quietly)

    def check_sound(self) -> None:
        """Raise `StorageFault` where any earlier write failed, also one that nobody waited for."""
        self._log.check_sound()

    async def open_tasks(self, *, begun: bool, after: int, limit: int) -> Sequence[tuple[Task, Past]]:
        """Tasks without a final status, as they stand after all that was appended before."""
        self._flush()
        return self._log.open_tasks(begun=begun, after=after, limit=limit)

    def close(self) -> None:
        """Write what is waiting and close; `StorageFault` where not all of it could be written."""
        try:
            self._flush()
        finally:
            self._log.close()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._log.check_sound()
        waiting, self._waiting = self._waiting, []
        self._log.commit(waiting)

    def _flush_quietly(self) -> None:
        with contextlib.suppress(StorageFault):  # the next call tells
            self._flush()


def _answer(orders: Sequence[_Order]) -> None:
    """Wake up all who wait, with one call for each loop."""
    loops = {order.future.get_loop() for order in orders if order.future is not None}
    for loop in loops:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_answer_in, loop, orders)


def _answer_in(loop: asyncio.AbstractEventLoop, orders: Sequence[_Order]) -> None:
    for order in orders:
        if order.future is not None and order.future.get_loop() is loop:
            order.answer()

"""One tenant, one job, and as many launches as it takes; what comes of it goes before the judge."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from runner.core.ledgerline import outcome_of
from runner.core.outcome import Status
from runner.core.policy import Policy
from runner.core.ports import Clock
from runner.core.task import Task
from runner.engine.launch import Launch, LaunchEnd
from runner.engine.setup import EngineSetup
from runner.operations.catalog import CATALOG
from runner.sandbox.in_process import InProcess
from tests.checker import check
from tests.simulation.evidence import record_of
from tests.simulation.jobs import mixed_tasks
from tests.simulation.memorylog import CrashError, MemoryLog
from tests.simulation.virtualtime import BEGINNING, VirtualClock, VirtualLoop
from tests.simulation.wire import Wire

__all__ = ["RUN_TOKEN", "World", "mixed_tasks"]

RUN_TOKEN = "0a1b2c3d"
LAUNCH_MAX_S = 48 * 3600.0
"""Every launch ends long before, however long the machine sleeps meanwhile: each wait in it is bounded."""


class World:
    """Everything there is, on virtual time. The tenant's clock is right; the program's may be wrong."""

    def __init__(self, tasks: Sequence[Task], scenario: str = "", *, policy: Policy | None = None) -> None:
        self.tasks = tasks
        self.clock = VirtualClock()
        self.tenant = InProcess(self.clock.now, asyncio.sleep, scenario=scenario)
        self.log = MemoryLog(tasks)
        self.log.now = self.clock.now
        self.wire = Wire(self.tenant, self.log, self.clock, RUN_TOKEN)
        self.policy = policy or Policy()
        self.launches = 0
        self.reason = ""

    async def launch(
        self,
        setup: EngineSetup | None = None,
        *,
        stop_after_s: float | None = None,
        clock: Clock | None = None,
    ) -> LaunchEnd | None:
        """Launch once; None where the program was killed. `stop_after_s`: a SIGINT comes then.

        `clock` is the program's own, where it differs from the tenant's.
        """
        self.log.lose()
        self.launches += 1
        own = clock or VirtualClock(BEGINNING)
        ahead_s = self.clock.now() - own.now()  # as the reply to the token's request tells, to a second
        chosen = replace(
            setup or self.setup(),
            marker_read=self.log.marker_read,
            server_ahead_s=(ahead_s - 1.0, ahead_s + 1.0),
        )
        self.wire.begin(chosen)
        launch = Launch(chosen, self.log, self.wire, own)
        program = asyncio.ensure_future(launch.run())

        def die() -> None:
            self.wire.abandon()
            program.cancel()

        self.log.on_crash = die
        if stop_after_s is not None:
            asyncio.get_running_loop().call_later(stop_after_s, launch.stop, "SIGINT")
        await _end_of(program)
        if not program.done():
            self.wire.breaches.append(f"a launch did not end within {LAUNCH_MAX_S / 3600:.0f} h")
            program.cancel()
            await asyncio.wait({program})
            return None
        if self.log.crashed:
            _only_crashed(program)
            return None
        end = program.result()
        self.reason = end.stop.reason if end.stop is not None else ""
        return end

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self.tenant._simulator._faults.faults.clear()

    def setup(self, **changes: object) -> EngineSetup:
        """The engine's numbers for this world."""
        values: dict[str, object] = {"operations": CATALOG, "policy": self.policy, "run_token": RUN_TOKEN}
        return EngineSetup(**{**values, **changes})  # pyright: ignore[reportArgumentType] - by name

    def statuses(self) -> Counter[Status]:
        """How the tasks stand."""
        pasts = self.log.pasts()
        return Counter(outcome_of(task, pasts[task.number]).status for task in self.tasks)

    def judge(self) -> dict[str, list[int] | list[str]]:
        """What the checker found, by kind; empty when nothing is wrong."""
        record = record_of(self.tasks, self.log, self.tenant, self.wire, self.policy)
        found = {kind: [finding.task for finding in findings] for kind, findings in check(record).items()}
        return {**found, **({"wire": self.wire.breaches} if self.wire.breaches else {})}


async def _end_of(program: "asyncio.Future[LaunchEnd]") -> None:
    """Wait until a program ends, or was awake for longer than any may be."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    end_s = loop.awake_s() + LAUNCH_MAX_S
    while not program.done() and loop.awake_s() < end_s:
        await asyncio.wait({program}, timeout=end_s - loop.awake_s())


def _only_crashed(program: "asyncio.Future[LaunchEnd]") -> None:
    """A program that dies may leave nothing but its death behind."""
    fault = None if program.cancelled() else program.exception()
    if isinstance(fault, BaseExceptionGroup):
        fault = fault.split(CrashError)[1]
    if fault is not None and not isinstance(fault, CrashError):
        raise fault

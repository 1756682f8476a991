"""Which tasks a launch takes up, and in what order: those in doubt first, then the others in file order."""

from collections.abc import Iterator, Sequence

from runner.core.history import Past, taken_up
from runner.core.outcome import Status
from runner.core.ports import EventLog, StorageFault
from runner.core.summary import EXIT_STORAGE
from runner.core.task import Task
from runner.engine.board import Board
from runner.engine.live import Live
from runner.engine.setup import PAGE
from runner.engine.stop import Stop

_TICK_S = 1.0
_CANARY = (1, 10)
_GOOD = frozenset({Status.SUCCEEDED, Status.UNCHANGED})


class Admission:
    """Feeds the board page by page, so that memory does not grow with the job."""

    def __init__(self, board: Board, log: EventLog) -> None:
        self._board = board
        self._log = log
        self._parked = False
        self.begun = 0
        self.fresh = 0
        self.finished = False
        self.cut_short: str | None = None

    async def feed(self) -> None:
        """Admit everything there is to do; returns when all of it was admitted, or the launch stops."""
        try:
            await self._begun_pass()
            await self._settling_pass_over()
            if self._board.setup.policy.sends:
                await self._fresh_pass()
            while self._parked and self._board.stopping is None:
                self._parked = False
                await self._log.append([])
                await self._begun_pass()
        except StorageFault as fault:
            self._board.stop(Stop(str(fault), EXIT_STORAGE))
        self.finished = True
        self._board.wake()

    async def _begun_pass(self) -> None:
        after = 0
        while self._board.stopping is None:
            # Asked before the page is read: of one that is decided while the page waits, it knows too little.
            held = set(self._board.lives)
            page = await self._log.open_tasks(begun=True, after=after, limit=PAGE)
            if not page:
                return
            for task, past in page:
                after = task.number
                if task.number not in held and await self._room():
                    self.begun += 1
                    self._admit(task, past)

    async def _settling_pass_over(self) -> None:
        """Until every task that was begun earlier has been looked at, or sent again, once.

        One that has to wait for that, or whose lane has to, holds back no other lane's rows.
        """
        board = self._board
        while board.stopping is None and any(self._unvisited(live) for live in board.lives.values()):
            await board.pause(_TICK_S / 10)

    def _unvisited(self, live: Live) -> bool:
        if live.waits or not live.in_doubt or live.looks or live.sends:
            return False
        return not self._board.lane_of(live).pace.waits(self._board.clock.now())

    async def _fresh_pass(self) -> None:
        source = _Pages(self._log)
        for size in self._portions():
            admitted = await self._portion(source, size)
            if self._board.stopping is not None or admitted < (size or 1):
                break
            if size is not None and self._board.setup.canary and not await self._canary_sings():
                return
        if self._board.setup.limit is not None and self.fresh >= self._board.setup.limit:
            self.cut_short = f"--limit {self._board.setup.limit} is reached"

    def _portions(self) -> Iterator[int | None]:
        limit, done = self._board.setup.limit, 0
        if self._board.setup.canary:
            for size in _CANARY:
                portion = size if limit is None else min(size, limit - done)
                done += portion
                yield portion
        yield None if limit is None else limit - done

    async def _portion(self, source: "_Pages", size: int | None) -> int:
        admitted = 0
        while (size is None or admitted < size) and self._board.stopping is None:
            entry = await source.next()
            if entry is None or not await self._room():
                break
            admitted += 1
            self.fresh += 1
            self._admit(*entry)
        return admitted

    async def _canary_sings(self) -> bool:
        """Wait for the first tasks to end; False, and the launch stops, where one did not end well."""
        board = self._board
        while board.lives and board.stopping is None:
            await board.pause(_TICK_S / 10)
        good = sum(board.guards.counts[status] for status in _GOOD)
        if board.stopping is None and good < self.fresh:
            board.stop(Stop("the canary: one of the first tasks did not end well; look at it, then resume"))
        return board.stopping is None

    def _admit(self, task: Task, past: Past) -> None:
        operation = self._board.setup.operations[task.operation]
        board = self._board
        since = board.setup.clock_since
        now = board.clock.now()
        sane = taken_up(
            past,
            now=now,
            launched_at=board.launched_at,
            clock_since=board.began_at if since is None else since,
        )
        live = Live(task, sane, operation)
        board.lane_of(live).heed(sane, now)
        board.admit(live)

    async def _room(self) -> bool:
        """Wait until there is room in the window; tasks that only wait for a later look make room."""
        board = self._board
        while len(board.lives) >= board.setup.window:
            if board.stopping is not None:
                return False
            if board.all_wait and board.park(board.setup.window // 2):
                self._parked = True
            else:
                await board.pause(_TICK_S / 10)
        return board.stopping is None


class _Pages:
    """Tasks of which nothing was sent yet, one by one, read in pages."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._page: Sequence[tuple[Task, Past]] = ()
        self._index = 0
        self._after = 0

    async def next(self) -> tuple[Task, Past] | None:
        if self._index >= len(self._page):
            self._page = await self._log.open_tasks(begun=False, after=self._after, limit=PAGE)
            self._index = 0
            if not self._page:
                return None
        task, past = self._page[self._index]
        self._index += 1
        self._after = task.number
        return task, past

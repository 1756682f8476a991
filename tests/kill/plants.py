"""Planted bugs: the program made wrong on purpose, to see that a judge sees it.

`python -m tests.kill.pointed PLANT 0 -- ARGS` runs it so.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from runner.core.ports import StorageFault
from runner.edge.checkpoint.database import Database
from runner.edge.http.wire import Wire
from runner.engine.board import Board


def _sends_first() -> None:
    """Writes leave before their `sent` events are on disk; these are written with the next group."""

    async def log_now(board: Any, events: list[Any]) -> bool:
        try:
            board._log.append_soon(events)
        except StorageFault:
            return False
        return True

    cast("Any", Board).log_now = log_now


def _sends_twice() -> None:
    """Every write is put on the wire twice, as a client does that repeats requests by itself."""
    once = Wire.exchange

    async def exchange(wire: Any, request: Any, **how: Any) -> Any:
        if "Zuora-Track-Id" in request.headers:
            await once(wire, request, **how)
        return await once(wire, request, **how)

    cast("Any", Wire).exchange = exchange


def _unsynced() -> None:
    """Commits are not brought to the disk; a process that is killed loses nothing by it."""
    set_pragmas = Database.set_pragmas

    def without_sync(database: Any, pragmas: Iterable[str]) -> None:
        set_pragmas(
            database, [pragma.replace("synchronous = FULL", "synchronous = OFF") for pragma in pragmas]
        )

    cast("Any", Database).set_pragmas = without_sync


PLANTS: Final[dict[str, Callable[[], None]]] = {
    "sends_first": _sends_first,
    "sends_twice": _sends_twice,
    "unsynced": _unsynced,
}

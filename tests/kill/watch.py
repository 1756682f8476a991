"""Watching a run's checkpoint from outside, to kill the program at a chosen place."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

_UNREADABLE = (apsw.SQLError, apsw.BusyError, apsw.CantOpenError, apsw.IOError)


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    """Open for one look: whoever keeps it open changes what the program does when it closes the file."""
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        database.set_busy_timeout(5000)
        yield database
    finally:
        database.close()


def sent_so_far(run: Path) -> int:
    """How many writes stand in the checkpoint as sent; 0 while there is no plan yet."""
    try:
        with _opened(run / "checkpoint.db") as database:
            return int(next(iter(database.execute("SELECT count(*) FROM event WHERE kind = 'sent'")))[0])
    except _UNREADABLE:
        return 0


class SentEvents:
    """Finds the event `sent` of a request in the checkpoints of a runs directory, by its track id."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._directories: dict[str, Path] = {}

    def has(self, track: str) -> bool:
        """Whether it is committed: `zbr-<token of its run>-<task>-<attempt>`."""
        _, token, task, _ = track.split("-")
        run = self._directories.get(token) or self._learn(token)
        if run is None:
            return False
        with _opened(run / "checkpoint.db") as database:
            query = "SELECT body FROM event WHERE task = ? AND kind = 'sent'"
            return any(
                json.loads(str(body))["track_id"] == track
                for (body,) in database.execute(query, (int(task),))
            )

    def _learn(self, token: str) -> Path | None:
        for path in self._runs.glob("*/checkpoint.db"):
            with _opened(path) as database:
                try:
                    found = database.execute("SELECT value FROM meta WHERE key = 'run_token'").fetchall()
                except _UNREADABLE:
                    continue  # it is not planned yet
            if found:
                self._directories[json.loads(str(found[0][0]))] = path.parent
        return self._directories.get(token)


def wait_until(happened: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
    """Look every few milliseconds; an assertion fails where it does not happen in time."""
    until = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.002)

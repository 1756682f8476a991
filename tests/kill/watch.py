"""Watching a run's checkpoint from outside, to kill the program at a chosen place."""

import time
from collections.abc import Callable
from pathlib import Path

import apsw


def sent_so_far(run: Path) -> int:
    """How many writes stand in the checkpoint as sent; 0 while there is no plan yet."""
    try:
        database = apsw.Connection(str(run / "checkpoint.db"), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.CantOpenError:
        return 0
    try:
        return int(next(iter(database.execute("SELECT count(*) FROM event WHERE kind = 'sent'")))[0])
    except (apsw.SQLError, apsw.BusyError, apsw.CantOpenError, apsw.IOError):
        return 0
    finally:
        database.close()


def wait_until(happened: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
    """Look every few milliseconds; an assertion fails where it does not happen in time."""
    until = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.002)

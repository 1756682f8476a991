"""Where errors of SQLite and of the operating system become ours."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_HELD, EXIT_REFUSED


class HeldFault(UserFault):
    """Another process holds the run (exit code 6)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="wait for it, or stop it: zuora-batch stop RUN", exit_code=EXIT_HELD)


class UnplannedFault(UserFault):
    """The run was ended before its plan was committed: there is nothing to go on with (exit code 2)."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory}: this run was ended before its plan was committed; it has sent nothing",
            hint=f"run the job again (--run-id {directory.name} takes the same directory)",
            exit_code=EXIT_REFUSED,
        )


class StrayFault(UserFault):
    """A run in a directory of another name: it may be read, and never goes on (exit code 2)."""

    def __init__(self, directory: Path, run_id: str) -> None:
        super().__init__(
            f"{directory}: this is run {run_id}, copied or moved into a directory of another name",
            hint=f"go on with run {run_id} itself; where there is no other one, name its directory so again",
            exit_code=EXIT_REFUSED,
        )


class NewerFault(UserFault):
    """The file was written by a newer version of the program (exit code 2)."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path}: written by a newer version of zuora-batch (schema {found}, this one knows {known})",
            hint="use that version",
            exit_code=EXIT_REFUSED,
        )


_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (apsw.FullError, "the disk is full"),
    (apsw.NotADBError, "it is not a database, or its beginning is damaged"),
    (apsw.CorruptError, "the database is damaged"),
    (apsw.ReadOnlyError, "it cannot be written (read-only)"),
    (apsw.CantOpenError, "it cannot be opened (is it missing, a symbolic link, or not permitted?)"),
    (apsw.BusyError, "it stayed locked by another program"),
    (apsw.PermissionsError, "access is not permitted"),
)


UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading columns raises that are not of their types: SQLite checks them when it writes alone."""


@contextmanager
def told_with(path: Path) -> Generator[None]:
    """Let every `StorageFault` of a block that reads begin with its file, and what is unreadable be one."""
    try:
        yield
    except StorageFault as fault:
        if str(path) in str(fault):
            raise
        raise StorageFault(f"{path}: {fault}") from fault
    except UNREADABLE as fault:
        raise StorageFault(f"{path}: damaged, it cannot be read ({fault!r})") from fault


@contextmanager
def translated(place: Path | str) -> Generator[None]:
    """Turn every error of SQLite and of the operating system in the block into a `StorageFault`.

    `place` is the file (or what was being done), with which the message begins.
    """
    try:
        yield
    except apsw.Error as fault:
        words = next((said for kind, said in _WORDS if isinstance(fault, kind)), "storage failed")
        raise StorageFault(f"{place}: {words} ({fault})") from fault
    except OSError as fault:
        raise StorageFault(f"{place}: {fault.strerror or fault}") from fault
    except UnicodeDecodeError as fault:
        raise StorageFault(f"{place}: the database is damaged (text that is no UTF-8)") from fault


def in_the_way(directory: Path, fault: StorageFault) -> StorageFault:
    """What is told of a run that cannot be read, and so stops every new one."""
    return StorageFault(f"{fault}\nno run begins while {directory} cannot be read; move it away")

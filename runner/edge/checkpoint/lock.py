"""One program at a time works on a run: a lock that the kernel frees however its holder dies."""

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from runner.core.fault import UserFault
from runner.core.instant import rfc3339
from runner.core.summary import EXIT_STORAGE
from runner.edge.checkpoint.directory import create_file, open_regular, real_directory
from runner.edge.checkpoint.faults import HeldFault, translated
from runner.edge.checkpoint.schema import LOCK_NAME

try:
    import fcntl
except ImportError as fault:  # pragma: no cover - every POSIX system has it
    raise UserFault(
        "this system has no flock(), without which two programs could send the same rows",
        hint="use Linux, macOS, or WSL 2",
        exit_code=EXIT_STORAGE,
    ) from fault

_TRIES: Final = 5
_PAUSE_S: Final = 0.01
_CONTENT_MAX: Final = 4096
_PID_END: Final = 2**31


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a run; `start` is RFC 3339, UTC."""

    pid: int
    host: str
    start: str


class RunLock:
    """The lock of a run, held until `release` (or the end of the process)."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor: int | None = descriptor
        self.holder = holder

    @classmethod
    def acquire(cls, directory: Path, now: float) -> Self:
        """Take the lock of a run directory; `now` is in seconds since the epoch.

        Raises `HeldFault` (exit 6) within 0.1 s where another process (or this one) has it, and
        `StorageFault` where the file cannot be written.
        """
        path = real_directory(directory) / LOCK_NAME
        holder = Holder(os.getpid(), socket.gethostname(), rfc3339(now))
        for left in reversed(range(_TRIES)):
            with translated(path):
                descriptor = _try_lock(path)
            if descriptor is not None:
                break
            if left:
                time.sleep(_PAUSE_S)  # a reader that only asks has it for some microseconds
        else:
            raise HeldFault(_held_by(directory, _read_holder(path)))
        lock = cls(descriptor, holder)
        try:
            with translated(path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(asdict(holder)).encode() + b"\n", 0)
        except BaseException:
            lock.release()
            raise
        return lock

    def release(self) -> None:
        """Give it up; more than once is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.release()


def is_held(directory: Path) -> bool:
    """Whether any process holds the run, this one included; `StorageFault` where that cannot be found out."""
    path = directory / LOCK_NAME
    with translated(path):
        try:
            descriptor = open_regular(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def holder_of(directory: Path) -> Holder | None:
    """Who holds the run; None where nobody does (or the holder has not yet written down who it is)."""
    return _read_holder(directory / LOCK_NAME) if is_held(directory) else None


def _try_lock(path: Path) -> int | None:
    """Lock the file that has this name now; None where another has it."""
    while True:
        descriptor = create_file(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_file(path, descriptor):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was deleted between opening and locking


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        named = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))


def _read_holder(path: Path) -> Holder | None:
    try:
        members: dict[str, Any] = json.loads(path.read_bytes()[:_CONTENT_MAX])
        pid = int(members["pid"])
        # Numbers from 0 down mean groups of processes, or all of them: no signal goes there.
        return Holder(pid, str(members["host"]), str(members["start"])) if 0 < pid < _PID_END else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held_by(directory: Path, holder: Holder | None) -> str:
    if holder is None:
        return f"{directory}: another process holds this run"
    return f"{directory}: held by process {holder.pid} on {holder.host} since {holder.start}"

"""Run directories and their files: private, real, and on a disk that keeps what it is told."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.core.summary import EXIT_STORAGE
from runner.edge.checkpoint.faults import translated
from runner.edge.checkpoint.filesystem import filesystem_of, judge_filesystem

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600
BYTES_FOR_A_ROW: Final = 3 * 1024
"""Disk space that one row may need until its run is finished."""

_PROBE_NAME: Final = ".probe"
_PROBE: Final = b"zuora-batch: may be deleted\n"


def prepare_directory(directory: Path, *, rows: int = 0) -> tuple[str, ...]:
    """Make a private directory (0700, parents too) or take an empty or own one, and try it out.

    Returns warnings. Raises `StorageFault` (exit 5) where it cannot be written to, is a symbolic link or
    somebody else's, and `UserFault` (exit 5) on NFS or SMB, or without 3 KiB of space for each of `rows`.
    """
    with translated(directory):
        for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
            _make_directory(missing)
    home = real_directory(directory)
    with translated(home):
        if home.stat().st_uid != os.geteuid():
            raise StorageFault(f"{home}: belongs to another user")
        home.chmod(DIRECTORY_MODE)
        warning = judge_filesystem(home, filesystem_of(home))
        _check_space(home, rows)
        _probe(home)
    return () if warning is None else (warning,)


def real_directory(directory: Path) -> Path:
    """The directory with its parents resolved; `StorageFault` where it is missing or a symbolic link."""
    with translated(directory):
        plain = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow the last link too
        home = plain.parent.resolve() / plain.name
        mode = os.lstat(home).st_mode
    if stat.S_ISLNK(mode):
        raise StorageFault(f"{directory}: a symbolic link; name the directory itself")
    if not stat.S_ISDIR(mode):
        raise StorageFault(f"{directory}: not a directory")
    return home


def create_file(path: Path) -> int:
    """Open a file for reading and writing, with mode 0600 whatever the umask; OSError where it cannot."""
    descriptor = open_regular(path, os.O_RDWR | os.O_CREAT)
    try:
        os.fchmod(descriptor, FILE_MODE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def open_regular(path: Path, flags: int) -> int:
    """Open a regular file; OSError where it is something else (a pipe would wait for its other end)."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, FILE_MODE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk; OSError where that fails. SQLite ignores such errors."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_directory(path: Path) -> None:
    path.mkdir(DIRECTORY_MODE, exist_ok=True)
    path.chmod(DIRECTORY_MODE)
    sync_directory(path.parent)


def _check_space(home: Path, rows: int) -> None:
    figures = os.statvfs(home)
    free, needed = figures.f_bavail * figures.f_frsize, rows * BYTES_FOR_A_ROW
    if free < needed:
        raise UserFault(
            f"{home}: {free // 2**20} MiB are free, and a run of {rows} rows may need {needed // 2**20} MiB",
            hint="free some space, or choose another place with --runs-dir",
            exit_code=EXIT_STORAGE,
        )


def _probe(home: Path) -> None:
    """Write, sync and read back a file: better here than after the first send."""
    path = home / f"{_PROBE_NAME}-{os.getpid()}"  # two programs may try the same directory at once
    descriptor = create_file(path)
    try:
        os.write(descriptor, _PROBE)
        os.fsync(descriptor)
        if os.pread(descriptor, len(_PROBE), 0) != _PROBE:
            raise StorageFault(f"{home}: what is written there does not read back")
    finally:
        os.close(descriptor)
        path.unlink()
    sync_directory(home)

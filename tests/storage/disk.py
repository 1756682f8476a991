"""A disk that fails when it is told to: SQLite's files through a VFS, all others through `os`."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import apsw

VFS_NAME: Final = "failing-disk"
_WORDS: Final = "the test says so"
_SOUND: Final = apsw.vfs_names()[0]
_SQLITE: Final = {
    "io": apsw.IOError, "full": apsw.FullError, "denied": apsw.CantOpenError, "fixed": apsw.ReadOnlyError,
}  # fmt: skip
_ERRNO: Final = {"io": errno.EIO, "full": errno.ENOSPC, "denied": errno.EACCES, "fixed": errno.EROFS}
_UNTOUCHED: Final = ("run.log", "-shm")
"""The log may fail without stopping anything, and the index of the write-ahead log is never synced."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The `at`-th act fails (`for_ever`: and every later one), with `_ERRNO[kind]`."""

    at: int
    kind: str = "io"
    for_ever: bool = False


class Disk:
    """Counts what is done below `root`, and fails where it is told to. `failed`: it has failed by now."""

    def __init__(self) -> None:
        self.root = ""
        self.fault: Fault | None = None
        self.seen = 0
        self.failed = False
        self.struck: list[str] = []
        self.reads = False
        self.only = ""
        """Only files whose names end so count."""

    def arm(self, root: Path, fault: Fault | None, *, reads: bool = False) -> None:
        """Count from now on, below this directory; with `reads`, reading SQLite's files counts too."""
        self.root, self.fault, self.seen, self.failed, self.reads = str(root), fault, 0, False, reads
        self.struck = []

    def disarm(self) -> None:
        """Work as a sound disk does."""
        self.fault = None

    def concerns(self, name: str) -> bool:
        """Whether a file counts."""
        return self.is_below(name) and name.endswith(self.only) and not name.endswith(_UNTOUCHED)

    def is_below(self, name: str) -> bool:
        """Whether a file is below the root."""
        return self.root != "" and name.startswith(self.root)

    def fails(self, act: str, name: str) -> bool:
        """Count an act on a file; whether it is to fail."""
        self.seen += 1
        fault = self.fault
        if fault is None or not (self.seen == fault.at or (fault.for_ever and self.seen > fault.at)):
            return False
        self.failed = True
        self.struck.append(f"{act} {name.removeprefix(self.root)}")
        return True

    def sqlite_fault(self) -> apsw.Error:
        """What SQLite's own VFS would raise."""
        return _SQLITE[self.fault.kind if self.fault else "io"](_WORDS)

    def check_sqlite(self, act: str, name: str) -> None:
        """Raise as SQLite's own VFS would where an act on one of our files fails."""
        if self.concerns(name) and self.fails(act, name):
            raise self.sqlite_fault()

    def check_os(self, act: str, name: str) -> None:
        """Raise as the system would where the act fails."""
        if self.fails(act, name):
            number = _ERRNO[self.fault.kind if self.fault else "io"]
            raise OSError(number, os.strerror(number))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, filename: Any, flags: list[int]) -> None:
        name = filename.filename() if isinstance(filename, apsw.URIFilename) else filename
        self._disk, self._name = disk, str(name or "")
        disk.check_sqlite("sqlite open", self._name)
        super().__init__(_SOUND, filename, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        if self._disk.concerns(self._name) and self._disk.fails("sqlite write", self._name):
            super().xWrite(bytes(data)[: len(data) // 2], offset)  # what fails may have been done in part
            raise self._disk.sqlite_fault()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.check_sqlite("sqlite sync", self._name)
        if not self._disk.concerns(self._name):  # the power stays on: it is enough to have been asked
            super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.check_sqlite("sqlite truncate", self._name)
        super().xTruncate(newsize)

    def xLock(self, level: int) -> None:  # noqa: N802
        try:
            super().xLock(level)
        except apsw.IOError:
            # A file that was opened for reading alone bears no exclusive lock. SQLite asks for one when it
            # closes, and does without; apsw would tell of it all the same, unless it is called busy.
            raise apsw.BusyError from None

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if self._disk.reads:
            self._disk.check_sqlite("sqlite read", self._name)
        return super().xRead(amount, offset)


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk, *, for_all: bool) -> None:
        super().__init__(VFS_NAME, _SOUND, makedefault=for_all)
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._disk, name, flags)


class _Os:
    """The calls of `os` by which the program writes; those on files below the disk's root count."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._names: dict[int, str] = {}
        self.open, self.close = os.open, os.close
        self.write, self.pwrite, self.fsync, self.ftruncate = os.write, os.pwrite, os.fsync, os.ftruncate
        self.replace, self.mkdir = os.replace, os.mkdir

    def patches(self) -> dict[str, Any]:
        """What stands in their places."""
        return {
            "open": self._open,
            "close": self._close,
            "write": lambda fd, *rest: self._by_number("write", fd, *rest),
            "pwrite": lambda fd, *rest: self._by_number("pwrite", fd, *rest),
            "fsync": self._fsync,
            "ftruncate": lambda fd, *rest: self._by_number("ftruncate", fd, *rest),
            "replace": self._replace,
            "mkdir": self._mkdir,
        }

    def _full_name(self, path: Any, dir_fd: int | None) -> str:
        return str(Path(self._names.get(dir_fd or -1, ""), os.fspath(path)))

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        name = self._full_name(path, dir_fd)
        self._check_name("open", name)
        number = self.open(path, flags, mode, dir_fd=dir_fd)
        if self._disk.is_below(name):
            self._names[number] = name
        return number

    def _close(self, number: int) -> None:
        self._names.pop(number, None)
        self.close(number)

    def _by_number(self, act: str, number: int, *rest: Any) -> Any:
        self._check_name(act, self._names.get(number, ""))
        return getattr(self, act)(number, *rest)

    def _fsync(self, number: int) -> None:
        self._check_name("fsync", self._names.get(number, ""))
        if number not in self._names:  # as with SQLite's files
            self.fsync(number)

    def _replace(self, src: Any, dst: Any, **where: Any) -> None:
        self._check_name("replace", self._full_name(dst, where.get("dst_dir_fd")))
        self.replace(src, dst, **where)

    def _mkdir(self, path: Any, mode: int = 0o777, **where: Any) -> None:
        self._check_name("mkdir", self._full_name(path, where.get("dir_fd")))
        self.mkdir(path, mode, **where)

    def _check_name(self, act: str, name: str) -> None:
        if self._disk.concerns(name):
            self._disk.check_os(act, name)


@contextmanager
def failing_disk(*, for_all: bool = False) -> Iterator[Disk]:
    """A disk that works until it is armed. `for_all`: whoever opens a database gets it, not only who asks."""
    disk = Disk()
    vfs = _Vfs(disk, for_all=for_all)
    told = sys.unraisablehook

    def pass_over(unraisable: Any) -> None:
        """SQLite asks for some things whose errors it does not want to know; apsw tells of them here."""
        if _WORDS not in str(unraisable.exc_value):
            told(unraisable)

    try:
        with patch.multiple(os, **_Os(disk).patches()), patch.object(sys, "unraisablehook", pass_over):
            yield disk
    finally:
        vfs.unregister()

"""A record of everything that reaches the files of one directory: what is written, synced, named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import apsw

_SOUND: Final = apsw.vfs_names()[0]
_UNSYNCED: Final = "-shm"
_CREATES: Final = apsw.SQLITE_OPEN_CREATE
_DIRECTORY_SYNCED: Final = (
    apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
)
"""Of such a file SQLite syncs the directory too, with the file's first sync."""


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes were written to a file."""

    file: int
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file was cut off (or grew) to a size."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """What was written to a file is on disk."""

    file: int


@dataclass(frozen=True, slots=True)
class Named:
    """A name means a file from now on; None: there is no such name any more."""

    name: str
    file: int | None


@dataclass(frozen=True, slots=True)
class NamesSynced:
    """The names are on disk."""


@dataclass(frozen=True, slots=True)
class Promised:
    """So many events (with the plan) were promised to be on disk."""

    events: int


Act: TypeAlias = Written | Cut | Synced | Named | NamesSynced | Promised


class Tape:
    """The record."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.acts: list[Act] = []
        self.files: dict[str, int] = {}
        self._count = 0

    def concerns(self, name: str) -> bool:
        """Whether a path is one of the directory's files."""
        return str(Path(name).parent) == self.root and not name.endswith(_UNSYNCED)

    def named(self, path: str) -> int:
        """The file of a name; a new one where there was none."""
        name = Path(path).name
        if name not in self.files:
            self._count += 1
            self.files[name] = self._count
            self.acts.append(Named(name, self._count))
        return self.files[name]

    def deleted(self, path: str) -> None:
        """A name was taken away."""
        name = Path(path).name
        if self.files.pop(name, None) is not None:
            self.acts.append(Named(name, None))

    def renamed(self, source: str, target: str) -> None:
        """A file was put under another name, in one step."""
        file = self.files.pop(Path(source).name)
        self.files[Path(target).name] = file
        self.acts += [Named(Path(target).name, file), Named(Path(source).name, None)]

    def promise(self, events: int) -> None:
        """So many events were promised."""
        self.acts.append(Promised(events))


class _File(apsw.VFSFile):
    def __init__(self, tape: Tape, filename: Any, flags: list[int]) -> None:
        name = filename.filename() if isinstance(filename, apsw.URIFilename) else filename
        path = str(name or "")
        self._tape, self._file, self._names_too = tape, None, False
        super().__init__(_SOUND, filename, flags)
        if tape.concerns(path):
            self._names_too = bool(flags[0] & _CREATES) and bool(flags[0] & _DIRECTORY_SYNCED)
            self._file = tape.named(path)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        if self._file is not None:
            self._tape.acts.append(Written(self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        if self._file is not None:
            self._tape.acts.append(Cut(self._file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._file is None:
            super().xSync(flags)
            return
        self._tape.acts.append(Synced(self._file))
        if self._names_too:
            self._tape.acts.append(NamesSynced())
            self._names_too = False

    def xLock(self, level: int) -> None:  # noqa: N802
        try:
            super().xLock(level)
        except apsw.IOError:
            raise apsw.BusyError from None  # a file opened for reading alone; see tests/storage/disk.py


class _Vfs(apsw.VFS):
    def __init__(self, tape: Tape) -> None:
        super().__init__("recording", _SOUND, makedefault=True)
        self._tape = tape

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._tape, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        if self._tape.concerns(filename):
            self._tape.deleted(filename)
            if syncdir:
                self._tape.acts.append(NamesSynced())


class _Os:
    """The same for what goes through `os`."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._opened: dict[int, str] = {}
        self._open, self._close, self._pwrite = os.open, os.close, os.pwrite
        self._fsync, self._unlink, self._replace = os.fsync, os.unlink, os.replace

    def patches(self) -> dict[str, Any]:
        """What stands in the places of these calls."""
        return {
            name: getattr(self, name) for name in ("open", "close", "pwrite", "fsync", "unlink", "replace")
        }

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        number = self._open(path, flags, mode, dir_fd=dir_fd)
        name = os.fspath(path)
        if dir_fd is None and (name == self._tape.root or self._tape.concerns(name)):
            self._opened[number] = name
            if flags & os.O_CREAT:
                self._tape.named(name)
        return number

    def close(self, number: int) -> None:
        self._opened.pop(number, None)
        self._close(number)

    def pwrite(self, number: int, content: bytes, offset: int) -> int:
        done = self._pwrite(number, content, offset)
        if number in self._opened:
            self._tape.acts.append(Written(self._tape.named(self._opened[number]), offset, content[:done]))
        return done

    def fsync(self, number: int) -> None:
        name = self._opened.get(number)
        if name is None:
            self._fsync(number)
        elif name == self._tape.root:
            self._tape.acts.append(NamesSynced())
        else:
            self._tape.acts.append(Synced(self._tape.named(name)))

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._unlink(path, dir_fd=dir_fd)
        if dir_fd is None and self._tape.concerns(os.fspath(path)):
            self._tape.deleted(os.fspath(path))

    def replace(self, src: Any, dst: Any, **where: Any) -> None:
        self._replace(src, dst, **where)
        if not where and self._tape.concerns(os.fspath(dst)):
            self._tape.renamed(os.fspath(src), os.fspath(dst))


@contextmanager
def recording(root: Path) -> Iterator[Tape]:
    """Record what reaches the files of a directory (a resolved path) in this block."""
    tape = Tape(root)
    vfs = _Vfs(tape)
    try:
        with patch.multiple(os, **_Os(tape).patches()):
            yield tape
    finally:
        vfs.unregister()

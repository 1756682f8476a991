"""Whole files, or none: each is written beside its place, synced, and then put there in one step.

The temporary files of a writer that was killed are removed by the next one. A temporary file that is being
written is locked (flock), so that no other process takes it for a leftover.
"""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from runner.core.ports import StorageFault

_BLOCK_CHARACTERS: Final = 256 * 1024
_FILE_MODE: Final = 0o600
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{16}\.part", re.DOTALL)
_CREATE_TRIES: Final = 3


@contextmanager
def storage_faults(path: Path) -> Generator[None]:
    """Turn an `OSError` inside into a `StorageFault` that names the path and the reason."""
    try:
        yield
    except OSError as fault:
        raise StorageFault(f"cannot write {path}: {fault.strerror or fault}") from fault


class AtomicFile:
    """One file of an `AtomicBatch`; made by `AtomicBatch.file`.

    `sha256` is the digest of its bytes (64 hex digits) once it is sealed, "" before.
    """

    def __init__(self, directory: Path, directory_fd: int, name: str) -> None:
        self.name = name
        self.sha256 = ""
        self._path = directory / name
        self._directory_fd = directory_fd
        self._hash = hashlib.sha256()
        self._pending: list[str] = []
        self._pending_characters = 0
        with storage_faults(self._path):
            self._temporary, self._fd = _create(name, directory_fd)

    def write(self, text: str) -> None:
        """Add text, encoded as UTF-8 (half characters become `?`); raises `StorageFault`."""
        self._pending.append(text)
        self._pending_characters += len(text)
        if self._pending_characters >= _BLOCK_CHARACTERS:
            self._flush()

    def seal(self) -> None:
        """Bring all of it to disk (fsync), still under its temporary name; raises `StorageFault`."""
        self._flush()
        with storage_faults(self._path):
            os.fsync(self._fd)
        self.sha256 = self._hash.hexdigest()

    def place(self) -> None:
        """Put the sealed file in its place, over what stood there; raises `StorageFault`."""
        with storage_faults(self._path):
            os.replace(
                self._temporary, self.name, src_dir_fd=self._directory_fd, dst_dir_fd=self._directory_fd
            )
        self._temporary = ""

    def close(self) -> None:
        """Let go of it; what was not placed is removed. Never raises."""
        # The name first, then the lock: between the two nobody else may take it for a leftover.
        if self._temporary:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._directory_fd)
        with suppress(OSError):
            os.close(self._fd)

    def _flush(self) -> None:
        block = "".join(self._pending).encode("utf-8", "replace")
        self._pending.clear()
        self._pending_characters = 0
        self._hash.update(block)
        rest = memoryview(block)
        with storage_faults(self._path):
            while rest:
                rest = rest[os.write(self._fd, rest) :]


class AtomicBatch:
    """Several files of one directory, written side by side and put in place together.

    A context manager: what was not placed when it ends is removed. The directory must exist.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._directory_fd = -1
        self._files: list[AtomicFile] = []

    def __enter__(self) -> Self:
        with storage_faults(self._directory):
            self._directory_fd = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with storage_faults(self._directory):
                _sweep(self._directory_fd)
        except StorageFault:
            os.close(self._directory_fd)
            raise
        return self

    def __exit__(self, *_how: object) -> None:
        for file in self._files:
            file.close()
        os.close(self._directory_fd)

    def file(self, name: str) -> AtomicFile:
        """Begin a file (0600); raises `StorageFault`."""
        made = AtomicFile(self._directory, self._directory_fd, name)
        self._files.append(made)
        return made

    def seal(self) -> dict[str, str]:
        """Bring all files to disk and return their SHA-256 by name; nothing is in place yet."""
        for file in self._files:
            file.seal()
        return {file.name: file.sha256 for file in self._files}

    def place(self) -> None:
        """Put all sealed files in place and sync the directory; raises `StorageFault`."""
        for file in self._files:
            file.place()
        with storage_faults(self._directory):
            os.fsync(self._directory_fd)


def write_whole(directory: Path, name: str, text: str) -> None:
    """Write one file atomically: afterwards it holds all of `text`, or what it held before.

    Raises `StorageFault`.
    """
    with AtomicBatch(directory) as batch:
        batch.file(name).write(text)
        batch.seal()
        batch.place()


def _create(name: str, directory_fd: int) -> tuple[str, int]:
    for _ in range(_CREATE_TRIES):
        temporary = f".{name}.{secrets.token_hex(8)}.part"
        fd = os.open(temporary, _CREATE, _FILE_MODE, dir_fd=directory_fd)
        # Between its creation and its lock another writer may have swept it away, or be about to.
        if _locked(fd) and os.fstat(fd).st_nlink:
            return temporary, fd
        os.close(fd)
    raise OSError(f"the temporary file was taken away {_CREATE_TRIES} times")


def _sweep(directory_fd: int) -> None:
    """Remove the temporary files that no living process holds."""
    with os.scandir(directory_fd) as entries:
        names = [entry.name for entry in entries if _TEMPORARY.fullmatch(entry.name)]
    for name in names:
        with suppress(FileNotFoundError):
            fd = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=directory_fd
            )
            try:
                if _locked(fd):
                    os.unlink(name, dir_fd=directory_fd)
            finally:
                os.close(fd)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

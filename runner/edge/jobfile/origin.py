"""Where the bytes of a job come from: a file, a pipe, or standard input; hashed as they are read."""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from runner.core.plaintext import quoted
from runner.edge.jobfile.stop import ReadingStopped

STDIN_PATH: Final = "-"
BLOCK_BYTES: Final = 64 * 1024


def _state(seen: os.stat_result) -> tuple[int, int, int, int]:
    """What changes when somebody writes to a file, or puts another in its place."""
    return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns)


class Origin:
    """The raw bytes of a job. `digest` is their SHA-256 (64 hex digits) once all were read, "" before."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._bytes_read = 0
        self.digest = ""

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes in blocks of at most 64 KiB; raises `ReadingStopped`.

        After the last block a regular file is looked at again: one that changed meanwhile is refused.
        """
        try:
            with self._opened() as stream:
                before = None if self._path == STDIN_PATH else os.fstat(stream.fileno())
                while block := self._block(stream):
                    yield block
            if before is not None and stat.S_ISREG(before.st_mode):
                self._check_unchanged(before)
        except OSError as fault:
            raise ReadingStopped(0, self._why_unreadable(fault)) from None
        self.digest = self._hash.hexdigest()

    def _opened(self) -> AbstractContextManager[BufferedReader | BinaryIO]:
        if self._path == STDIN_PATH:
            # Python has no standard input where the shell closed it (`<&-`), whatever its types say.
            stdin = cast("TextIO | None", sys.stdin)
            if stdin is None:
                raise ReadingStopped(0, "standard input is closed; pipe the job in, or name its file")
            return nullcontext(stdin.buffer)
        try:
            return Path(self._path).open("rb")
        except ValueError:
            raise ReadingStopped(0, f"{quoted(self._path)} is no file name; it holds a NUL") from None

    def _block(self, stream: BufferedReader | BinaryIO) -> bytes:
        block = cast("bytes | None", stream.read(BLOCK_BYTES))
        if block is None:
            # Somebody made the pipe non-blocking. "Nothing yet" must not be taken for "the end".
            raise ReadingStopped(
                0, "standard input is not ready (non-blocking); write the job to a file first"
            )
        self._hash.update(block)
        self._bytes_read += len(block)
        return block

    def _check_unchanged(self, before: os.stat_result) -> None:
        # By path, not by descriptor: an editor that saves puts a new file in the place of the old one.
        try:
            after = Path(self._path).stat()
        except FileNotFoundError:
            raise ReadingStopped(0, "the file changed while it was read: it is gone; read it again") from None
        if _state(after) == _state(before) and self._bytes_read == before.st_size:
            return
        sizes = f"{before.st_size} bytes at first, {after.st_size} at the end"
        raise ReadingStopped(
            0, f"the file changed while it was read ({sizes}); wait until it is written whole, and try again"
        )

    def _why_unreadable(self, fault: OSError) -> str:
        name = "standard input" if self._path == STDIN_PATH else quoted(self._path, 200)
        match fault:
            case FileNotFoundError():
                return f"{name} does not exist; check the spelling and the current directory"
            case IsADirectoryError():
                return f"{name} is a directory; name the job file in it"
            case PermissionError():
                return f"{name} may not be read by this user; change its permissions"
            case _:
                return f"{name} cannot be read: {fault.strerror}"

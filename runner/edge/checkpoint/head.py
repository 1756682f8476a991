"""The sidecar file `head`: how far the checkpoint is known to go.

Copying `checkpoint.db` without its `-wal` loses the last events without a trace in the database itself; the
head tells. It is overwritten in place after every commit (one small write, no fsync: the page cache outlives
a killed process, and after a loss of power an older head is still true) and synced at opening and closing.
"""

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from runner.core.ports import StorageFault
from runner.edge.checkpoint.directory import create_file, open_regular
from runner.edge.checkpoint.faults import translated
from runner.edge.checkpoint.schema import HEAD_NAME

_LENGTH: Final = 256
_READS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Head:
    """Seq and hash (64 hex digits) of an event that the checkpoint must hold; 0 and "" while there is none.

    `plan` is the digest of the plan ("" while it is not committed), which tells one run from another with
    the same id; `at` is when it was planned, before that when it was begun (seconds since the epoch).
    """

    seq: int = 0
    hash: str = ""
    plan: str = ""
    at: float = 0.0


def read_head(directory: Path) -> Head | None:
    """Read the head; None where there is none (or nothing in it yet), `StorageFault` where it is damaged."""
    path = directory / HEAD_NAME
    with translated(path):
        # A reader may meet a half-written head: that passes at once, damage does not.
        for _ in range(_READS_MAX):
            try:
                descriptor = open_regular(path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            try:
                line = os.read(descriptor, _LENGTH + 1)
            finally:
                os.close(descriptor)
            if not line:  # just made, perhaps by a program that was killed before it wrote
                return None
            head = _decode(line)
            if head is not None:
                return head
    raise StorageFault(f"{path}: the file is damaged")


class HeadFile:
    """The head, open for writing."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open or make it (mode 0600); `StorageFault` where that fails."""
        path = directory / HEAD_NAME
        with translated(path):
            return cls(path, create_file(path))

    def write(self, head: Head) -> None:
        """Write down a head whose event is on disk already."""
        with translated(self._path):
            if os.pwrite(self._descriptor, _encode(head), 0) != _LENGTH:
                raise StorageFault(f"{self._path}: written in part only (the disk is full)")

    def sync(self) -> None:
        """Bring it to the disk."""
        with translated(self._path):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _encode(head: Head) -> bytes:
    text = json.dumps(asdict(head)).encode("ascii")
    return f"{zlib.crc32(text):08x} ".encode("ascii") + text.ljust(_LENGTH - 10) + b"\n"


def _decode(line: bytes) -> Head | None:
    text = line[9:].strip()
    if len(line) != _LENGTH or line[:9] != f"{zlib.crc32(text):08x} ".encode("ascii"):
        return None
    members: dict[str, Any] = json.loads(text)
    return Head(**members)

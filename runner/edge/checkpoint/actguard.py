"""The file `.acts.lock`: one program at a time works on the registry, and finds it as it was left."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from runner.core.ports import StorageFault
from runner.edge.checkpoint.actindex import ACTS_NAME
from runner.edge.checkpoint.directory import create_file
from runner.edge.checkpoint.faults import translated

GUARD_NAME: Final = ".acts.lock"
_OPEN: Final = b"open".ljust(64)
"""Stands there while a program works on the index, and after one that was killed amid that."""
_NOT_THERE: Final = b"none".ljust(64)


class Guard:
    """The lock of the registry, held. `is_first`: no program ever held it before.

    SQLite does not see a bit that flips within an act: that act would be no one's any more, and be done a
    second time. So the digest of the index is kept here, where the index itself cannot take it along.
    """

    def __init__(self, runs_dir: Path, descriptor: int, before: bytes) -> None:
        self._index = runs_dir / ACTS_NAME
        self._descriptor = descriptor
        self._before = before
        self.is_first = not before

    @classmethod
    @contextmanager
    def held(cls, runs_dir: Path) -> Generator[Self]:
        """Keep other programs out, also while the index is made anew; raises `StorageFault`."""
        path = runs_dir / GUARD_NAME
        with translated(path):
            descriptor = create_file(path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # Not by its being there: whoever made it need not be the first to hold it.
                guard = cls(runs_dir, descriptor, os.pread(descriptor, len(_OPEN), 0))
                os.pwrite(descriptor, _OPEN, 0)
            except BaseException:
                os.close(descriptor)
                raise
        try:
            yield guard
        finally:
            os.close(descriptor)

    def index_has_changed(self) -> bool:
        """Whether the index is not as the last program left it; after a killed one nobody knows."""
        if self.is_first or self._before == _OPEN:
            return False
        with translated(self._index):
            return self._before != self._digest()

    def remember_index(self) -> None:
        """Note how the index is left, closed; where that fails, it stands there as open."""
        with contextlib.suppress(StorageFault), translated(self._index):
            os.pwrite(self._descriptor, self._digest(), 0)

    def _digest(self) -> bytes:
        try:
            with self._index.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest().encode("ascii")
        except FileNotFoundError:
            return _NOT_THERE

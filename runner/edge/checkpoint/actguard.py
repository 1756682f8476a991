"""The file `.acts.lock`: one program at a time works on the registry, and finds it as it was left."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from runner.core.ports import StorageFault
from runner.edge.checkpoint.actindex import ACTS_NAME
from runner.edge.checkpoint.directory import create_file, open_regular
from runner.edge.checkpoint.faults import translated

GUARD_NAME: Final = ".acts.lock"
_OPEN: Final = b"open".ljust(64)
"""Stands there while a program works on the index, and after one that was killed amid that."""
_NOT_THERE: Final = b"none".ljust(64)


class Guard:
    """The lock of the registry, held.

    `is_first`: no program ever held it before. `index_has_changed`: the index is not as the last program left
    it (after one that was killed nobody knows).

    SQLite does not see a bit that flips within an act: that act would be no one's any more, and be done a
    second time. So the digest of the index is kept here, where the index itself cannot take it along.
    """

    def __init__(self, runs_dir: Path, descriptor: int) -> None:
        self._index = runs_dir / ACTS_NAME
        self._descriptor = descriptor
        before = os.pread(descriptor, len(_OPEN), 0)
        self.is_first = not before
        self.index_has_changed = before not in {b"", _OPEN, self._digest()}
        if not self.index_has_changed:
            # Else what stood there stays, until the index is made again.
            os.pwrite(descriptor, _OPEN, 0)

    @classmethod
    @contextmanager
    def held(cls, runs_dir: Path, on_wait: Callable[[], None] | None = None) -> Generator[Self]:
        """Keep other programs out, also while the index is made anew; raises `StorageFault`.

        `on_wait` is called where another program has it: that may be planning a large run.
        """
        path = runs_dir / GUARD_NAME
        with translated(path):
            descriptor = create_file(path)
            try:
                _lock(descriptor, on_wait)
                # Not by its being there: whoever made it need not be the first to hold it.
                guard = cls(runs_dir, descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        try:
            yield guard
        finally:
            os.close(descriptor)

    @contextmanager
    def remembering_index(self) -> Generator[None]:
        """Note how the index is left when it is closed; where that fails (`StorageFault`), nobody knows."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(StorageFault):  # the first fault is the one to tell
                self._remember()
            raise
        self._remember()

    def _remember(self) -> None:
        with translated(self._index):
            os.pwrite(self._descriptor, self._digest(), 0)

    def _digest(self) -> bytes:
        if self._index.is_symlink() or not self._index.is_file():
            return _NOT_THERE
        with os.fdopen(open_regular(self._index, os.O_RDONLY), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest().encode("ascii")


def _lock(descriptor: int, on_wait: Callable[[], None] | None) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if on_wait is not None:
            on_wait()
        fcntl.flock(descriptor, fcntl.LOCK_EX)

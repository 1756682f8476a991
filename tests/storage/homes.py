"""Where the tests of storage put their thousands of small files: in memory, where there is such a place."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MEMORY: Final = "/dev/shm"  # noqa: S108 - only a place for a private directory


@contextmanager
def home(name: str) -> Iterator[Path]:
    """A directory of our own, resolved, that is deleted in the end."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"zbr-{name}-", dir=where) as directory:
        yield Path(directory).resolve()

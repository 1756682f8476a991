"""Lines put aside on disk, so that the memory does not grow with the job."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from runner.edge.checkpoint.faults import translated


class Pile:
    """Lines of text in a private temporary file without a name; read back in their order.

    Raises `StorageFault` where the disk is full.
    """

    def __init__(self) -> None:
        self._where = Path(tempfile.gettempdir())
        with translated(self._where):
            # Closed by `close`: it lives as long as the job that is being compiled.
            self._file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self.count = 0

    def add(self, line: str) -> None:
        """Put a line (without a line feed in it) on the pile."""
        with translated(self._where):
            self._file.write(line + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[str]:
        """All lines, in the order in which they came; one reader at a time."""
        with translated(self._where):
            self._file.flush()
            self._file.seek(0)
            for line in self._file:
                yield line[:-1]

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

"""Directories for their owner alone."""

from pathlib import Path

_MODE = 0o700


def make_private(directory: Path) -> None:
    """Make a directory, and its parents where they are missing, with mode 0700 whatever the umask."""
    for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
        missing.mkdir(_MODE, exist_ok=True)
        missing.chmod(_MODE)

"""What the tests of the job reader share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.core.job import Problem, Row
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader

KNOWN = frozenset({"billRunId", "cancelOnce", "accountId", "name"})


def verdict(item: Row | Problem) -> str:
    """A problem as `check` prints it (without the file), or where a row was seen."""
    if isinstance(item, Problem):
        return f"{item.line}:{item.column}: {item.message}"
    return f"row {item.row} at line {item.line}"


@pytest.fixture
def reader_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., JobReader]:
    """Make a reader of a file with this content; in the file's directory, so that its name is short."""
    monkeypatch.chdir(tmp_path)

    def make(content: bytes, options: JobOptions | None = None) -> JobReader:
        options = options or JobOptions("job.csv")
        Path(options.path).write_bytes(content)
        return JobReader(options, KNOWN)

    return make


@pytest.fixture
def verdicts_of(reader_of: Callable[..., JobReader]) -> Callable[..., list[str]]:
    """Read a file of this name and content, and say what became of each of its lines."""
    return lambda name, content: [verdict(item) for item in reader_of(content, JobOptions(name)).rows()]

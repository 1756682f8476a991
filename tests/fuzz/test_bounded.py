"""What a hostile file holds does not decide about memory: not a long line, not a bomb, not JSON."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.core.job import Problem, Row
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader

MIB = 1024 * 1024
MEMORY_MAX = 16 * MIB
"""As for a reply that is a bomb (S14)."""

HEADER = b"operation,billRunId,#note\n"


def _bomb(path: Path, head: bytes, block: bytes, times: int) -> Path:
    """Write a .gz of one block repeated: hundreds of MiB of text in some hundred KiB."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    with path.open("wb") as stream:
        stream.write(deflate.compress(head))
        for _ in range(times):
            stream.write(deflate.compress(block))
        stream.write(deflate.flush())
    return path


def _read(path: Path) -> tuple[list[Problem], int, int]:
    """What is wrong with a file, how many rows it has, and the highest that memory rose to meanwhile."""
    reader = JobReader(JobOptions(str(path)), frozenset({"billRunId"}))
    problems: list[Problem] = []
    rows = 0
    tracemalloc.start()
    try:
        items: Iterator[Row | Problem] = reader.rows()
        for item in items:
            rows += isinstance(item, Row)
            if isinstance(item, Problem):
                problems.append(item)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return problems, rows, peak


def test_line_without_end_is_given_up(tmp_path: Path):
    """A line of 100 MiB in a .gz is refused where it passes 1 MiB; the rest is never in memory."""
    path = _bomb(tmp_path / "job.csv.gz", HEADER, b"x" * MIB, 100)
    assert path.stat().st_size < MIB
    problems, rows, peak = _read(path)
    assert [(each.line, "longer than 1 MiB" in each.message) for each in problems] == [(2, True)]
    assert rows == 0
    assert peak < MEMORY_MAX


def test_long_bomb_is_read_as_it_is_decompressed(tmp_path: Path):
    """A .gz of 40 MiB in lines that are allowed is read whole, and never stands in memory."""
    path = _bomb(tmp_path / "job.csv.gz", HEADER, b"a,b," + b"x" * (MIB - 5) + b"\n", 40)
    problems, rows, peak = _read(path)
    assert (problems, rows) == ([], 40)
    assert peak < MEMORY_MAX


def test_quote_that_never_closes_is_given_up(tmp_path: Path):
    """A quote before 30 MiB of lines does not swallow them into one cell."""
    path = _bomb(tmp_path / "job.csv.gz", HEADER + b'a,b,"', b"x" * 999 + b"\n", 30 * 1024)
    problems, rows, peak = _read(path)
    assert [(each.line, each.column) for each in problems] == [(2, "#note")]
    assert rows == 0
    assert peak < MEMORY_MAX


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"[" * (MIB - 1), id="nested for ever"),
        pytest.param(b'{"a":' * (MIB // 6), id="objects nested for ever"),
        pytest.param(b"[" + b"1," * (MIB // 2 - 2) + b"1]", id="half a million values"),
        pytest.param(b"[" + b"[]," * (MIB // 3 - 2) + b"[]]", id="a third of a million lists"),
        pytest.param(b"9" * (MIB - 1), id="a million digits"),
        pytest.param(b'"' + b"\\u0041" * (MIB // 6 - 1) + b'"', id="a string of escapes"),
    ],
)
def test_json_of_one_line_stays_small(tmp_path: Path, line: bytes):
    """One line of JSON of 1 MiB costs some MiB, whatever stands on it, and the next one is read."""
    path = tmp_path / "job.jsonl"
    path.write_bytes(line + b'\n{"operation":"x"}\n')
    problems, rows, peak = _read(path)
    assert [each.line for each in problems] == [1]
    assert rows == 1
    assert peak < MEMORY_MAX


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("job.csv", HEADER + b"," * (MIB // 4) + b"\n", id="a row of 260,000 cells"),
        pytest.param("job.csv", b"," * (MIB - 1) + b"\n", id="a header of a million names"),
        pytest.param("job.csv", HEADER + b'a,b,"' + b'""' * (MIB // 8) + b'x"\n', id="a cell of quotes"),
        pytest.param(
            "job.jsonl",
            b"{" + b",".join(b'"%d":1' % each for each in range(99_000)) + b"}\n",
            id="an object of 99,000 members",
        ),
        pytest.param("job.jsonl", b'{"a":[' + b"{}," * 98_000 + b"{}]}\n", id="a list of 98,000 objects"),
    ],
)
def test_row_of_one_line_stays_below_64_mib(tmp_path: Path, name: str, content: bytes):
    """The most costly lines of 1 MiB take some dozen MiB, as long as they are looked at."""
    path = tmp_path / name
    path.write_bytes(content)
    problems, rows, peak = _read(path)
    assert bool(problems) != bool(rows)
    assert peak < 4 * MEMORY_MAX


def test_endless_small_members_are_read_one_by_one(tmp_path: Path):
    """A .gz of 3,000 members with a row each is one file."""
    member = gzip.compress(b"a,b,c\n", 1, mtime=0)
    path = tmp_path / "job.csv.gz"
    path.write_bytes(gzip.compress(HEADER, 1, mtime=0) + member * 3_000)
    problems, rows, peak = _read(path)
    assert (problems, rows) == ([], 3_000)
    assert peak < MEMORY_MAX

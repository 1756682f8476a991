import gzip
import hashlib
import io
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from runner.core.job import JobFormat, Problem, Row
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader

HEADER = b"operation,billRunId,#note\n"
KNOWN = frozenset({"billRunId", "name"})
ReaderOf = Callable[..., JobReader]


class _NotReady(io.RawIOBase):
    """A non-blocking pipe in which nothing is yet."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> None:
        del buffer


def test_csv_row_maps_names_to_cells_that_are_not_empty(reader_of: ReaderOf):
    """A CSV row has its cells by name in file order, without the empty ones, and its source whole."""
    reader = reader_of(HEADER + b'cancel,,"a, ""b"""\n')
    assert list(reader.rows()) == [
        Row(1, 2, "csv", {"operation": "cancel", "#note": 'a, "b"'}, '["cancel","","a, \\"b\\""]')
    ]
    assert reader.header == ["operation", "billRunId", "#note"]
    assert (reader.format, reader.delimiter, reader.line_end, reader.row_count) == ("csv", ",", "\n", 1)


def test_header_is_known_before_the_first_row(reader_of: ReaderOf):
    """Whoever takes the first row can ask for the header then."""
    reader = reader_of(HEADER + b"a,b,c\n")
    next(reader.rows())
    assert reader.header == ["operation", "billRunId", "#note"]


def test_jsonl_row_keeps_its_text_and_leaves_nulls_out(reader_of: ReaderOf):
    """A JSONL row has the members that are not null, and its line as it stood."""
    line = b' {"operation": "x", "billRunId": null, "n": [1, null]} '
    reader = reader_of(line + b"\r\n", JobOptions("job.jsonl"))
    assert list(reader.rows()) == [
        Row(1, 1, "jsonl", {"operation": "x", "n": [1, None]}, line.decode()),
    ]
    assert (reader.header, reader.format, reader.line_end) == ([], "jsonl", "\r\n")


def test_rows_count_data_and_lines_count_lines(reader_of: ReaderOf):
    """Blank lines and line breaks in quotes count as lines, never as rows; a malformed row counts."""
    content = b"\n" + HEADER + b'\r\n  \na,"b\r\nc",\n\t \nragged\nx,y,z'
    rows = list(reader_of(content).rows())
    assert [(item.row, item.line) for item in rows if isinstance(item, Row)] == [(1, 5), (3, 9)]
    assert [item.line for item in rows if isinstance(item, Problem)] == [8]
    assert isinstance(rows[0], Row)
    assert rows[0].cells["billRunId"] == "b\r\nc"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_bom_and_both_line_ends_are_accepted(reader_of: ReaderOf, end: bytes):
    """One BOM is left out, and LF and CRLF read alike, also without one at the end of the file."""
    content = b"\xef\xbb\xbf" + end.join((b"operation,billRunId", b"a,b", "c,d\u2028e".encode()))
    reader = reader_of(content)
    assert [list(item.cells.values()) for item in reader.rows() if isinstance(item, Row)] == [
        ["a", "b"],
        ["c", "d\u2028e"],
    ]
    assert reader.line_end == end.decode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(reader_of: ReaderOf, delimiter: Literal[",", ";", "\t"]):
    """Each delimiter that can be asked for separates columns, and the others are text."""
    text = f'operation{delimiter}billRunId\na{delimiter}"b,;\t"\n'
    reader = reader_of(text.encode(), JobOptions("job.csv", delimiter=delimiter))
    (row,) = reader.rows()
    assert isinstance(row, Row)
    assert row.cells == {"operation": "a", "billRunId": "b,;\t"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("job.csv", None),
        ("JOB.CSV", None),
        ("job.csv.gz", None),
        ("job.jsonl", "csv"),
        ("job.gz", "csv"),
        ("job", "csv"),
    ],
)
def test_format_is_told_by_option_or_name(reader_of: ReaderOf, path: str, wanted: JobFormat | None):
    """The option wins over the name; the case of the name does not matter; .gz is decompressed."""
    content = HEADER + b"a,b,c\n"
    stored = gzip.compress(content) if path.endswith(".gz") else content
    reader = reader_of(stored, JobOptions(path, format=wanted))
    assert [type(item) for item in reader.rows()] == [Row]
    assert reader.format == "csv"
    assert reader.sha256 == hashlib.sha256(stored).hexdigest()


def test_name_that_tells_no_format_is_a_problem_of_the_file(reader_of: ReaderOf):
    """Without a known ending and without --format nothing is read."""
    reader = reader_of(HEADER, JobOptions("job.txt"))
    assert reader.format is None
    assert [type(item) for item in reader.rows()] == [Problem]
    assert reader.sha256 == ""


def test_too_few_cells_of_several_are_ragged(reader_of: ReaderOf):
    """A row with a delimiter too few is told so."""
    (problem,) = reader_of(HEADER + b"a,b\n").rows()
    assert problem == Problem(
        2, "", "2 cells, expected 3 as in the header; the delimiter of an empty cell stands too"
    )


def test_gzip_members_follow_each_other(reader_of: ReaderOf):
    """Members put together are one file, cut anywhere, with zeros behind them as padding."""
    members = [gzip.compress(HEADER + b"a,"), gzip.compress(b""), gzip.compress(b"b,c\n")]
    reader = reader_of(b"".join(members) + b"\0" * 70_000, JobOptions("job.csv.gz"))
    assert [item.source for item in reader.rows() if isinstance(item, Row)] == ['["a","b","c"]']


def test_gzip_bomb_stops_at_the_line_limit_in_little_memory(reader_of: ReaderOf):
    """A small .gz that holds one endless line is refused, and at most a few MiB are ever held."""
    reader = reader_of(gzip.compress(b"x" * 50_000_000), JobOptions("job.csv.gz"))
    tracemalloc.start()
    try:
        problems = list(reader.rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [type(item) for item in problems] == [Problem]
    assert peak < 8 * 1024 * 1024


def test_standard_input_is_csv_unless_the_format_says_otherwise(monkeypatch: pytest.MonkeyPatch):
    """`-` reads standard input, hashes it, and calls it <stdin>."""
    content = HEADER + b"a,b,c\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    reader = JobReader(JobOptions("-"), KNOWN)
    assert [type(item) for item in reader.rows()] == [Row]
    assert (reader.display_name, reader.format) == ("<stdin>", "csv")
    assert reader.sha256 == hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"operation":"x"}')))
    assert [type(item) for item in JobReader(JobOptions("-", format="jsonl"), KNOWN).rows()] == [Row]


def test_standard_input_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch):
    """A closed standard input, and one that says "nothing yet", are problems and not the end of the job."""
    monkeypatch.setattr(sys, "stdin", None)
    (closed,) = JobReader(JobOptions("-"), KNOWN).rows()
    assert closed == Problem(0, "", "standard input is closed; pipe the job in, or name its file")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(_NotReady())))
    (waiting,) = JobReader(JobOptions("-"), KNOWN).rows()
    assert waiting == Problem(
        0, "", "standard input is not ready (non-blocking); write the job to a file first"
    )


def test_pipe_that_brings_one_byte_at_a_time_is_read_whole():
    """A named pipe is read to its end, however small the pieces in which it comes."""
    reading, writing = os.pipe()
    os.write(writing, b"\xef\xbb\xbf" + HEADER)
    reader = JobReader(JobOptions(f"/dev/fd/{reading}", format="csv"), KNOWN)
    os.write(writing, b"a,b,c\n")
    os.close(writing)
    assert [type(item) for item in reader.rows()] == [Row]
    os.close(reading)


def _grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"x,y,z\n")


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def _swap(path: Path) -> None:
    before = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [_grow, _touch, _swap, Path.unlink])
def test_file_that_changes_while_it_is_read_is_refused(reader_of: ReaderOf, change: Callable[[Path], None]):
    """Growing, touching, replacing by an equal one, deleting: each is seen, and no digest is given."""
    reader = reader_of(HEADER + b"a,b,c\n" * 50_000)
    rows = reader.rows()
    next(rows)
    change(Path("job.csv"))
    *_, last = rows
    assert isinstance(last, Problem)
    assert last.message.startswith("the file changed while it was read")
    assert reader.sha256 == ""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone.csv", '"gone.csv" does not exist; check the spelling and the current directory'),
        ("dir.csv", '"dir.csv" is a directory; name the job file in it'),
        ("a\0b.csv", '"a\\x00b.csv" is no file name; it holds a NUL'),
        ("job.csv/x.csv", '"job.csv/x.csv" cannot be read: Not a directory'),
        ("loop.csv", '"loop.csv" cannot be read: Too many levels of symbolic links'),
    ],
)
def test_file_that_cannot_be_opened_is_a_problem(reader_of: ReaderOf, path: str, message: str):
    """What the system says about a path becomes a problem of the whole file, with what to do."""
    reader_of(b"")
    Path("dir.csv").mkdir()
    Path("loop.csv").symlink_to("loop.csv")
    assert list(JobReader(JobOptions(path), KNOWN).rows()) == [Problem(0, "", message)]


def test_file_without_permission_is_a_problem(reader_of: ReaderOf, monkeypatch: pytest.MonkeyPatch):
    """A file that this user may not read is a problem that says so."""
    reader = reader_of(HEADER)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = reader.rows()
    assert problem == Problem(0, "", '"job.csv" may not be read by this user; change its permissions')


@pytest.mark.parametrize("content", [b"", HEADER])
def test_empty_job_is_accepted_when_allowed(reader_of: ReaderOf, content: bytes):
    """With --allow-empty an empty file and a header alone have no rows and no problem."""
    reader = reader_of(content, JobOptions("job.csv", allow_empty=True))
    assert list(reader.rows()) == []
    assert reader.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("bytes_more", "kind"), [(0, Row), (1, Problem)])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_line_limit_holds_on_both_sides(reader_of: ReaderOf, bytes_more: int, kind: type, end: bytes):
    """A line of exactly 1 MiB without its end is read; one byte more is refused."""
    cells = b"a,b,"
    line = cells + b"x" * (1024 * 1024 - len(cells) + bytes_more) + end
    assert [type(item) for item in reader_of(HEADER + line).rows()] == [kind]


@pytest.mark.parametrize(("bytes_more", "kind"), [(0, Row), (1, Problem)])
def test_record_limit_holds_on_both_sides(reader_of: ReaderOf, bytes_more: int, kind: type):
    """A quoted record over several lines may have 1 MiB in all, its inner line ends counted."""
    opening, closing = b'a,b,"\r\n', b'"'
    filling = b"x" * (1024 * 1024 - len(opening) - len(closing) + bytes_more)
    assert [type(item) for item in reader_of(HEADER + opening + filling + closing).rows()] == [kind]


def test_reader_is_named_without_control_codes():
    """A file name that holds an escape sequence is shown harmlessly."""
    assert JobReader(JobOptions("a\x1b[2J.csv"), KNOWN).display_name == "a\\x1b[2J.csv"

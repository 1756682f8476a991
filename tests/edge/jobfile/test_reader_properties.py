import csv
import gzip
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.core.job import JobFormat, Problem, Row
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader
from runner.edge.jobfile.gunzip import gunzipped
from runner.edge.jobfile.lines import lines
from runner.edge.jobfile.records import Malformed, Record, records
from runner.edge.jobfile.stop import ReadingStopped

FIELD_AND_END = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\Z)')
KNOWN = frozenset({"billRunId"})
SOUND = (
    b'\xef\xbb\xbfoperation,billRunId,#note\r\ncancel,"a ""b"", c",\n\n"x\ny",,"z"\r\nlast,\xc3\xa9,\n',
    b'{"operation":"x","billRunId":[1,2.50,{"a":"\\u00e9"}]}\n\n{"operation":"y"}\r\n',
)
# Everything that means something to a CSV, and little else, so that it collides often.
CELLS = st.text(st.sampled_from('ab",;\t\n '), max_size=8).map(lambda text: text.replace("\n", "\r\n", 1))


@contextmanager
def _stdin(content: bytes) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        yield


def _read(content: bytes, job_format: JobFormat = "csv") -> list[Row | Problem]:
    with _stdin(content):
        return list(JobReader(JobOptions("-", format=job_format), KNOWN).rows())


def _records(text: str, delimiter: str) -> list[Record | Malformed]:
    return list(records(lines(iter([text.encode()])), delimiter))


def _by_the_grammar(text: str) -> list[list[str]] | None:
    """RFC 4180 as its ABNF says it, with commas; None where the text is none."""
    found: list[list[str]] = [[]]
    at = 0
    while match := FIELD_AND_END.match(text, at):
        found[-1].append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end()
        if not match[3]:
            return found
        if match[3] != ",":
            found.append([])
    return None


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_well_formed_csv_reads_as_it_was_written(
    rows: list[list[str]], delimiter: str, end: str, quoting: int
):
    """What Python's writer writes is read back, cell for cell, with the line on which each record begins."""
    target = io.StringIO(newline="")
    style = {"delimiter": delimiter, "lineterminator": end, "quoting": quoting}
    writer = csv.writer(target, **style)
    expected: list[Record] = []
    for row in rows:
        expected.append(Record(target.getvalue().count("\n") + 1, row))
        writer.writerow(row)
    assert _records(target.getvalue(), delimiter) == expected


@given(text=st.text(st.sampled_from('ab",\n'), max_size=24))
@example('a,"b"')
@example('"a""b"\n')
@example('"a","b","c"\n"')
@example('"a","""","c"')
@settings(max_examples=400)
def test_any_text_is_read_as_the_grammar_says_or_refused(text: str):
    """A text is split exactly as the grammar of RFC 4180 splits it, and refused where that has no reading."""
    expected = _by_the_grammar(text)
    found = _records(text, ",")
    if expected is None:
        assert any(isinstance(piece, Malformed) for piece in found)
    else:
        bare = [piece.cells for piece in found if isinstance(piece, Record)]
        # A line with nothing in it is skipped; the cell "" in quotes is no such line.
        assert [cells for cells in bare if cells != [""]] == [cells for cells in expected if cells != [""]]


@given(content=st.binary(max_size=200), job_format=st.sampled_from(["csv", "jsonl"]))
def test_any_bytes_end_in_rows_or_problems(content: bytes, job_format: JobFormat):
    """Whatever the bytes are, reading ends without an exception, and says something."""
    assert _read(content, job_format)


@given(
    which=st.integers(0, 1),
    cuts=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 3), st.binary(max_size=3)), max_size=4),
)
@settings(max_examples=300)
def test_mutated_jobs_never_crash_and_never_read_other_cells(which: int, cuts: list[tuple[int, int, bytes]]):
    """A damaged CSV that is accepted whole has the cells that Python's strict reader sees in it."""
    content = SOUND[which]
    for at, gone, put in cuts:
        content = content[:at] + put + content[at + gone :]
    items = _read(content, "jsonl" if which else "csv")
    assert items
    if which or any(isinstance(item, Problem) for item in items):
        return
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    _, *expected = filter(_is_seen, csv.reader(text, strict=True))
    sources = [json.loads(item.source) for item in items if isinstance(item, Row)]
    assert list(filter(_is_seen, sources)) == expected


def _is_seen(cells: list[str]) -> bool:
    return bool("".join(cells).strip(" \t"))


@given(content=st.binary(max_size=300), sizes=st.integers(1, 50), cut=st.integers(0, 30))
def test_gzip_is_read_alike_in_pieces_of_any_size(content: bytes, sizes: int, cut: int):
    """However a .gz comes in, its text is the same; cut short, it is refused."""
    stored = gzip.compress(content)
    pieces = [stored[at : at + sizes] for at in range(0, len(stored), sizes)]
    assert b"".join(gunzipped(iter(pieces))) == content
    if cut:
        with pytest.raises(ReadingStopped):
            list(gunzipped(iter([stored[:-cut]])))


@given(content=st.text(st.sampled_from("ab\r\n\u00e9"), max_size=60), sizes=st.integers(1, 9))
def test_lines_are_the_same_in_blocks_of_any_size(content: str, sizes: int):
    """Where the blocks are cut makes no difference to the lines, nor to the refusal."""
    raw = content.encode()
    pieces = [raw[at : at + sizes] for at in range(0, len(raw), sizes)]
    results: list[object] = []
    for blocks in (pieces, [raw]):
        try:
            results.append(list(lines(iter(blocks))))
        except ReadingStopped as stopped:
            results.append(stopped.problem)
    assert results[0] == results[1]

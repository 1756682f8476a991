"""The runner's reader and the second one on the same file: where do they disagree?"""

import hashlib
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast
from unittest.mock import patch

from runner.core.job import Problem, Row
from runner.core.options import JobOptions
from runner.edge.jobfile import JobReader
from runner.operations.catalog import CATALOG
from tests.fuzz.cases import Case
from tests.fuzz.secondparser import NO_LINE, Cells, Reading, second_reading
from tests.fuzz.worlds import WORLDS, Rows

HANG_S: Final = 1.0
"""Seconds of the processor that the runner may take for one file."""

TOO_LONG: Final = "took too long:"
_FIELDS: Final = frozenset(doc.name for operation in CATALOG.values() for doc in operation.field_docs)


class _Pieces(io.RawIOBase):
    """Standard input that brings at most so many bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__()
        self._stream = io.BytesIO(content)
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(min(size, self._size) if self._size else size)


class _Stdin:
    buffer: io.RawIOBase


@dataclass
class _Heard:
    """What the runner's reader said."""

    rows: list[Row | Problem] = field(default_factory=list)
    refused: int | None = None


class Readings:
    """Compares readings of files; `directory` is for those that have to stand on disk.

    `seen` counts files and rows, as the second parser sees them.
    """

    def __init__(self, directory: Path) -> None:
        self._judges = [Rows(world) for world in WORLDS]
        self.seen: Counter[str] = Counter()
        self._directory = directory
        self._stdin = _Stdin()

    @contextmanager
    def open(self) -> Iterator[None]:
        """In it standard input is ours."""
        with patch.object(sys, "stdin", self._stdin):
            yield

    def reader(self, case: Case) -> JobReader:
        """The runner's reader of a file; it is read from standard input, or a file where it is gzip."""
        manner = case.manner
        delimiter = cast('Literal[",", ";", "\\t"]', manner.delimiter)
        path = "-"
        if manner.gzipped:
            path = str(self._directory / f"job.{'jsonl' if manner.jsonl else 'csv'}.gz")
            Path(path).write_bytes(case.content)
        else:
            self._stdin.buffer = _Pieces(case.content, case.piece)
        job_format = None if manner.gzipped else "jsonl" if manner.jsonl else "csv"
        options = JobOptions(path, job_format, delimiter=delimiter, allow_empty=manner.may_be_empty)
        return JobReader(options, _FIELDS)

    def disagreement(self, case: Case) -> str:
        """What the two say differently about a file; "" where they agree."""
        reader = self.reader(case)
        begun = time.process_time()
        heard = _heard(reader)
        took_s = time.process_time() - begun
        if took_s > HANG_S:
            return f"{TOO_LONG} {took_s:.1f} s of the processor"
        second = second_reading(case.content, case.manner)
        self.seen["rows accepted"] += sum(cells is not None for _, cells in second.rows)
        self.seen["files refused" if second.refused is not None else "files accepted"] += 1
        if (heard.refused is None) != (second.refused is None):
            return f"refused at {heard.refused}, by the second parser at {second.refused}"
        if second.refused == NO_LINE:
            return ""
        if heard.refused != second.refused:
            return f"refused at line {heard.refused}, by the second parser at {second.refused}"
        wrong = _of_rows(heard.rows, second, case) or _of_whole(reader, heard, case)
        return wrong or self._judges[case.world].disagreement(
            row for row in heard.rows if isinstance(row, Row)
        )


def _heard(reader: JobReader) -> _Heard:
    """Everything up to the first refusal; what stands behind it is read all the same."""
    heard = _Heard()
    for item in reader.rows():
        if heard.refused is not None:
            continue
        if isinstance(item, Problem) and item.source is None:
            heard.refused = item.line
        else:
            heard.rows.append(item)
    return heard


def _of_rows(rows: list[Row | Problem], second: Reading, case: Case) -> str:
    if len(rows) != len(second.rows):
        return f"{len(rows)} rows, {len(second.rows)} by the second parser"
    texts = second.texts if case.manner.jsonl else [""] * len(rows)
    for place, (item, (line, cells), text) in enumerate(zip(rows, second.rows, texts, strict=True), 1):
        if (item.row, item.line) != (place, line):
            return f"row {item.row} on line {item.line}; by the second parser row {place} on line {line}"
        if isinstance(item, Row) != (cells is not None):
            return f"line {line}: {item}; by the second parser {cells!r}"
        different = _of_cells(item, cells, second.header) if isinstance(item, Row) else ""
        if different or (case.manner.jsonl and item.source != text):
            return f"line {line}: {different or item.source}"
    return ""


def _of_cells(row: Row, cells: Cells, header: list[str]) -> str:
    """Compared by their spelling, since 1, 1.0 and true are equal to Python."""
    if isinstance(cells, list):
        if json.loads(row.source) != cells:
            return f"source {row.source!r}; by the second parser {cells!r}"
        named = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    else:
        named = {name: member for name, member in (cells or {}).items() if member is not None}
    return "" if repr(row.cells) == repr(named) else f"{row.cells!r}; by the second parser {named!r}"


def _of_whole(reader: JobReader, heard: _Heard, case: Case) -> str:
    if heard.refused is not None:
        return ""
    if reader.sha256 != hashlib.sha256(case.content).hexdigest():
        return f"sha256 {reader.sha256!r}"
    return "" if reader.row_count == len(heard.rows) else f"row_count {reader.row_count}"

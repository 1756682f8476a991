"""Reads a job file, row by row, and says everything that is wrong with it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import chain
from json import JSONEncoder
from typing import Final, TypeAlias

from runner.core.job import RESERVED_NAMES, JobFormat, Problem, Row
from runner.core.jsonvalue import JsonFault, JsonObject, kind_of, parse
from runner.core.options import JobOptions
from runner.core.plaintext import plain, shown
from runner.edge.jobfile.gunzip import gunzipped
from runner.edge.jobfile.header import header_problems
from runner.edge.jobfile.lines import Line, LineEnd, lines
from runner.edge.jobfile.naming import read_name
from runner.edge.jobfile.origin import STDIN_PATH, Origin
from runner.edge.jobfile.records import DELIMITERS, Malformed, Record, is_blank, records
from runner.edge.jobfile.stop import ReadingStopped

Item: TypeAlias = Row | Problem

_FAULT_SHOWN_MAX: Final = 200
_SPOKEN: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
# jsonvalue.dumps writes the same bytes; this one runs in C, and every row of a large job passes here.
_SOURCE: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class JobReader:
    """One job file, read once, in bounded memory: a row of at most 1 MiB at a time.

    `rows` reads; the attributes say what was seen so far and are final when it has ended:

    - `header`: the column names of a CSV in file order (empty for JSONL), known before the first row;
    - `format`, `delimiter`: known from the start (`format` None: the name does not tell, `rows` says so);
    - `line_end`: LF or CRLF, as the first line ends;
    - `row_count`: data rows, malformed ones too; blank lines are not counted;
    - `sha256`: 64 hex digits over the bytes as stored (compressed ones for .gz); "" unless all were read and
      the file did not change meanwhile.
    """

    def __init__(self, options: JobOptions, known_names: AbstractSet[str]) -> None:
        """`known_names` are the fields of all operations; the reserved names are known anyway."""
        self.display_name = "<stdin>" if options.path == STDIN_PATH else plain(options.path)
        self.delimiter: str = options.delimiter or DELIMITERS[0]
        self.header: list[str] = []
        self.line_end: LineEnd = "\n"
        self.row_count = 0
        self._options = options
        self._known = known_names | set(RESERVED_NAMES)
        self._origin = Origin(options.path)

    @property
    def format(self) -> JobFormat | None:
        """CSV or JSONL, by `--format` or the name."""
        try:
            return read_name(self._options.path, self._options.format).format
        except ReadingStopped:
            return None

    @property
    def sha256(self) -> str:
        """The digest of the bytes as stored, "" before all of them were read."""
        return self._origin.digest

    def rows(self) -> Iterator[Item]:
        """Yield the rows and problems in file order; never raises for what stands in a file.

        A problem with a `source` is about that one row (its number of cells, its JSON); every other means
        that the file is not what it seems, and refuses the whole job, with `--skip-invalid` too. A file
        without rows is a problem unless the options allow it.
        """
        problem_count = 0
        try:
            for item in self._items():
                problem_count += isinstance(item, Problem)
                yield item
        except ReadingStopped as stopped:
            problem_count += 1
            yield stopped.problem
        if not (problem_count or self.row_count or self._options.allow_empty):
            found = "only a header" if self.header else "nothing in it"
            yield Problem(0, "", f"0 rows: the file has {found}; add rows, or give --allow-empty")

    def _items(self) -> Iterator[Item]:
        named = read_name(self._options.path, self._options.format)
        blocks = self._origin.blocks()
        physical = lines(gunzipped(blocks) if named.is_gzip else blocks)
        first = next(physical, None)
        if first is None:
            return
        self.line_end = first.end or "\n"
        whole = chain((first,), physical)
        yield from self._csv(whole) if named.format == "csv" else self._jsonl(whole)

    def _csv(self, physical: Iterator[Line]) -> Iterator[Item]:
        first = next((line for line in physical if not is_blank(line.text)), None)
        if first is None:
            return
        pieces = records(chain((first,), physical), self.delimiter)
        head = next(pieces)
        problems = list(header_problems(head, first.text, self.delimiter, self._known))
        if problems or isinstance(head, Malformed):
            yield from problems
            return
        self.header = head.cells
        for piece in pieces:
            self.row_count += 1
            yield self._malformed(piece) if isinstance(piece, Malformed) else self._csv_row(piece)

    def _csv_row(self, record: Record) -> Item:
        header, cells = self.header, record.cells
        if len(cells) != len(header):
            message = self._ragged(len(cells))
            return Problem(record.line, "", message, self.row_count, _SOURCE.encode(cells))
        return Row(
            row=self.row_count,
            line=record.line,
            format="csv",
            cells={name: cell for name, cell in zip(header, cells, strict=True) if cell},
            source=_SOURCE.encode(cells),
        )

    def _malformed(self, piece: Malformed) -> Problem:
        column = self.header[piece.place] if piece.place < len(self.header) else ""
        return Problem(piece.line, column, piece.message)

    def _ragged(self, found: int) -> str:
        expected = len(self.header)
        if found == 1:
            advice = "is the delimiter another one in this line?"
        elif found > expected:
            advice = f"put quotes around a cell that holds {_SPOKEN[self.delimiter]}"
        else:
            advice = "the delimiter of an empty cell stands too"
        return f"{found} {'cell' if found == 1 else 'cells'}, expected {expected} as in the header; {advice}"

    def _jsonl(self, physical: Iterator[Line]) -> Iterator[Item]:
        for line in physical:
            if not is_blank(line.text):
                self.row_count += 1
                yield self._jsonl_row(line)

    def _jsonl_row(self, line: Line) -> Item:
        members = _object(line.text)
        if isinstance(members, str):
            hint = "; is this CSV? then give --format csv" if self._is_like_csv(line) else ""
            return Problem(line.number, "", members + hint, self.row_count, line.text)
        return Row(
            row=self.row_count,
            line=line.number,
            format="jsonl",
            cells={name: member for name, member in members.items() if member is not None},
            source=line.text,
        )

    def _is_like_csv(self, line: Line) -> bool:
        return self.row_count == 1 and not line.text.lstrip().startswith(("{", "["))


def _object(text: str) -> JsonObject | str:
    """The object on a line, or why it is none."""
    try:
        value = parse(text)
    except JsonFault as fault:
        return f"not JSON: {shown(str(fault), _FAULT_SHOWN_MAX)}"
    if not isinstance(value, dict):
        return f"expected one JSON object on this line, found {kind_of(value)}"
    return value

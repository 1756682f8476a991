"""Result files of a CSV job: the input's cells as they stood, then what became of the row."""

import json
from collections.abc import Sequence
from typing import Final, Literal, cast

from runner.edge.output.cells import Cell, CsvLines, server_cell
from runner.edge.output.remainder import COMPANIONS, Remains, as_cell, chosen
from runner.edge.output.resultrow import MEANING_COLUMNS, RESULT_COLUMNS, ResultRow

_READ = json.JSONDecoder().decode


class CsvResults:
    """Spells the lines of one job's result files, with its header and its delimiter.

    A row that has not as many cells as the header (only a rejected one may) stays so: cells that are too many
    stand behind `#note`, and where some are missing `#note` is missing too. Thus it is refused again until
    somebody has corrected it, and never taken for another row.
    """

    def __init__(self, header: Sequence[str], delimiter: Literal[",", ";", "\t"]) -> None:
        """`header` is the header row as it stands in the job, our own `#` columns included."""
        self._lines = CsvLines(delimiter)
        self._width: Final = len(header)
        self._kept = [place for place, name in enumerate(header) if name not in RESULT_COLUMNS]
        names = [header[place] for place in self._kept]
        self._own: Final = len(names)
        self._names = names + [name for name in MEANING_COLUMNS if name not in names]
        extra = [second for first, second in COMPANIONS.items() if first in names and second not in names]
        self._names_remainder = self._names + extra
        self._operation, self._entity, self._org = map(self._names.index, MEANING_COLUMNS)

    def head(self, *, remainder: bool) -> str:
        """The header row."""
        names = self._names_remainder if remainder else self._names
        return self._lines.line([*names, *RESULT_COLUMNS])

    def line(self, row: ResultRow, *, remainder: bool) -> str:
        """The row with its result."""
        names = self._names_remainder if remainder else self._names
        source = cast("list[str]", _READ(row.source))
        padded = source + [""] * (self._width - len(source))
        cells: list[Cell] = [padded[place] for place in self._kept]
        cells += [""] * (len(names) - len(cells))
        self._put_meaning(cells, row)
        if row.remains and remainder:
            _put_remains(cells, names, row.remains)
        cells += _result_cells(row)
        if len(source) < self._width:
            cells.pop()
        return self._lines.line(cells + source[self._width :])

    def _put_meaning(self, cells: list[Cell], row: ResultRow) -> None:
        operation = row.line.operation
        for place, meant in ((self._operation, operation), (self._entity, row.entity), (self._org, row.org)):
            # A rejected row keeps its own cells; `--operation` is told where it names no operation itself.
            stands = row.as_it_stood and place < self._own
            if not stands or (place == self._operation and not cells[place]):
                cells[place] = meant


def _put_remains(cells: list[Cell], names: Sequence[str], remains: Remains) -> None:
    used = {name for name, cell in zip(names, cells, strict=True) if cell}
    column = chosen(remains, used)
    if column is not None and column in names:
        place = names.index(column)
        cells[place] = as_cell(remains[column], str(cells[place]))


def _result_cells(row: ResultRow) -> list[Cell]:
    line = row.line
    return [
        row.run_id,
        line.task,
        line.status.value,
        line.http_status,
        server_cell(line.reason_code),
        server_cell(line.reason_message),
        server_cell(line.result_id),
        server_cell(line.request_id),
        line.attempts,
        server_cell(line.note),
    ]

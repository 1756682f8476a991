"""`ledger.jsonl` and `ledger.csv`: one line for each task, in input order."""

from operator import attrgetter
from typing import Final

from runner.core.ledgerline import LEDGER_FIELDS, LedgerLine
from runner.edge.output.atomic import AtomicBatch
from runner.edge.output.cells import Cell, CsvLines, defused, json_line

LEDGER_JSONL: Final = "ledger.jsonl"
LEDGER_CSV: Final = "ledger.csv"

_VALUES = attrgetter(*LEDGER_FIELDS)


class LedgerFiles:
    """Both ledgers, side by side. The CSV is defused throughout and quotes every cell."""

    def __init__(self, batch: AtomicBatch) -> None:
        self._jsonl = batch.file(LEDGER_JSONL)
        self._csv = batch.file(LEDGER_CSV)
        self._lines = CsvLines(",", "always")
        self._csv.write(self._lines.line(LEDGER_FIELDS))

    def add(self, line: LedgerLine) -> None:
        """Add the line of the next task; raises `StorageFault`."""
        # `LedgerLine.to_json` gives the same members; this runs in C, and every task of a large job passes.
        values: tuple[Cell | tuple[str, ...], ...] = _VALUES(line)
        self._jsonl.write(json_line(dict(zip(LEDGER_FIELDS, values, strict=True))))
        cells = [defused(value) if isinstance(value, str) else _cell(value) for value in values]
        self._csv.write(self._lines.line(cells))


def _cell(value: int | tuple[str, ...] | None) -> Cell:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return defused(",".join(value))
        case _:
            return value

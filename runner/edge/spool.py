"""The spool: compiled rows on disk while a job is checked and planned, so that memory stays flat.

A temporary database without any durability; what is compared across rows (equal rows, repeated ids,
contradictions) is found by it, not in memory.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Self

from runner.core.operation import Claim
from runner.core.scope import Scope
from runner.edge.checkpoint.database import READ_WRITE, Database, Value
from runner.edge.checkpoint.faults import translated
from runner.edge.spoolentry import (
    Entry,
    EntryCount,
    Pair,
    RejectedRow,
    contradictions_of,
    entry_of,
    pair_of,
    scope_of,
    spelled,
)
from runner.edge.spoolqueries import (
    CONTESTED,
    COUNTS,
    EQUAL_ENTRIES,
    EQUAL_GROUPS,
    IN_ORDER,
    INDEXES,
    REPEATED_IDS,
    SCHEMA,
)

_GROUP: Final = 1000
_CACHE_KIB: Final = 2 * 1024
_PRAGMAS: Final = (
    "page_size = 8192",
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "temp_store = FILE",
    f"cache_size = -{_CACHE_KIB}",
)


class Spool:
    """Collects entries in row order, then answers about all of them; a context manager that deletes its file.

    Claims of entries that are read back are empty: they are compared here. Raises `StorageFault` (a full
    disk, mostly).
    """

    def __init__(self, directory: Path | None = None) -> None:
        """Make it in `directory`, or where the system keeps temporary files."""
        with translated("temporary files"):
            descriptor, name = tempfile.mkstemp(prefix=".spool-", suffix=".db", dir=directory)
            os.close(descriptor)
        self._path = Path(name).resolve()
        try:
            self._database = Database(self._path, READ_WRITE)
            self._database.set_pragmas(_PRAGMAS)
            self._database.run(SCHEMA)
        finally:
            self._unlink()  # the open file lives on without a name, and dies with the process
        self._rows: list[tuple[Value, ...]] = []
        self._entries: list[tuple[Value, ...]] = []
        self._claims: list[tuple[Value, ...]] = []
        self._count = self._last_row = 0
        self._is_indexed = False

    def __len__(self) -> int:
        """How many entries there are, those of rejected rows too."""
        return self._count

    def add(self, entry: Entry) -> int:
        """Add an entry, and its row with the first one; rows ascend. Returns the entry's number."""
        if entry.row < self._last_row:
            raise ValueError(f"row {entry.row} after row {self._last_row}")
        if entry.row > self._last_row:
            self._last_row = entry.row
            self._rows.append((entry.row, entry.line, entry.source, None, ""))
        self._count += 1
        scope = spelled(entry.scope)
        run, task = entry.parent or (None, None)
        self._entries.append((
            self._count, entry.row, entry.operation, scope, entry.digest, entry.payload,
            entry.custom_id, run, task,
        ))  # fmt: skip
        place = _place_of_claims(entry.scope)
        self._claims.extend((place, claim.key, claim.value, self._count) for claim in entry.claims)
        if len(self._entries) >= _GROUP:
            self._flush()
        return self._count

    def add_rejected(self, rejected: RejectedRow) -> None:
        """Add a row that could not be compiled; rows ascend."""
        if rejected.row <= self._last_row:
            raise ValueError(f"row {rejected.row} after row {self._last_row}")
        self._last_row = rejected.row
        self._rows.append((rejected.row, rejected.line, rejected.source, rejected.reason, rejected.payload))
        if len(self._rows) >= _GROUP:
            self._flush()

    def mark_rejected(self, row: int, reason: str) -> None:
        """Leave a row out after all, with all its entries; the first reason stays."""
        self._flush()
        self._database.run("UPDATE row SET reason = ? WHERE row = ? AND reason IS NULL", (reason, row))

    def revise(self, number: int, digest: str, payload: str, claims: Iterable[Claim]) -> None:
        """Replace what an entry means (its number was looked up)."""
        self._flush()
        sql = "UPDATE entry SET digest = ?, payload = ? WHERE number = ?"
        self._database.run(sql, (digest, payload, number))
        self._database.run("DELETE FROM claim WHERE entry = ?", (number,))
        found = self._database.one("SELECT scope FROM entry WHERE number = ?", (number,))
        if found is not None:
            place = _place_of_claims(scope_of(found[0]))
            rows = [(place, claim.key, claim.value, number) for claim in claims]
            self._database.run_many("INSERT INTO claim (scope, key, value, entry) VALUES (?, ?, ?, ?)", rows)

    def set_place(self, number: int, place: int) -> None:
        """Give an entry its place among equal ones."""
        self._database.run("UPDATE entry SET place = ? WHERE number = ?", (place, number))

    def equal_entries(self) -> Iterator[Pair]:
        """Entries that mean the same: each later one with the first of its kind, in order."""
        self._settle()
        return map(pair_of, self._database.stream(EQUAL_ENTRIES))

    def equal_groups(self) -> Iterator[list[Entry]]:
        """Entries that mean the same, all of each kind together, in order; without those of rejected rows."""
        self._settle()
        group: list[Entry] = []
        for columns in self._database.stream(EQUAL_GROUPS):
            entry = entry_of(columns)
            if group and _meaning(group[0]) != _meaning(entry):
                yield group
                group = []
            group.append(entry)
        if group:
            yield group

    def repeated_ids(self) -> Iterator[Pair]:
        """Custom ids that stand twice in one scope: each later entry with the first, in order."""
        self._settle()
        return map(pair_of, self._database.stream(REPEATED_IDS))

    def contradictions(self) -> Iterator[Pair]:
        """Entries whose claims contradict each other; each entry that has such a claim is in a pair.

        `what` is the claim's key.
        """
        self._settle()
        for scope, key in self._database.stream(CONTESTED):
            yield from contradictions_of(self._database, scope, key)

    def in_order(self, *, after_row: int = 0) -> Iterator[Entry | RejectedRow]:
        """All entries and rejected rows, in row order, then as they were added."""
        self._flush()
        for columns in self._database.stream(IN_ORDER, (after_row,)):
            row, line, source, reason, rejected_payload = columns[:5]
            if reason is None:
                yield entry_of((row, line, source, *columns[5:]))
            else:
                yield RejectedRow(row, line, source, reason, rejected_payload)

    def counts(self) -> list[EntryCount]:
        """How many entries each operation has in each scope."""
        self._flush()
        rows = self._database.rows(COUNTS)
        return [EntryCount(operation, scope_of(scope), count) for operation, scope, count in rows]

    def close(self) -> None:
        """Close and delete it."""
        self._database.abandon()
        self._unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()

    def _flush(self) -> None:
        if not self._rows and not self._entries:
            return
        many = self._database.run_many
        self._database.run("BEGIN")
        many("INSERT INTO row VALUES (?, ?, ?, ?, ?)", self._rows)
        many("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", self._entries)
        many("INSERT INTO claim (scope, key, value, entry) VALUES (?, ?, ?, ?)", self._claims)
        self._database.run("COMMIT")
        for written in (self._rows, self._entries, self._claims):
            written.clear()

    def _settle(self) -> None:
        """Write what is waiting; the indexes are made once, which is far faster than while adding."""
        self._flush()
        if not self._is_indexed:
            self._database.run(INDEXES)
            self._is_indexed = True

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()


def _place_of_claims(scope: Scope) -> str:
    """Where claims are compared: an object of an entity is the same one, whichever orgs a call names."""
    return spelled(Scope(scope.entity))


def _meaning(entry: Entry) -> tuple[str, str, Scope]:
    return entry.digest, entry.operation, entry.scope

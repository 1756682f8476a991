"""The one door to SQLite (through `apsw`): typed, and its errors come out as `StorageFault`."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, cast

import apsw

from runner.edge.checkpoint.faults import translated

Columns: TypeAlias = tuple[Any, ...]
"""One row of a query; SQLite decides the types, and the STRICT tables hold it to ours."""
Value: TypeAlias = int | float | str | bytes | None
Values: TypeAlias = Sequence[Value]

BUSY_MS: Final = 60_000
"""How long a lock of another program is waited for; readers hold theirs for some milliseconds."""

READ_WRITE: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW
READ_ONLY: Final = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOFOLLOW
IMMUTABLE: Final = READ_ONLY | apsw.SQLITE_OPEN_URI

_SAFE: Final = ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "foreign_keys = ON")


class Database:
    """One open SQLite file, for one thread at a time; every method raises `StorageFault`."""

    def __init__(self, path: Path, flags: int, *, vfs: str | None = None) -> None:
        """Open a file that exists; `vfs` names another SQLite VFS (tests)."""
        self.path = path
        self.log_pages = 0
        name = f"{path.as_uri()}?immutable=1" if flags & apsw.SQLITE_OPEN_URI else str(path)
        with translated(path):
            self._connection = apsw.Connection(name, flags=flags, vfs=vfs)
            self._connection.set_busy_timeout(BUSY_MS)
        self.set_pragmas(_SAFE)

    @classmethod
    def in_memory(cls) -> Self:
        """A database that is nowhere kept."""
        return cls(Path(":memory:"), READ_WRITE | apsw.SQLITE_OPEN_MEMORY)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def run(self, sql: str, values: Values = ()) -> None:
        """Carry out one statement (several without values)."""
        with translated(self.path):
            self._cursor(sql, values)

    def run_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Carry out one statement for each of `rows`."""
        with translated(self.path):
            cast("Any", self._connection).executemany(sql, rows)

    def rows(self, sql: str, values: Values = ()) -> list[Columns]:
        """All rows of a query."""
        with translated(self.path):
            return list(self._cursor(sql, values))

    def one(self, sql: str, values: Values = ()) -> Columns | None:
        """The first row of a query; None where there is none."""
        with translated(self.path):
            return next(iter(self._cursor(sql, values).fetchall()), None)

    def stream(self, sql: str, values: Values = ()) -> Iterator[Columns]:
        """The rows of a query, one after the other; the read transaction lasts as long."""
        with translated(self.path):
            cursor = self._cursor(sql, values)
        while True:
            with translated(self.path):
                row = cast("Columns | None", next(cursor, None))
            if row is None:
                return
            yield row

    def number(self, pragma: str) -> int:
        """The value of a pragma that is a number."""
        found = self.one(f"PRAGMA {pragma}")
        return 0 if found is None else int(found[0])

    def set_pragmas(self, pragmas: Iterable[str]) -> None:
        """Set pragmas, each spelled `name = value`."""
        for pragma in pragmas:
            self.run(f"PRAGMA {pragma}")

    def is_empty(self) -> bool:
        """Whether nothing was ever committed to the file."""
        return self.one("SELECT 1 FROM sqlite_schema LIMIT 1") is None

    def keep_log(self) -> None:
        """Leave the moving of the log to `move_log`, and count its pages in `log_pages` at every commit.

        SQLite would move it by itself, and pass over an error of that.
        """
        with translated(self.path):
            self._connection.set_wal_hook(self._count_pages)

    def move_log(self) -> None:
        """Move from the write-ahead log into the file what no reader needs there."""
        with translated(self.path), contextlib.suppress(apsw.BusyError):  # another program is moving it
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def truncate_log(self) -> None:
        """Move everything from the write-ahead log into the file."""
        with translated(self.path):
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def abandon(self) -> None:
        """Close after a fault: nothing is moved from the log into the file, and nothing is raised."""
        try:
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._connection.close(force=True)
        except (apsw.Error, OSError):
            pass

    def close(self) -> None:
        """Roll back what is not committed, and close."""
        with translated(self.path):
            if self.in_transaction:
                self._cursor("ROLLBACK", ())
            self._connection.close()

    def _count_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self.log_pages = pages
        return apsw.SQLITE_OK

    def _cursor(self, sql: str, values: Values) -> Any:  # noqa: ANN401 - apsw's own types are partly unknown
        return cast("Any", self._connection).execute(sql, tuple(values) or None)

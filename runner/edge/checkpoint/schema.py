"""The tables of `checkpoint.db`, and what may never be changed in them."""

from typing import Final

APPLICATION_ID: Final = 0x5A425231
"""Marks an SQLite file as one of our checkpoints ("ZBR1")."""
SCHEMA_VERSION: Final = 1
"""Stands in `user_version`; a file with a higher one was written by a newer version of the program. After
the first release every change of `SCHEMA`, even of a comment, is another version: its text is compared."""

CHECKPOINT_NAME: Final = "checkpoint.db"
FRESH_NAME: Final = ".checkpoint.new"
"""Under this name an empty database is made, before it is put in its place."""
WAL_NAME: Final = "checkpoint.db-wal"
SHM_NAME: Final = "checkpoint.db-shm"
HEAD_NAME: Final = "head"
LOCK_NAME: Final = "lock"

FRESH_NAMES: Final = tuple(FRESH_NAME + ending for ending in ("", "-journal", "-wal", "-shm"))
PLANNED_NAMES: Final = (CHECKPOINT_NAME, WAL_NAME, SHM_NAME, *FRESH_NAMES, HEAD_NAME, LOCK_NAME)
"""All that planning leaves in a run directory before its plan is committed."""

TASK_COLUMNS: Final = (
    "number", "row", "line", "custom_id", "operation", "entity", "orgs", "method", "path", "body",
    "act", "fields", "target", "marker", "generation", "rejected", "done_by", "inherited",
)  # fmt: skip
"""The frozen columns of a task, in the order in which its sum is made of them."""

LOOSE_META_KEYS: Final = frozenset({"epoch", "frozen"})
"""Keys of `meta` that the digest of the plan leaves out: the one that changes, and the digest itself."""

_FROZEN: Final = "SELECT RAISE(ABORT, 'what is planned is frozen')"

SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE row (
  row INTEGER PRIMARY KEY, line INTEGER NOT NULL, source TEXT NOT NULL,
  sum BLOB NOT NULL                    -- over the columns before it: a flipped bit is seen when it is read
) STRICT;

CREATE TABLE task (
  number INTEGER PRIMARY KEY, row INTEGER NOT NULL REFERENCES row (row), line INTEGER NOT NULL,
  custom_id TEXT, operation TEXT NOT NULL, entity TEXT, orgs TEXT NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, body BLOB NOT NULL, act TEXT NOT NULL, fields TEXT NOT NULL,
  target TEXT NOT NULL, marker TEXT, generation INTEGER NOT NULL, rejected TEXT,
  done_by TEXT, inherited TEXT,
  sum BLOB NOT NULL,                   -- over the columns before it
  final TEXT,                          -- cache: the final status, where there is one
  begun INTEGER NOT NULL DEFAULT 0     -- cache: 1 where anything was sent, or is under way
) STRICT;
CREATE INDEX task_standing ON task (final, begun);

CREATE TABLE event (
  seq INTEGER PRIMARY KEY, task INTEGER REFERENCES task (number), kind TEXT NOT NULL, at REAL NOT NULL,
  body TEXT NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_task ON event (task, seq);

CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events never change'); END;
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events never go'); END;
CREATE TRIGGER task_update BEFORE UPDATE OF {", ".join(TASK_COLUMNS)}, sum ON task BEGIN {_FROZEN}; END;
CREATE TRIGGER task_delete BEFORE DELETE ON task BEGIN {_FROZEN}; END;
CREATE TRIGGER task_insert BEFORE INSERT ON task WHEN EXISTS (SELECT 1 FROM event) BEGIN {_FROZEN}; END;
CREATE TRIGGER row_update BEFORE UPDATE ON row BEGIN {_FROZEN}; END;
CREATE TRIGGER row_delete BEFORE DELETE ON row BEGIN {_FROZEN}; END;
CREATE TRIGGER row_insert BEFORE INSERT ON row WHEN EXISTS (SELECT 1 FROM event) BEGIN {_FROZEN}; END;
CREATE TRIGGER meta_update BEFORE UPDATE ON meta WHEN old.key <> 'epoch' OR new.key <> 'epoch'
  BEGIN {_FROZEN}; END;
CREATE TRIGGER meta_delete BEFORE DELETE ON meta BEGIN {_FROZEN}; END;
"""  # noqa: S608 - made of our own column names

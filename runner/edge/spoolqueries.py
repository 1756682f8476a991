"""The tables and queries of the spool."""

from typing import Final

SCHEMA: Final = """
CREATE TABLE row (
  row INTEGER PRIMARY KEY, line INTEGER NOT NULL, source TEXT NOT NULL,
  reason TEXT,          -- why it is left out; NULL: it is not
  payload TEXT NOT NULL -- of a row that could not be compiled
) STRICT;
CREATE TABLE entry (
  number INTEGER PRIMARY KEY, row INTEGER NOT NULL, operation TEXT NOT NULL, scope TEXT NOT NULL,
  digest TEXT NOT NULL, payload TEXT NOT NULL, custom_id TEXT, parent_run TEXT, parent_task INTEGER,
  place INTEGER -- among equal ones; NULL: nobody gave one
) STRICT;
CREATE TABLE claim (
  scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, entry INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_row ON entry (row);      -- both ascend while adding, so these two cost little then
CREATE INDEX claim_entry ON claim (entry);
"""

INDEXES: Final = """
CREATE INDEX entry_meaning ON entry (digest, operation, scope, number);
CREATE INDEX entry_custom_id ON entry (custom_id, scope, number) WHERE custom_id IS NOT NULL;
CREATE INDEX claim_key ON claim (scope, key, entry, value);
"""

_ENTRY: Final = (
    "e.number, e.operation, e.scope, e.digest, e.payload, e.custom_id, e.parent_run, e.parent_task, e.place"
)
_PAIR: Final = "a.row, a.line, b.row, b.line"
_ALIKE: Final = """
  FROM ({groups}) g
  JOIN entry f ON f.number = g.first JOIN row a ON a.row = f.row
  JOIN entry e ON {same} AND e.number > g.first
  JOIN row b ON b.row = e.row
  ORDER BY e.number
"""
_MEANINGS: Final = (
    "SELECT digest, operation, scope, min(number) AS first FROM entry "
    "GROUP BY digest, operation, scope HAVING count(*) > 1"
)
_IDS: Final = (
    "SELECT custom_id, scope, min(number) AS first FROM entry WHERE custom_id IS NOT NULL "
    "GROUP BY custom_id, scope HAVING count(*) > 1"
)
_SAME_MEANING: Final = "e.digest = g.digest AND e.operation = g.operation AND e.scope = g.scope"
_SAME_ID: Final = "e.custom_id = g.custom_id AND e.scope = g.scope"

EQUAL_ENTRIES: Final = f"SELECT {_PAIR}, '' " + _ALIKE.format(groups=_MEANINGS, same=_SAME_MEANING)
REPEATED_IDS: Final = f"SELECT {_PAIR}, e.custom_id " + _ALIKE.format(groups=_IDS, same=_SAME_ID)
EQUAL_GROUPS: Final = f"""
  SELECT r.row, r.line, r.source, {_ENTRY} FROM ({_MEANINGS}) g
  JOIN entry e ON {_SAME_MEANING} JOIN row r ON r.row = e.row AND r.reason IS NULL ORDER BY g.first, e.number
"""  # noqa: S608 - our own column names

CONTESTED: Final = (
    "SELECT scope, key FROM claim GROUP BY scope, key "
    "HAVING min(entry) < max(entry) AND (min(value) <> max(value) OR min(value) = '*') ORDER BY min(entry)"
)
CLAIMS: Final = (
    "SELECT c.entry, c.value, r.row, r.line FROM claim c JOIN entry e ON e.number = c.entry "
    "JOIN row r ON r.row = e.row WHERE c.scope = ? AND c.key = ? AND {more} ORDER BY c.entry"
)

IN_ORDER: Final = f"""
  SELECT r.row, r.line, r.source, r.reason, r.payload, {_ENTRY}
  FROM row r LEFT JOIN entry e ON e.row = r.row AND r.reason IS NULL
  WHERE r.row > ? ORDER BY r.row, e.number
"""  # noqa: S608 - our own column names
COUNTS: Final = (
    "SELECT e.operation, e.scope, count(*) FROM entry e JOIN row r ON r.row = e.row WHERE r.reason IS NULL "
    "GROUP BY e.operation, e.scope ORDER BY min(e.number)"
)

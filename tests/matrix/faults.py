"""The tables of the failure model, 3.B and 3.C, together."""

from typing import Final

from tests.matrix.network import NETWORK
from tests.matrix.replies import AMBIGUOUS, LIMITS, LOCKS, OTHERS, REFUSALS
from tests.matrix.successes import NOT_UNDERSTOOD, SUCCESSES
from tests.matrix.waits import WAITS

TABLES: Final = {
    "network": NETWORK,
    "successes": SUCCESSES,
    "not understood": NOT_UNDERSTOOD,
    "refusals": REFUSALS,
    "locks and limits": (*LOCKS, *LIMITS),
    "others": OTHERS,
    "ambiguous": AMBIGUOUS,
    "waits": WAITS,
}
ROWS: Final = tuple(row for rows in TABLES.values() for row in rows)

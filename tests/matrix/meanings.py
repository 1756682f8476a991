"""What a reply to a write may mean, in the words of the failure model (3.B, 3.C)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from runner.core.wire import NotSent, Reply

Kind: TypeAlias = Literal["create_bill_run", "cancel_bill_run", "cancel_journal_run", "detach_charges"]
CREATE: Final[Kind] = "create_bill_run"
BILL: Final[Kind] = "cancel_bill_run"
JOURNAL: Final[Kind] = "cancel_journal_run"
DETACH: Final[Kind] = "detach_charges"
KINDS: Final[tuple[Kind, ...]] = (CREATE, BILL, JOURNAL, DETACH)
PUTS: Final[tuple[Kind, ...]] = (BILL, JOURNAL, DETACH)


class Meaning(StrEnum):
    """The classes of the tables."""

    TAKEN = "taken"
    """Done, or accepted by what is done later."""
    UNCLEAR = "unclear"
    """U: ambiguous."""
    REFUSED = "refused"
    """Proof that it did nothing, and for good."""
    LOCKED = "locked"
    """50: refused, another key generation may try again."""
    LIMITED = "limited"
    """429, 70: refused for load."""
    TOKEN = "token"
    """401: a new token, the same key."""
    FORBIDDEN = "forbidden"
    """403."""
    RUNNING = "running"
    """409 without a code under a key: the first one is still running."""
    MISMATCH = "mismatch"
    """422 without a code under a key: never sent again."""
    NOT_SENT = "not_sent"
    """Proof that no byte left."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of 3.B or 3.C: what comes back, and what it means for a POST with a key and for a PUT.

    `code` is the ledger's reason code, `put_code` that of a PUT where it is another. `wait_s`: the readable
    wait. `stops`: the launch stops with this exit code (0: it goes on), for a reason that has `why` in it.
    `kinds`: the operations for which the row makes sense (a success without an id is one of a detach).
    `members`, `headers`, `status`: changes of the tenant's own reply, where `reply` is None.
    """

    name: str
    reply: Reply | None
    post: Meaning
    put: Meaning
    code: str
    put_code: str = ""
    wait_s: float = 0.0
    stops: int = 0
    why: str = ""
    held_s: float = 1.0
    kinds: tuple[Kind, ...] = KINDS
    members: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    headers: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    status: int | None = None

    def meaning(self, kind: Kind) -> Meaning:
        """What it means for an operation."""
        return self.post if kind == CREATE else self.put

    def reason_code(self, kind: Kind) -> str:
        """The reason code of the ledger for an operation."""
        return self.code if kind == CREATE else self.put_code or self.code


def unclear(name: str, reply: Reply, code: str, wait_s: float = 0.0) -> Row:
    """A row that is ambiguous, for a POST and for a PUT."""
    return Row(name, reply, Meaning.UNCLEAR, Meaning.UNCLEAR, code, wait_s=wait_s)


def refused(name: str, reply: Reply, code: str) -> Row:
    """A row that is refused for good, for a POST and for a PUT."""
    return Row(name, reply, Meaning.REFUSED, Meaning.REFUSED, code)


def same(meaning: Meaning, name: str, reply: Reply, code: str, wait_s: float = 0.0) -> Row:
    """A row that means the same for a POST and for a PUT."""
    return Row(name, reply, meaning, meaning, code, wait_s=wait_s)


def stopping(name: str, reply: Reply, code: str, exit_code: int, why: str) -> Row:
    """A row that stops the launch with this exit code."""
    meaning = Meaning.NOT_SENT if isinstance(reply, NotSent) else Meaning.UNCLEAR
    return Row(name, reply, meaning, meaning, code, stops=exit_code, why=why)

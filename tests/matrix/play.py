"""What a cell is made of: tasks on a tenant, strikes, launches, and what must come of them."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from runner.core.policy import Policy
from runner.core.task import Task
from runner.core.wire import Arrived, Reply, Request

Effect: TypeAlias = Literal["none", "applied", "late"]
STRUCK: Final = 1
"""The number of the task that is struck in a cell of the tables; the others are calm company."""
HELD_S: Final = 1.0
"""A struck reply comes so many seconds after its request."""


PLAIN_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Strike:
    """What comes back for some writes of a task instead of the tenant's own reply.

    `nth` counts the writes of the task from 1; empty: all. In header values `{+30}` stands for the HTTP date
    30 seconds after the reply, `{track}` for the request's own track id; `date` and a new `zuora-request-id`
    are there unless a header says otherwise ("": absent). `reply` None: the tenant's own reply, with
    `members` and `headers` changed (one that is None is taken out).
    """

    reply: Reply | None
    effect: Effect = "none"
    nth: tuple[int, ...] = (1,)
    after_s: float = 5.0
    held_s: float = HELD_S
    members: tuple[tuple[str, str | None], ...] = ()
    headers: tuple[tuple[str, str | None], ...] = ()
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One launch, and how all tasks stand after it, in their order.

    `code`: the exit code by the contract. `why`: a part of the reason for which it stopped ("": it did not;
    None: either way).
    `reason_codes` are those of the ledger, None where it does not matter. `lasts_s` bounds how long it may
    take.
    """

    statuses: tuple[str, ...]
    code: int
    why: str | None = ""
    sends: bool = True
    calm: bool = False
    gap_s: float = 0.0
    stop_after_s: float | None = None
    reason_codes: tuple[str | None, ...] = ()
    lasts_s: float = 7200.0
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Sends:
    """What must be seen on the wire of one task, in all launches together.

    `writes`: from, to. `keys`: "same", "new" (another each time), or the pattern ("112": two with the first
    key, then one with another). `apart_s`: for the first pauses
    between a reply and the next write, from and to. `reads`: at least so many reads of the target stand
    between the first write and the second. `held_back_s`: it begins no earlier than so long after the first
    reply to the struck task, since its lane waits.
    """

    writes: tuple[int, int]
    effects: int
    keys: str = "same"
    apart_s: tuple[tuple[float, float], ...] = ()
    reads: int = 0
    held_back_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Play:
    """One cell. `asides` are requests of somebody else, with the time at which each is made.

    `open_end`: something is left open in the end, although the checker thinks that it could be settled.
    """

    name: str
    tasks: tuple[Task, ...]
    acts: tuple[Act, ...]
    sends: tuple[Sends, ...]
    scenario: str = ""
    strikes: tuple[tuple[int, Strike], ...] = ()
    policy: Policy = PLAIN_POLICY
    setup: dict[str, float] = field(default_factory=dict[str, float])
    asides: tuple[tuple[float, Request], ...] = ()
    open_end: bool = False

    def named(self, name: str) -> "Play":
        """The same under another name."""
        return replace(self, name=name)


HTML: Final = "<!DOCTYPE html><html><body>Please log in</body></html>"


def arrived(status: int, body: str | bytes = b"", **headers: str) -> Arrived:
    """A reply; header names are written with `_` for `-`."""
    whole = body if isinstance(body, bytes) else body.encode()
    return Arrived(status, {name.replace("_", "-"): value for name, value in headers.items()}, whole)


def refusal(*codes: str) -> str:
    """The body of a refusal with these reason codes (JSON, as they stand)."""
    reasons = ",".join(f'{{"code":{code},"message":"because of it"}}' for code in codes)
    return f'{{"success":false,"processId":"P1","reasons":[{reasons}]}}'

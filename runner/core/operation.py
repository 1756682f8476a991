"""What the program needs to know of an operation; the four are in `runner.operations`.

Three stages, all pure: `read` judges a row by itself, `draft` puts it into one scope, `freeze` makes the
bytes. Then, for an answer or a doubt: `success` reads the reply of a write, `look` asks the tenant, `judge`
says what the answer means for one task.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from runner.core.job import FieldProblem, Row
from runner.core.jsonvalue import JsonObject
from runner.core.scope import Scope
from runner.core.sighting import Purpose, Sighting, Unread
from runner.core.task import Task
from runner.core.wire import Method, Reply, Request

Until: TypeAlias = Literal["accepted", "settled", "completed"]


@dataclass(frozen=True, slots=True)
class CompileContext:
    """What compiling needs to know of the tenant and the day.

    `today` is the date (YYYY-MM-DD) in the tenant's timezone, None where none is configured.
    `org_names` maps configured org names to ids. `marker`: whether created bill runs carry one.
    """

    today: str | None
    org_names: Mapping[str, str]
    marker: bool = True


@dataclass(frozen=True, slots=True)
class Fields:
    """A row that is valid by itself.

    `body` is the request body as the row asks for it (before defaults); `target` is the path field in its
    one spelling, "" for a creation. `number` is set where the target is named by a number that has to be
    looked up first (`billRunNumber`).
    """

    body: JsonObject
    target: str = ""
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a task lays hold of.

    Two tasks of one scope that claim one `key` with other `value`s contradict each other. A `value` of "*"
    contradicts every other (also "*").
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A row in one scope, before its act is known.

    `normal` is the normal form (aliases and convenience columns resolved, sets sorted, a default the same
    as its absence), from which the act's digest is made. `risks` are one-line warnings for `plan`, such as
    "autoPost: invoices are posted at once"; the same words for the same risk, since they are counted.
    """

    fields: Fields
    scope: Scope
    normal: JsonObject
    claims: Sequence[Claim] = ()
    risks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """The request of a task, to the byte. `marker` is None where it carries none."""

    path: str
    body: bytes
    target: str
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class Success:
    """What a successful reply of a write says. `ended` False: the server took it, its end is not seen yet."""

    result_id: str | None
    state: str | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One task that is looked at.

    `result_id` is what an earlier reply or look gave. `purpose`: `preflight` before anything was sent;
    `settle` for a doubtful end or a cancel that was accepted; `follow` for a created bill run that is
    followed to its end. `before` is the facts of the preflight look, where there was one. `since` is when
    the first write was sent, by the server's clock (None: nothing was; infinite: that is not known).
    """

    task: Task
    purpose: Purpose
    result_id: str | None = None
    before: JsonObject | None = None
    since: float | None = None


Looked: TypeAlias = Mapping[int, Sighting | Unread]
Inquiry: TypeAlias = Generator[Request, Reply, Looked]
"""Yields read requests (GET), is sent their replies, and returns what it found, by task number."""

Numbers: TypeAlias = Generator[Request, Reply, Mapping[str, str | None] | Unread]
"""Looks numbers up: yields reads, returns id by number (None: there is no such object)."""

Gate: TypeAlias = Generator[Request, Reply, bool | Unread]
"""Asks whether a gate is shut (True): yields reads."""


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """One field as `operations NAME` and the JSON Schema show it."""

    name: str
    type: str
    text: str
    required: bool = False


class Operation(Protocol):
    """A kind of change that Zuora makes for us."""

    @property
    def name(self) -> str:
        """As it stands in the `operation` column."""
        ...

    @property
    def method(self) -> Method:
        """POST (with an idempotency key) or PUT (never with one)."""
        ...

    @property
    def summary(self) -> str:
        """One line for people."""
        ...

    @property
    def retry_text(self) -> str:
        """How it is retried and settled, for `operations NAME`: a short paragraph."""
        ...

    @property
    def field_docs(self) -> Sequence[FieldDoc]:
        """All its fields, the CSV convenience columns included, in the order of a template."""
        ...

    @property
    def schema(self) -> JsonObject:
        """The JSON Schema of one JSONL row of this operation."""
        ...

    @property
    def untouched_proves(self) -> bool:
        """Whether an unchanged target proves that nothing took effect (not so for a journal run)."""
        ...

    def look_max(self, purpose: Purpose) -> int:
        """How many tasks one `look` takes together: as many as it saves requests by."""
        ...

    def read(self, row: Row) -> Fields | list[FieldProblem]:
        """Judge a row by itself: types, limits, cross-field rules. All problems at once."""
        ...

    def draft(self, fields: Fields, scope: Scope, context: CompileContext) -> Draft | list[FieldProblem]:
        """Put a valid row into a scope. `fields.number` is still unresolved here, and may stay so offline."""
        ...

    def with_target(self, draft: Draft, target: str) -> Draft:
        """The same draft with its number looked up."""
        ...

    def freeze(self, draft: Draft, act: str, context: CompileContext) -> Frozen:
        """Make the bytes: defaults made explicit, dates filled in, the marker of `act` in the name."""
        ...

    def lookup(self, numbers: Sequence[str]) -> Numbers:
        """Look up the ids of numbers, at most `look_max("settle")` at once."""
        ...

    def success(self, task: Task, body: JsonObject) -> Success | None:
        """Read a reply that says `success: true`; None where it cannot be about this task."""
        ...

    def look(self, questions: Sequence[Question]) -> Inquiry:
        """Ask the tenant how the targets of some tasks stand; all of one scope, at most `look_max`."""
        ...

    def follows(self, task: Task, until: Until) -> bool:
        """Whether its success is followed further (a created ad hoc bill run with `completed`)."""
        ...

    def gate(self, code: str | None) -> Gate | None:
        """The read that tells whether a refusal with this code is a gate and no fault of the row.

        The gate is more than 500 pending bill runs (reference page); None where it cannot be one.
        """
        ...

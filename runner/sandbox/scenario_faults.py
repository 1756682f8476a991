"""The part of a scenario that says what goes wrong between a request and its reply."""

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from runner.sandbox.scenario_objects import Part

FaultKind: TypeAlias = Literal[
    "latency",
    "no_connect",
    "reset_before",
    "reset_after",
    "late_effect",
    "timeout",
    "status",
    "lock",
    "html200",
    "garbage",
    "empty",
    "truncate",
    "drip",
    "gzip_bomb",
    "oversized",
    "redirect",
    "wrong_id",
    "no_success_field",
    "success_false",
]
Effect: TypeAlias = Literal["applied", "none", "late"]
Subject: TypeAlias = Literal[
    "any",
    "write",
    "read",
    "token",
    "create_bill_run",
    "cancel_bill_run",
    "cancel_journal_run",
    "detach_charges",
]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"not a regular expression: {fault}") from None
    return pattern


Pattern: TypeAlias = Annotated[str, AfterValidator(_compiles)]


class MatchPart(Part):
    """Which requests a fault strikes; everything that is given must hold.

    `operation`: one of the four, or `write` (all four), `read`, `token`, `any`. `path` and `target` are
    regular expressions, searched for; `target` is the name of what is created, else the id, number or key
    in the path.
    `nth` counts the requests for which the rest holds, from 1, over restarts of the server. `probability`
    is drawn from `seed`, the same for the same count. `from_s` and `until_s` count from the server's start.
    """

    operation: Subject = "any"
    path: Pattern = ""
    target: Pattern = ""
    nth: list[int] = Field(default_factory=list[int])
    probability: float = Field(default=1.0, ge=0, le=1)
    from_s: float = Field(default=0.0, ge=0)
    until_s: float | None = Field(default=None, ge=0)


class FaultPart(Part):
    """`[[faults]]`: one fault.

    - `latency`: the reply comes `delay_s` later. `drip`: it comes byte by byte, over `delay_s`.
    - `no_connect`: the connection is refused (over HTTP: reset before anything is read).
    - `reset_before`, `reset_after`: the connection is reset, without and with the effect.
    - `late_effect`: it is reset at once and the effect comes `after_s` later.
    - `timeout`: a gateway's 504 after `delay_s` (default 120, as Zuora's), with the effect.
    - `status`: a reply of this HTTP `status`, with `category`, `message` and `retry_after` where given.
    - `lock`: lock contention (409, code ends in 50). `success_false`: 200 with a reason of `category`.
    - `html200`, `garbage`, `empty`, `truncate`, `oversized`, `gzip_bomb`, `redirect`: what a proxy, a
      captive portal or a broken server makes of a reply.
    - `wrong_id`, `no_success_field`: the real reply, changed.

    `effect` says whether the request takes effect all the same: `applied`, `none`, or `late` (`after_s`
    later); by default `none` where the reply refuses, else `applied`. `delay_s` delays any reply. `stored`
    decides whether the reply is stored under the idempotency key, rather than `[keys]`. `times` bounds how
    often it strikes.

    `effect` on a plain refusal (`lock`, a 429, a 4xx with a code) makes a server that lies: it says that
    nothing was done, and does it. No client can be right about that one.
    """

    match: MatchPart = MatchPart()
    fault: FaultKind
    times: int | None = Field(default=None, ge=1)
    effect: Effect | None = None
    delay_s: float | None = Field(default=None, ge=0)
    after_s: float = Field(default=5.0, ge=0)
    status: int = Field(default=503, ge=200, le=599)
    category: int | None = Field(default=None, ge=10, le=99)
    message: str = "Injected by the scenario."
    retry_after: str | None = None
    stored: bool | None = None
    size_bytes: int = Field(default=5 * 1024 * 1024, ge=1, le=64 * 1024 * 1024)

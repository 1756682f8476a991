"""The numbers by which the core decides."""

import hashlib
from dataclasses import dataclass
from typing import Final

from runner.core.operation import Until
from runner.core.tenant import KEY_TRUST_S

BACKOFF_CAP_S: Final = 60.0
BACKOFF_BASE_S: Final = 1.0
POLL_FIRST_S: Final = 1.0
POLL_CAP_S: Final = 60.0
POLL_GROWTH: Final = 1.6


@dataclass(frozen=True, slots=True)
class Policy:
    """How one launch goes about its tasks. Times in seconds.

    `sends` False: nothing is written, whatever happens (`settle`). `quiet_s`: after a lost reply, for how
    long "not there" proves nothing. `spacing_s`: the least time between two looks that prove it together.
    `same_key_max`: so many writes with one key in one launch; `same_key_internal_max`: the same where the
    server says that it failed inside.
    """

    sends: bool = True
    preflight: bool = True
    until: Until = "settled"
    quiet_s: float = 150.0
    spacing_s: float = 10.0
    settle_s: float = 1800.0
    key_trust_s: float = KEY_TRUST_S
    busy_max: int = 5
    same_key_max: int = 8
    same_key_internal_max: int = 2
    puts_unclear_max: int = 2
    generations_max: int = 3


@dataclass(frozen=True, slots=True)
class Traits:
    """What deciding needs to know of an operation for one task.

    `follows`: its success is followed further. `untouched_proves`: a target as it was before is proof that
    nothing took effect (not so for a journal run, whose cancel may be queued).
    """

    follows: bool = False
    untouched_proves: bool = True


def backoff_s(act: str, tries: int) -> float:
    """Full-jitter backoff before try `tries` + 1: uniform in 0 .. min(60, 2^tries) seconds (Zuora's recipe).

    The jitter is drawn from the act's digest, so that a replay of the same history waits the same.
    """
    cap = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** min(tries, 10))
    return _fraction(act, tries) * cap


def poll_s(act: str, looks: int) -> float:
    """How long to wait after look number `looks`: 1 s, growing to 60 s, a fifth of it jitter."""
    interval = min(POLL_CAP_S, POLL_FIRST_S * POLL_GROWTH ** min(max(looks - 1, 0), 12))
    return interval * (0.8 + 0.2 * _fraction(act, looks))


def _fraction(act: str, number: int) -> float:
    digest = hashlib.sha256(f"{act}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64

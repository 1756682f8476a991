"""The phases of a launch, each by points of the program's code at which a signal comes in it."""

import random
import signal
from dataclasses import dataclass
from typing import Final

PHASES: Final[dict[str, dict[str, int]]] = {
    "compiling": {"row_spooled": 24, "job_compared": 1},
    "token": {"token_to_fetch": 1, "token_fetched": 1},
    "planning": {
        "run_locked": 1, "checkpoint_begun": 1, "registry_commits": 2, "acts_to_claim": 1, "plan_commits": 1,
        "plan_in_log": 1, "plan_committed": 1, "epoch_begun": 1,
    },
    "sending": {
        "sent_to_commit": 3, "sent_in_transaction": 3, "write_to_send": 20, "request_written": 20,
        "reply_read": 20, "answer_recorded": 20, "answer_in_transaction": 2,
    },
    "settling": {
        "poll_begins": 2, "poll_answered": 3, "end_pending": 20, "end_in_transaction": 3,
        "sight_recorded": 30,
    },
    "writing": {
        "rest_committed": 1, "log_to_close": 1, "log_closed": 1, "files_sealed": 1, "file_to_place": 9,
        "file_placed": 9, "files_remembered": 1,
    },
}  # fmt: skip
"""For each point how often a job of 24 rows comes to it at least."""
FIRST: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Struck:
    """A signal in a phase: on the nth call of a point, or a little later."""

    phase: str
    point: str
    nth: int
    number: signal.Signals
    after_s: float

    def __str__(self) -> str:
        return (
            f"{self.number.name} while {self.phase} ({self.point} {self.nth}, {self.after_s * 1000:.0f} ms)"
        )


def at_random(number: int, seed: int) -> list[Struck]:
    """So many signals, the phases in turn, the rest by chance."""
    chance = random.Random(seed)  # noqa: S311 - a test, no secret
    names = list(PHASES)
    return [_one(names[index % len(names)], chance) for index in range(number)]


def _one(phase: str, chance: random.Random) -> Struck:
    point, calls = chance.choice(list(PHASES[phase].items()))
    after_s = chance.choice((0.0, chance.uniform(0.001, 0.05)))
    return Struck(phase, point, chance.randint(1, calls), chance.choice(FIRST), after_s)

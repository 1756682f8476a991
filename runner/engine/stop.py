"""Why a launch ends before everything is done."""

from dataclasses import dataclass

from runner.core.summary import EXIT_NOT_ATTEMPTED


@dataclass(frozen=True, slots=True)
class Stop:
    """`reason` for people; `exit_code` where it is not simply what the state of the run says (4)."""

    reason: str
    exit_code: int = EXIT_NOT_ATTEMPTED

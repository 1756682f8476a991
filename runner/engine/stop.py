"""Why a launch ends before everything is done."""

from dataclasses import dataclass

from runner.core.summary import EXIT_NOT_ATTEMPTED, EXIT_STORAGE


@dataclass(frozen=True, slots=True)
class Stop:
    """`reason` for people; `exit_code` where it is not simply what the state of the run says (4)."""

    reason: str
    exit_code: int = EXIT_NOT_ATTEMPTED

    @property
    def may_write(self) -> bool:
        """Whether anything may still be written down: after a storage fault nothing may."""
        return self.exit_code != EXIT_STORAGE

"""The one way in which the program tells its user that it refuses to go on."""

from typing import Final

USAGE: Final = 2
"""The exit code of what is refused before anything was sent (usage, config, credentials, job file)."""


class UserFault(Exception):
    """Something that the user has to put right; never a fault of the program itself.

    `message` says what is wrong (one line for each thing), `hint` what to do about it, where that is not
    said already. `exit_code` is the program's (contract: 2 where nothing was sent).
    """

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

"""The one exception of this folder: reading cannot go on."""

from runner.core.job import Problem


class ReadingStopped(Exception):
    """A job file cannot be read further; `problem` says why. It never leaves this folder."""

    def __init__(self, line: int, message: str, column: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(line=line, column=column, message=message)

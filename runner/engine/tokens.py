"""What a refused token means for a launch."""

from runner.core.summary import EXIT_TOKEN
from runner.engine.board import Board
from runner.engine.stop import Stop


class Tokens:
    """The transport gets a new token after a 401; a 401 to that one, too, ends the launch."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._renewed_at: float | None = None

    def refused(self, *, sent_at: float) -> None:
        """A request that left at `sent_at` was answered 401."""
        if self._renewed_at is None:
            self._renewed_at = self._board.clock.now()
        elif sent_at > self._renewed_at:
            self._board.stop(Stop("401 came again after a new token", EXIT_TOKEN))

    def accepted(self) -> None:
        """A reply showed the token to be good: a later refusal means that it has ended, and is renewed."""
        self._renewed_at = None

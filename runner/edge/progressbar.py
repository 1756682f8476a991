"""The bar: one line of a terminal, drawn by rich. Imported only where a bar is shown."""

from collections.abc import Mapping
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runner.core.progress import ProgressState, progress_words

_BAR_CELLS: Final = 24
_FULL: Final = "\u2501"
_EMPTY: Final = "\u2500"


class BarDisplay:
    """One line that is drawn again and again, cut off at the width of the terminal."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str]) -> None:
        console = Console(
            file=stream,
            force_terminal=True,
            force_interactive=True,
            no_color=bool(environment.get("NO_COLOR")),
            markup=False,
            highlight=False,
            emoji=False,
            _environ=environment,
        )
        # Standard output carries results and is never touched; our own logs are not either.
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._begun = False

    def show(self, state: ProgressState) -> None:
        """Draw the state over the one before."""
        if not self._begun:
            self._live.start()
            # rich hides the cursor; after a forced end nobody would bring it back.
            self._live.console.show_cursor()
            self._begun = True
        self._live.update(_drawn(state), refresh=True)

    def end(self) -> None:
        """Leave the last state standing and give the terminal back."""
        self._live.stop()


def _drawn(state: ProgressState) -> Table:
    filled = _BAR_CELLS * state.finished // max(1, state.total)
    bar = Text.assemble((_FULL * filled, "green"), (_EMPTY * (_BAR_CELLS - filled), "dim"))
    line = Table.grid(padding=(0, 1))
    line.add_column(no_wrap=True, min_width=_BAR_CELLS)
    line.add_column(no_wrap=True, overflow="ellipsis")
    line.add_row(bar, Text(progress_words(state), no_wrap=True, overflow="ellipsis"))
    return line

"""The one place where what went wrong becomes words and an exit code."""

import contextlib
import os
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast

import click

import runner
from runner.cli.console import Terminal
from runner.cli.twin import flagged, twin_of
from runner.core.fault import USAGE, UserFault
from runner.core.jsonvalue import Json
from runner.core.options import Voice
from runner.core.ports import StorageFault
from runner.core.summary import (
    EXIT_BUG,
    EXIT_FORCED,
    EXIT_HELD,
    EXIT_NOT_ATTEMPTED,
    EXIT_OK,
    EXIT_SOME_FAILED,
    EXIT_STORAGE,
    EXIT_TOKEN,
    EXIT_UNSETTLED,
)
from runner.edge.secret import redact

EXIT_ORDER: Final = (
    EXIT_FORCED, EXIT_BUG, EXIT_STORAGE, EXIT_HELD, USAGE, EXIT_TOKEN, EXIT_NOT_ATTEMPTED, EXIT_UNSETTLED,
    EXIT_SOME_FAILED, EXIT_OK,
)  # fmt: skip
"""Where several codes apply, the first of these is the program's (contract)."""

_PRIVATE: Final = 0o600
_INTERRUPTS: Final = (KeyboardInterrupt, click.exceptions.Abort)


def worst(codes: Sequence[int]) -> int:
    """The exit code that stands for several; 0 for none."""
    return min(codes, key=EXIT_ORDER.index, default=EXIT_OK)


def code_of(fault: BaseException) -> int:
    """The exit code of whatever was raised; of a group, the first in the contract's order."""
    return worst([_code(leaf) for leaf in _leaves(fault)])


def explain_early(fault: BaseException, arguments: Sequence[str]) -> int:
    """As `explain`, where the options were not read yet (a usage error) or the program itself failed."""
    voice = Voice(json=flagged("--json", arguments))
    return explain(fault, Terminal(voice, os.environ.get(twin_of("--runs-dir"), "") or "runs"))


def explain(fault: BaseException, console: Terminal) -> int:
    """Say on standard error what went wrong and what to do next, and return the exit code.

    With `--json`, `{"exit_code", "message", "problems"}` on standard output besides. No traceback is shown:
    that of a fault of the program itself is written to a file of the user's own.
    """
    code = code_of(fault)
    leaf = next(one for one in _leaves(fault) if _code(one) == code)
    message, hint = _words(leaf, fault, console)
    console.err(f"error: {message}")
    if hint:
        console.err(f"hint: {hint}")
    problems: list[Json] = list(getattr(leaf, "problems", ()))
    with contextlib.suppress(StorageFault):  # the first fault is the one to tell
        console.json({"exit_code": code, "message": message, "problems": problems})
    return code


def _leaves(fault: BaseException) -> Iterator[BaseException]:
    """The faults of a group (tasks that failed together), or the fault itself."""
    if isinstance(fault, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", fault).exceptions:
            yield from _leaves(one)
    else:
        yield fault


def _code(fault: BaseException) -> int:
    match fault:
        case UserFault():
            return fault.exit_code
        case StorageFault():
            return EXIT_STORAGE
        case click.ClickException():
            return USAGE
        case _:
            return EXIT_FORCED if isinstance(fault, _INTERRUPTS) else EXIT_BUG


def _words(leaf: BaseException, whole: BaseException, console: Terminal) -> tuple[str, str | None]:
    match leaf:
        case UserFault():
            return leaf.message, leaf.hint
        case StorageFault():
            return (
                f"storage: {leaf}",
                "nothing more was sent; make room or repair the disk, then resume the run",
            )
        case click.ClickException():
            return leaf.format_message(), _usage_hint(leaf)
        case _ if isinstance(leaf, _INTERRUPTS):
            return "interrupted", None
        case _:
            where = _keep(whole, console.runs_dir)
            return f"a fault of the program itself; the checkpoint is intact; details: {where}", None


def _usage_hint(fault: click.ClickException) -> str | None:
    context = fault.ctx if isinstance(fault, click.UsageError) else None
    return f"type: {context.command_path} --help" if context else None


def _keep(fault: BaseException, runs_dir: str) -> str:
    """Write the traceback to a private file; its path, or what can be said.

    It has no values of locals, and no secret that the message of a foreign error may quote.
    """
    lines = traceback.TracebackException.from_exception(fault, capture_locals=False).format()
    text = f"zuora-batch {runner.__version__}\n" + redact("".join(lines))
    for folder in (runs_dir, None):
        if folder is not None and not Path(folder).is_dir():
            continue
        try:
            handle, path = tempfile.mkstemp(prefix="fault-", suffix=".txt", dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                os.fchmod(stream.fileno(), _PRIVATE)
                stream.write(text)
        except OSError:
            continue
        return path
    return f"none could be written ({type(fault).__name__})"

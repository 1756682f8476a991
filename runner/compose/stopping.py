"""`stop`: asking a running run to stop, and ending one for good."""

import contextlib
import getpass
import os
import signal
import socket
import time
from pathlib import Path
from typing import Final

from runner.compose.carryout import tell_rest
from runner.compose.console import Console
from runner.compose.steadyclock import SteadyClock
from runner.core.event import Closed
from runner.core.fault import UserFault
from runner.core.options import Invocation
from runner.core.summary import EXIT_HELD, EXIT_OK
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.lock import RunLock, holder_of, is_held
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import find_run

_WAIT_S: Final = 180.0
"""Longer than one write may take (150 s): what is in flight is finished first."""
_LOOK_S: Final = 0.1


def stop(invocation: Invocation, console: Console) -> int:
    """Ask the process that holds a run to stop, as one SIGINT does; 0, also where none holds it."""
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    if not _interrupt(directory, console):
        console.out(f"run {directory.name} is not running; nothing to stop")
    console.json({"run_id": directory.name, "exit_code": EXIT_OK})
    return EXIT_OK


def stop_for_good(invocation: Invocation, console: Console) -> int:
    """End a run: it may be settled still, and sends nothing more; stops it first where it runs.

    Raises:
        UserFault: it does not stop in time (6).
        StorageFault: storage failed.
    """
    directory = find_run(Path(invocation.site.runs_dir), invocation.run)
    if _interrupt(directory, console):
        _wait_until_free(directory)
    now = SteadyClock().now()
    with RunLock.acquire(directory, now):
        with CheckpointReader(directory) as reader:
            ended = reader.is_ended()
        if not ended:
            log = CommitLog.open(directory)
            try:
                log.commit([spell(Closed(now, getpass.getuser()))])
            finally:
                log.close()
        console.note(f"run {directory.name} is ended: it sends nothing more")
        tell_rest(directory, invocation, console)
    return EXIT_OK


def _interrupt(directory: Path, console: Console) -> bool:
    """Send SIGINT to the holder; False where nobody holds the run."""
    if not is_held(directory):
        return False
    holder = holder_of(directory)
    if holder is None:
        raise UserFault(
            f"run {directory.name} is held, and its file `lock` does not say by which process",
            hint="stop it at its terminal",
            exit_code=EXIT_HELD,
        )
    if holder.host != socket.gethostname():
        raise UserFault(
            f"run {directory.name} is held by process {holder.pid} on {holder.host}",
            hint="stop it there",
            exit_code=EXIT_HELD,
        )
    try:
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder.pid, signal.SIGINT)
    except PermissionError:
        raise UserFault(
            f"run {directory.name} is held by process {holder.pid}, which is another user's",
            hint="that user can stop it",
            exit_code=EXIT_HELD,
        ) from None
    console.out(f"run {directory.name}: process {holder.pid} was asked to stop")
    return True


def _wait_until_free(directory: Path) -> None:
    until = time.monotonic() + _WAIT_S
    while is_held(directory):
        if time.monotonic() > until:
            raise UserFault(
                f"run {directory.name} did not stop within {_WAIT_S:.0f} s",
                hint="look at its terminal, then try again",
                exit_code=EXIT_HELD,
            )
        time.sleep(_LOOK_S)

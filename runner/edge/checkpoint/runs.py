"""The runs directory: naming runs, listing them, finding one."""

import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from runner.core.fault import UserFault
from runner.core.nearest import did_you_mean
from runner.core.ports import StorageFault
from runner.edge.checkpoint.faults import UnplannedFault, translated
from runner.edge.checkpoint.head import Head, read_head
from runner.edge.checkpoint.opening import find_file
from runner.edge.checkpoint.schema import CHECKPOINT_NAME, HEAD_NAME, LOCK_NAME

RUN_ID_MAX: Final = 64
"""Characters of a run id."""

_RUN_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{RUN_ID_MAX - 1}}}")
_RANDOM_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A run directory at a glance.

    `at` is when it was planned (before that: begun; broken: last changed), in seconds since the epoch.
    `head` is None, and `fault` says why, where it is broken. More may be found wrong when it is opened.
    """

    run_id: str
    directory: Path
    at: float
    head: Head | None
    fault: str | None = None

    @property
    def is_planned(self) -> bool:
        """Whether its plan was committed, as far as the head knows."""
        return self.head is not None and self.head.seq > 0


def new_run_id(now: float, random_hex: str) -> str:
    """`YYYYMMDD-HHMMSS-xxxx`, UTC; `now` in seconds since the epoch, of `random_hex` the first 4 digits."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}-{random_hex[:_RANDOM_DIGITS]}"


def check_run_id(run_id: str) -> str:
    """The id itself; `UserFault` where it is none."""
    if not _RUN_ID.fullmatch(run_id):
        raise UserFault(
            f"not a run id: {run_id!r}",
            hint=f'letters, digits, ".", "_", "-", the first a letter or digit, at most {RUN_ID_MAX}',
        )
    return run_id


def directory_of_new(runs_dir: Path, run_id: str) -> Path:
    """Where a new run goes; `UserFault` where its id is none, or something else has that name."""
    directory = runs_dir / check_run_id(run_id)
    if os.path.lexists(directory) and not directory.is_dir():
        raise UserFault(f"--run-id {run_id}: {directory} is no directory", hint="choose another --run-id")
    return directory


def list_runs(runs_dir: Path) -> list[RunPlace]:
    """All runs of a runs directory, the oldest first; none where there is no such directory.

    Looks at the heads alone. Hidden directories and whatever is no run are skipped; a broken run is listed
    with its fault. Raises `StorageFault` where the directory itself cannot be read.
    """
    with translated(runs_dir):
        if not runs_dir.is_dir():
            return []
        glances = (_glance(path) for path in runs_dir.iterdir() if _is_run(path))
        places = [place for place in glances if place is not None]
    return sorted(places, key=lambda place: (place.at, place.run_id))


def find_run(runs_dir: Path, named: str | None) -> Path:
    """The directory of a run: by id, by path, or (None) the one planned last.

    `UserFault` where there is none. That it can be read is found out by opening it.
    """
    if named is None:
        places = list_runs(runs_dir)
        if not places:
            raise UserFault(f"{runs_dir}: there is no run yet", hint="zuora-batch run JOB makes one")
        return places[-1].directory
    for path in (runs_dir / named, Path(named)):
        if (path is not runs_dir / named or _RUN_ID.fullmatch(named)) and _is_run(path):
            return path
    names = [place.run_id for place in list_runs(runs_dir)]
    raise UserFault(
        f"there is no run {named!r} in {runs_dir}{did_you_mean(named, names)}",
        hint="zuora-batch runs lists them",
    )


def _is_run(path: Path) -> bool:
    """Whether a path is a run directory, broken or not; a symbolic link to one is a broken one."""
    if path.name.startswith(".") or not path.is_dir():
        return False
    return any(os.path.lexists(path / name) for name in (CHECKPOINT_NAME, HEAD_NAME, LOCK_NAME))


def _glance(path: Path) -> RunPlace | None:
    """A run at a glance; None where it has gone meanwhile: a run that is refused takes its directory back."""
    try:
        return _read_glance(path)
    except FileNotFoundError:
        return None


def _read_glance(path: Path) -> RunPlace:
    try:
        head = _sound_head(path)
    except UnplannedFault:
        head = read_head(path)
        return RunPlace(path.name, path, head.at if head else _changed_at(path), head or Head())
    except StorageFault as fault:
        return RunPlace(path.name, path, _changed_at(path), None, str(fault))
    return RunPlace(path.name, path, head.at, head)


def _sound_head(path: Path) -> Head:
    if path.is_symlink():
        raise StorageFault(f"{path}: a symbolic link; put the directory itself there")
    return find_file(path)[1]


def _changed_at(path: Path) -> float:
    found = path.lstat()
    return found.st_mtime if stat.S_ISDIR(found.st_mode) else 0.0

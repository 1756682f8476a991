"""Comparing the index of acts with the run directories: what is new is read in, what is gone is forgotten."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint.actindex import ActIndex, KnownRun
from runner.edge.checkpoint.faults import NewerFault, UnplannedFault, in_the_way, translated
from runner.edge.checkpoint.head import Head
from runner.edge.checkpoint.lock import is_held
from runner.edge.checkpoint.opening import find_file
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.checkpoint.runs import RunPlace, list_runs
from runner.edge.checkpoint.schema import CHECKPOINT_NAME


@dataclass(frozen=True, slots=True)
class Comparison:
    """For whom it is compared.

    `planning` is the run that is about to be planned, if any: it has claimed nothing yet. `claims_lost`: what
    runs claimed that are being planned was lost with the index. `passes_damaged`: a run that cannot be read
    counts by what was known of it.
    """

    planning: str | None
    claims_lost: bool
    passes_damaged: bool


def compare(runs_dir: Path, index: ActIndex, how: Comparison) -> None:
    """Read in what is new, and forget what is gone.

    Raises:
        StorageFault: (or `NewerFault`) a run directory cannot be read.
        UserFault: a run is being planned whose claims were lost.
    """
    known = index.runs()
    places = list_runs(runs_dir)
    for run_id in known.keys() - {place.run_id for place in places}:
        index.forget(run_id)
    for place in places:
        glance = _glance_of(place)
        before = known.get(place.run_id)
        if before is None or not before.plan or before.glance != glance:
            _read_in(index, place, before, glance, how)


def _read_in(index: ActIndex, place: RunPlace, before: KnownRun | None, glance: str, how: Comparison) -> None:
    try:
        _learn(index, place, before, glance, how)
    except NewerFault:
        if not how.passes_damaged:
            raise
    except StorageFault as fault:
        if _has_gone(place):
            index.forget(place.run_id)
        elif not how.passes_damaged:
            raise in_the_way(place.directory, fault) from fault


def _learn(index: ActIndex, place: RunPlace, before: KnownRun | None, glance: str, how: Comparison) -> None:
    # In this order: a run that is not held and has no plan can get none while we keep claims out.
    held = is_held(place.directory)
    try:
        with _reader_of(place) as reader:
            plan = str(reader.meta()["frozen"])
            if before is not None and before.plan == plan:
                index.see(place.run_id, glance)
            else:
                index.learn(place.run_id, plan, glance, reader.acts())
    except UnplannedFault:
        if not held:
            index.forget(place.run_id)
        elif how.claims_lost and place.run_id != how.planning:
            raise UserFault(
                f"{place.directory}: this run is being planned, and what it claimed was lost with acts.db",
                hint="try again when it is planned",
            ) from None


def _has_gone(place: RunPlace) -> bool:
    """Whether a run was taken back meanwhile: one that is refused deletes its files, the plan is none."""
    try:
        find_file(place.directory)
    except UnplannedFault:
        return True
    except StorageFault:
        return False
    return False


def _reader_of(place: RunPlace) -> CheckpointReader:
    if place.fault is not None:
        raise StorageFault(place.fault)
    return CheckpointReader(place.directory)


def _glance_of(place: RunPlace) -> str:
    """How a run's files look; while this is the same, its plan is."""
    head = place.head or Head()
    with translated(place.directory):
        try:
            found = os.lstat(place.directory / CHECKPOINT_NAME)
        except FileNotFoundError:
            return ""
    return json.dumps([found.st_ino, found.st_size, found.st_mtime_ns, head.seq, head.plan])

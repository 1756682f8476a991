"""Errors that SQLite keeps to itself: of moving the log into the database, and of syncing its directory."""

import os
import stat
from pathlib import Path

import pytest

from runner.core.ports import StorageFault
from runner.edge.checkpoint import commitlog
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import plan_run, sent

DESCRIPTORS = 256
PAGES = 8


def fix(path: Path) -> None:
    """Let every descriptor by which this process could write a file be one that can only read it."""
    fixed = os.open(path, os.O_RDONLY)
    there = os.fstat(fixed)
    for number in range(3, DESCRIPTORS):
        try:
            found = os.fstat(number)
        except OSError:
            continue
        if number != fixed and os.path.samestat(found, there) and stat.S_ISREG(found.st_mode):
            os.dup2(fixed, number)
    os.close(fixed)


def commit_till_it_fails(log: CommitLog) -> int:
    """How many commits were promised."""
    for promised in range(4 * PAGES):
        try:
            log.commit([spell(sent(1, attempt=promised + 1))])
        except StorageFault:
            return promised
    raise AssertionError("nothing failed")


def test_a_log_that_cannot_be_moved_into_the_database_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The commit that would move it is on disk, and is the last one: nothing goes on on such a disk."""
    monkeypatch.setattr(commitlog, "LOG_PAGES_MAX", PAGES)
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    fix(run / "checkpoint.db")
    promised = commit_till_it_fails(log)
    with pytest.raises(StorageFault, match=r"checkpoint\.db"):
        log.check_sound()
    log.close()
    with CheckpointReader(run) as reader:
        assert len(reader.task(1)[1]) == promised + 1
        assert list(reader.verify()) == []


def test_a_log_that_cannot_be_moved_at_the_end_is_told(tmp_path: Path):
    """Everything is on disk, and the program that closes it says that the disk is failing."""
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    log.commit([spell(sent(1))])
    fix(run / "checkpoint.db")
    with pytest.raises(StorageFault, match=r"checkpoint\.db"):
        log.close()
    with CheckpointReader(run) as reader:
        assert reader.task(1)[1] == [sent(1)]


def test_the_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It begins anew after it was moved."""
    monkeypatch.setattr(commitlog, "LOG_PAGES_MAX", PAGES)
    run = plan_run(tmp_path / "r")
    log = CommitLog.open(run)
    for attempt in range(1, 100):
        log.commit([spell(sent(1, attempt=attempt))])
    assert (run / "checkpoint.db-wal").stat().st_size < 4 * PAGES * 4096
    log.close()


def test_a_directory_that_cannot_be_synced_is_no_place_for_a_launch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The name of the log that was made just now may be lost: better here than after the first send."""
    run = plan_run(tmp_path / "r")
    fsync = os.fsync

    def failing(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(5, os.strerror(5))
        fsync(number)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StorageFault):
        CommitLog.open(run)
    monkeypatch.undo()
    CommitLog.open(run).close()

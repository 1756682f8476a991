"""Every write, sync and truncation of the code that ships fails once, and then for ever."""

import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from runner.core.ports import StorageFault
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from runner.edge.checkpoint.faults import UnplannedFault
from runner.edge.checkpoint.reader import CheckpointReader
from tests.edge.checkpoint.making import plan_run, sent, story

FAULTS = {"full": apsw.FullError, "io": apsw.IOError}


class FailingFile(apsw.VFSFile):
    def __init__(self, storage: "FailingStorage", filename: Any, flags: list[int]) -> None:
        super().__init__("", filename, flags)
        self._storage = storage

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: D102, N802 - SQLite's name
        self._storage.count("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: D102, N802
        self._storage.count("sync")
        super().xSync(flags)


class FailingStorage(apsw.VFS):
    """Fails the n-th write or sync (and, `for_ever`, all after it)."""

    def __init__(self) -> None:
        super().__init__("failing", "")
        self.fail_at, self.for_ever, self.kind, self.seen = 0, False, "io", 0

    def arm(self, fail_at: int, kind: str, *, for_ever: bool) -> None:
        """Fail at the n-th act from now on; 0: never."""
        self.fail_at, self.kind, self.for_ever, self.seen = fail_at, kind, for_ever, 0

    def count(self, _act: str) -> None:
        """Count an act; raises where it is to fail."""
        self.seen += 1
        if self.fail_at and (self.seen == self.fail_at or (self.for_ever and self.seen > self.fail_at)):
            raise FAULTS[self.kind]("the test says so")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: D102, N802
        return FailingFile(self, name, flags)


@pytest.fixture(scope="module")
def storage() -> Iterator[FailingStorage]:
    """Storage that fails when it is told to."""
    made = FailingStorage()
    yield made
    made.arm(0, "io", for_ever=False)
    made.unregister()


def work(run: Path, acked: list[int]) -> None:
    """A launch: open, write in groups, close; `acked` are the tasks whose events were promised."""
    log = CommitLog.open(run, "failing")
    try:
        for number in range(1, 5):
            log.commit([spell(event) for event in story(number)])
            acked.append(number)
    finally:
        log.close()


def check(run: Path, acked: list[int]) -> None:
    """What was promised is there, and the file is whole."""
    with CheckpointReader(run) as reader:
        done = [task.number for task, past in reader.tasks() if past.outcome is not None]
        assert done[: len(acked)] == acked
        assert len(done) <= len(acked) + 1
        assert list(reader.verify()) == []


@pytest.mark.parametrize("kind", ["io", "full"])
@pytest.mark.parametrize("for_ever", [False, True])
def test_every_failing_write_or_sync_stops_the_run_and_loses_nothing(
    tmp_path: Path, storage: FailingStorage, kind: str, for_ever: bool
):
    """Wherever storage fails, the launch ends with `StorageFault`, and what was promised is still there."""
    faults = 0
    planned = plan_run(tmp_path / "planned", 4)
    for fail_at in range(1, 120):
        run = Path(shutil.copytree(planned, tmp_path / str(fail_at)))
        storage.arm(fail_at, kind, for_ever=for_ever)
        acked: list[int] = []
        try:
            work(run, acked)
        except StorageFault:
            faults += 1
        reached = storage.seen >= fail_at
        storage.arm(0, kind, for_ever=False)
        check(run, acked)
        if not reached:
            break
    assert faults > 10


@pytest.mark.parametrize("for_ever", [False, True])
def test_a_plan_that_fails_anywhere_is_there_whole_or_not_at_all(
    tmp_path: Path, storage: FailingStorage, for_ever: bool
):
    """A fault while planning leaves an unplanned run or a whole one."""
    for fail_at in range(1, 120):
        run = tmp_path / str(fail_at)
        storage.arm(fail_at, "io", for_ever=for_ever)
        failed = False
        try:
            plan_run(run, 5, vfs="failing")
        except StorageFault:
            failed = True
        reached = storage.seen >= fail_at
        storage.arm(0, "io", for_ever=False)
        try:
            check(run, [])
        except UnplannedFault:
            assert failed
        if not reached:
            break
    assert len(list(tmp_path.iterdir())) > 5


def test_a_fault_is_not_forgotten(tmp_path: Path, storage: FailingStorage):
    """After one failing write every later call raises, though storage works again."""
    run = plan_run(tmp_path / "r", 3)
    storage.arm(0, "io", for_ever=False)
    log = CommitLog.open(run, "failing")
    storage.arm(1, "io", for_ever=False)
    for _ in range(3):
        with pytest.raises(StorageFault):
            log.commit([spell(sent(1))])
    log.close()
    check(run, [])


LIMITED = """
import resource, sys
from pathlib import Path
from tests.edge.checkpoint.test_failing_storage import fill
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
fill(Path(sys.argv[1]))
"""


def fill(run: Path) -> None:
    """Write until storage fails; prints how many commits were promised."""
    log = CommitLog.open(run)
    promised = 0
    try:
        while True:
            log.commit([spell(sent(1, attempt=promised + 1))])
            promised += 1
    except StorageFault as fault:
        sys.stdout.write(f"{promised} {fault}\n")


def test_a_file_size_limit_is_a_storage_fault(tmp_path: Path):
    """Where the system lets the file grow no more, the run stops, and keeps all that was promised."""
    assert resource.RLIMIT_FSIZE >= 0
    run = plan_run(tmp_path / "r")
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(run)], capture_output=True, text=True, check=True, timeout=50
    )
    promised, _, told = ended.stdout.partition(" ")
    assert "checkpoint.db" in told
    with CheckpointReader(run) as reader:
        assert int(promised) <= len(reader.task(1)[1]) <= int(promised) + 1

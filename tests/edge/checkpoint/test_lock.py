import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.core.ports import StorageFault
from runner.edge.checkpoint.faults import HeldFault
from runner.edge.checkpoint.lock import RunLock, holder_of, is_held
from tests.edge.checkpoint.making import AT

HOLD = """
import sys
from pathlib import Path
from runner.edge.checkpoint.lock import RunLock
lock = RunLock.acquire(Path(sys.argv[1]), 0.0)
print("held", flush=True)
sys.stdin.read()
"""


def test_one_holder_at_a_time(tmp_path: Path):
    """A second one is refused with exit code 6, told who has it, and gets it once it is free."""
    assert not is_held(tmp_path)
    with RunLock.acquire(tmp_path, AT) as lock:
        assert is_held(tmp_path)
        assert holder_of(tmp_path) == lock.holder
        with pytest.raises(
            HeldFault, match=rf"process {os.getpid()} on .* since 2023-11-14T22:13:20.000Z"
        ) as caught:
            RunLock.acquire(tmp_path, AT)
        assert caught.value.exit_code == 6
    assert not is_held(tmp_path)
    assert holder_of(tmp_path) is None
    RunLock.acquire(tmp_path, AT).release()


def test_the_lock_dies_with_its_process(tmp_path: Path):
    """A stopped holder still holds; a killed one does not."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"held\n"
    child.send_signal(signal.SIGSTOP)
    with pytest.raises(HeldFault, match=f"process {child.pid}"):
        RunLock.acquire(tmp_path, AT)
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    RunLock.acquire(tmp_path, AT).release()


def test_asking_does_not_keep_anybody_out(tmp_path: Path):
    """A reader's question changes neither the lock nor its content."""
    with RunLock.acquire(tmp_path, AT):
        before = (tmp_path / "lock").read_bytes()
        assert is_held(tmp_path)
        assert (tmp_path / "lock").read_bytes() == before
        assert json.loads(before)["pid"] == os.getpid()


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path):
    """The lock of another place is not taken by a symbolic link."""
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageFault):
        RunLock.acquire(tmp_path, AT)


def test_a_lock_that_cannot_be_written_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Who could not write down that he holds it does not hold it."""

    def failing(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "ftruncate", failing)
    with pytest.raises(StorageFault):
        RunLock.acquire(tmp_path, AT)
    monkeypatch.undo()
    assert not is_held(tmp_path)
    RunLock.acquire(tmp_path, AT).release()


@pytest.mark.parametrize("pid", [0, -1, 2**31, 10**30])
def test_a_number_that_is_no_process_is_nobody_s(tmp_path: Path, pid: int):
    """A signal to it would go to a group of processes, or to all of them."""
    with RunLock.acquire(tmp_path, AT):
        (tmp_path / "lock").write_text(json.dumps({"pid": pid, "host": "h", "start": "s"}))
        assert is_held(tmp_path)
        assert holder_of(tmp_path) is None

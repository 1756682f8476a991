import os
from pathlib import Path

import pytest

from runner.core.fault import UserFault
from runner.core.ports import StorageFault
from runner.edge.checkpoint.directory import prepare_directory, real_directory
from runner.edge.checkpoint.filesystem import filesystem_of, judge_filesystem
from runner.edge.checkpoint.head import HeadFile, read_head
from runner.edge.checkpoint.lock import RunLock, is_held

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/far\\040away rw - nfs4 host:/x rw
31 22 0:41 / /mnt rw shared:4 master:2 - overlay overlay rw
32 22 0:42 / /home rw - fuse.sshfs x rw
33 22 0:43 / /share rw - cifs //h/s rw
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/var/runs", "ext4"),
        ("/mnt/far away/runs", "nfs4"),
        ("/mnt/far", "overlay"),
        ("/mntx", "ext4"),
        ("/home/me", "fuse.sshfs"),
        ("/share", "cifs"),
    ],
)
def test_the_file_system_of_a_place_is_found(place: str, kind: str):
    """The longest mount point above a place says what it is on."""
    assert filesystem_of(Path(place), MOUNTS) == kind


def test_network_file_systems_are_refused():
    """NFS and SMB are refused with exit code 5, doubtful ones warned of, the others taken."""
    for kind in ("nfs", "nfs4", "cifs", "smb3"):
        with pytest.raises(UserFault, match="network file system") as caught:
            judge_filesystem(Path("/x"), kind)
        assert caught.value.exit_code == 5
    assert "overlay" in (judge_filesystem(Path("/x"), "overlay") or "")
    assert "fuse.sshfs" in (judge_filesystem(Path("/x"), "fuse.sshfs") or "")
    assert judge_filesystem(Path("/x"), "ext4") is None
    assert judge_filesystem(Path("/x"), None) is None


def test_too_little_space_is_told(tmp_path: Path):
    """A run that cannot fit is refused before anything is written."""
    with pytest.raises(UserFault, match="MiB are free") as caught:
        prepare_directory(tmp_path / "r", rows=10**12)
    assert caught.value.exit_code == 5


def test_a_prepared_directory_is_empty_and_private(tmp_path: Path):
    """Trying out leaves nothing behind, and all directories made are 0700."""
    prepare_directory(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700] * 2


def test_a_file_in_the_way_is_told(tmp_path: Path):
    """A file where the directory should be is a storage fault."""
    (tmp_path / "r").write_text("x")
    for ask in (prepare_directory, real_directory):
        with pytest.raises(StorageFault):
            ask(tmp_path / "r")
    with pytest.raises(StorageFault):
        real_directory(tmp_path / "absent")


@pytest.mark.parametrize("name", ["head", "lock"])
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(tmp_path: Path, name: str):
    """Opening it would wait for its other end, perhaps for ever."""
    os.mkfifo(tmp_path / name)
    for touches in (read_head, HeadFile.open) if name == "head" else (is_held, take_lock):
        with pytest.raises(StorageFault, match="not a regular file"):
            touches(tmp_path)


def take_lock(directory: Path) -> RunLock:
    """Hold a run."""
    return RunLock.acquire(directory, 0.0)

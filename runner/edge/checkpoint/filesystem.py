"""What kind of file system a directory is on; locks and fsync mean little on some."""

from pathlib import Path
from typing import Final

from runner.core.fault import UserFault
from runner.core.summary import EXIT_STORAGE

_MOUNTS: Final = Path("/proc/self/mountinfo")
_REFUSED: Final = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs"})
_DOUBTED: Final = frozenset({"overlay", "fuseblk", "fuse", "9p", "virtiofs"})


def filesystem_of(home: Path, mounts: str | None = None) -> str | None:
    """The type of the file system of a resolved path ("ext4"); None where the system does not tell.

    `mounts` is the text of `/proc/self/mountinfo`, read where it is not given.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place = _unescaped(before.split(" ")[4])
        if home.is_relative_to(place) and (best is None or len(place) >= best[0]):
            best = (len(place), after.split(" ")[0])
    return None if best is None else best[1]


def judge_filesystem(home: Path, kind: str | None) -> str | None:
    """A warning, or None; `UserFault` (exit 5) for NFS and SMB, where locks do not hold and fsync may lie."""
    if kind is None:
        return None
    if kind in _REFUSED:
        raise UserFault(
            f"{home}: on a network file system ({kind}), which keeps neither locks nor order",
            hint="choose a local disk with --runs-dir",
            exit_code=EXIT_STORAGE,
        )
    if kind in _DOUBTED or kind.startswith("fuse."):
        return f"{home}: on {kind}; whether it keeps what is written through a loss of power is not known"
    return None


def _unescaped(place: str) -> str:
    for written, meant in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(written, meant)
    return place

"""Disks that are really full: a file that may grow no more, and (where it can be mounted) a tiny tmpfs."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.storage.commands import Office
from tests.storage.homes import home
from tests.storage.sweep import Swept

ROWS: Final = tuple(f"create_bill_run,row {number},Batch1,2026-11-30,2026-11-30,,,," for number in range(30))
_CALL: Final = "import json\nfrom pathlib import Path\nfrom tests.storage.smalldisk import limited\n"
_STORAGE: Final = 5
_KIB: Final = range(16, 800, 28)
_ROOM_KIB: Final = 16 * 1024


def limited(place: Path, bytes_max: int) -> dict[str, object]:
    """Run the job where files may have so many bytes, then without a limit; for a process of its own."""
    office = Office(place, rows=ROWS)
    tempfile.tempdir = str(place)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, hard))
    first = office.begin()
    sent, left = office.door.writes, [path.name for path in place.glob(".spool-*")]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    second = office.begin()
    names = [str(effect["name"]) for effect in office.tenant.effects]
    said = {"first": first.code, "told": first.err + first.out, "second": second.code}
    return {**said, "sent": sent, "left": left, "effects": len(names), "different": len(set(names))}


def in_a_process(place: Path, bytes_max: int) -> dict[str, object]:
    """Call `limited` in a process of its own."""
    words = f"{_CALL}print(json.dumps(limited(Path({str(place)!r}), {bytes_max})))"
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=50
    )
    return json.loads(done.stdout.splitlines()[-1])


def small_disks() -> Swept:
    """A run on disks of many sizes; none is mounted where that is not allowed, and then that is said."""
    swept = Swept()
    with home("small") as place:
        for size_kib in _KIB:
            disk = place / str(size_kib)
            disk.mkdir()
            if not _mount(disk, size_kib):
                swept.figures["small disks that could not be mounted"] += 1
                continue
            try:
                swept.note(list(_on_disk(disk)), f"tmpfs of {size_kib} KiB")
                swept.figures["small disks"] += 1
            finally:
                subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - found like every tool
    return swept


def _on_disk(disk: Path) -> Iterator[tuple[str, str]]:
    office = Office(disk / "office", rows=ROWS)
    said = office.begin()
    if said.code not in {0, _STORAGE}:
        yield "exit code", f"{said}"
    _mount(disk, _ROOM_KIB, "remount,")
    again = office.begin()
    if again.code:
        yield "left open", f"with room again: {again}"
    names = [str(effect["name"]) for effect in office.tenant.effects]
    if len(names) != len(ROWS) or len(set(names)) != len(ROWS):
        yield "effects", f"{len(names)} effects, {len(set(names))} different"


def _mount(disk: Path, size_kib: int, how: str = "") -> bool:
    if shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"{how}size={size_kib}k", "tmpfs", str(disk)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0

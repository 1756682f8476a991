"""Result files that somebody has changed by hand are kept beside the new ones.

What we wrote is remembered by digest in `.written`, a small file of the run directory. It is written before
the files are put in place, with the old digests beside the new ones, so that a kill at any moment leaves no
file of ours that looks like somebody else's.
"""

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from runner.core.jsonvalue import JsonFault, JsonObject, dumps, list_at, parse_object
from runner.edge.checkpoint.directory import open_regular
from runner.edge.output.atomic import storage_faults, write_whole

WRITTEN_NAME: Final = ".written"
_BLOCK_BYTES: Final = 256 * 1024
_WRITTEN_BYTES_MAX: Final = 64 * 1024


def keep_edited(directory: Path, new: Mapping[str, str]) -> list[str]:
    """Move aside each file that is neither what we wrote nor what we are about to write.

    `new` holds the SHA-256 of the files that will be put in place, by name. Returns the names under which
    files were kept (`failed.edited-1.csv`). Raises `StorageFault`.
    """
    ours = _written(directory)
    found = {name: _sha256(directory / name) for name in new}
    known = {name: {new[name], *ours.get(name, ())} for name in new}
    edited = [name for name, digest in found.items() if digest is not None and digest not in known[name]]
    # Before anything moves: what stands in the files now and what will, so that both are known as ours.
    both = {name: _both(new[name], None if name in edited else found[name]) for name in new}
    if both != ours:
        _remember(directory, both)
    return [_move_aside(directory, name) for name in edited]


def remember(directory: Path, new: Mapping[str, str]) -> None:
    """Note that these files are in place, by name and SHA-256; raises `StorageFault`."""
    alone = {name: (digest,) for name, digest in new.items()}
    if _written(directory) != alone:
        _remember(directory, alone)


def _both(new: str, old: str | None) -> tuple[str, ...]:
    return (new,) if old in (None, new) else (new, old)


def _remember(directory: Path, digests: Mapping[str, Iterable[str]]) -> None:
    members: JsonObject = {name: list(some) for name, some in digests.items()}
    write_whole(directory, WRITTEN_NAME, dumps(members) + "\n")


def _written(directory: Path) -> dict[str, tuple[str, ...]]:
    """The digests that we remember; none where the note is missing or damaged: then all files are kept."""
    path = directory / WRITTEN_NAME
    if not path.is_file() or path.is_symlink():
        return {}
    try:
        with storage_faults(path), os.fdopen(open_regular(path, os.O_RDONLY), "rb") as stream:
            members = parse_object(stream.read(_WRITTEN_BYTES_MAX))
    except JsonFault:
        return {}
    return {name: tuple(map(str, list_at(members, name))) for name in members}


def _sha256(path: Path) -> str | None:
    """The digest of a file; None where there is none, "" where it is no regular file that can be read."""
    digest = hashlib.sha256()
    try:
        fd = open_regular(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError:
        return ""
    try:
        with storage_faults(path):
            while block := os.read(fd, _BLOCK_BYTES):
                digest.update(block)
    finally:
        os.close(fd)
    return digest.hexdigest()


def _move_aside(directory: Path, name: str) -> str:
    with storage_faults(directory / name):
        kept = _free_name(name, {path.name for path in directory.iterdir()})
        (directory / name).rename(directory / kept)
    return kept


def _free_name(name: str, taken: Collection[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    number = 1
    while (free := f"{stem}.edited-{number}{dot}{ending}") in taken:
        number += 1
    return free

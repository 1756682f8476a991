"""The kinds of damage: what a disk, a careless copy, or somebody with an editor does to a run's files."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import apsw

from tests.storage.bases import DB, FILES, HEAD, WAL, Base, Files
from tests.storage.edits import random_edit

PAGE: Final = 4096
Damage: TypeAlias = Callable[["Bench"], str | None]


@dataclass(slots=True)
class Bench:
    """One run to damage: `run` is a fresh copy of `base`; `other` is another run."""

    run: Path
    base: Base
    other: Base
    chance: random.Random

    def some_file(self) -> Path:
        """One of the files that are there, the database most often."""
        there = [self.run / name for name in (DB, DB, *FILES) if (self.run / name).exists()]
        return self.chance.choice([path for path in there if path.stat().st_size])

    def put(self, files: Files, *names: str) -> str:
        """Put files of somewhere else in the places of ours."""
        for name in names:
            (self.run / name).unlink(missing_ok=True)
            if name in files:
                (self.run / name).write_bytes(files[name])
        return ", ".join(names)


def _flip(bench: Bench) -> str:
    path = bench.some_file()
    content = bytearray(path.read_bytes())
    place = bench.chance.randrange(len(content))
    content[place] ^= 1 << bench.chance.randrange(8)
    path.write_bytes(content)
    return f"{path.name}: a bit at {place}"


def _scribble(bench: Bench) -> str:
    path = bench.some_file()
    content = bytearray(path.read_bytes())
    place = bench.chance.randrange(len(content))
    some = bench.chance.randbytes(bench.chance.randint(1, 64))
    content[place : place + len(some)] = some
    path.write_bytes(content)
    return f"{path.name}: {len(some)} bytes at {place}"


def _zero(bench: Bench) -> str:
    path, size = bench.some_file(), bench.chance.choice((512, PAGE))
    content = bytearray(path.read_bytes())
    place = bench.chance.randrange(-(-len(content) // size)) * size
    content[place : place + size] = bytes(len(content[place : place + size]))
    path.write_bytes(content)
    return f"{path.name}: {size} zeros at {place}"


def _truncate(bench: Bench) -> str:
    path = bench.some_file()
    content = path.read_bytes()
    size = bench.chance.choice((0, 100, PAGE, bench.chance.randrange(len(content))))
    path.write_bytes(content[:size])
    return f"{path.name}: cut off at {size} of {len(content)}"


def _extend(bench: Bench) -> str:
    path = bench.some_file()
    some = bench.chance.choice((bytes(PAGE), bench.chance.randbytes(1000)))
    path.write_bytes(path.read_bytes() + some)
    return f"{path.name}: {len(some)} bytes more"


def _delete(bench: Bench) -> str:
    names = bench.chance.choice(((WAL,), (HEAD,), (DB,), (DB, WAL), (WAL, HEAD)))
    return bench.put({}, *names)


def _swap_pages(bench: Bench) -> str:
    content = bytearray((bench.run / DB).read_bytes())
    one, other = (bench.chance.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    first, second = content[one : one + PAGE], content[other : other + PAGE]
    content[one : one + PAGE], content[other : other + PAGE] = second, first
    (bench.run / DB).write_bytes(content)
    return f"pages at {one} and {other} swapped"


def _older(bench: Bench) -> str:
    """An older copy of some files; all three would be a backup that was put back, which nothing tells."""
    names = bench.chance.choice(((DB,), (WAL,), (HEAD,), (DB, WAL)))
    return "older " + bench.put(bench.chance.choice(bench.base.earlier), *names)


def _of_another(bench: Bench) -> str:
    names = bench.chance.choice(((DB,), (WAL,), (HEAD,), (DB, WAL), (DB, HEAD), (WAL, HEAD)))
    return "another run's " + bench.put(bench.other.files, *names)


def _mixed_up(bench: Bench) -> str:
    one, other = bench.chance.sample(FILES, 2)
    files = bench.base.files
    return f"{one} and {other}: " + bench.put(
        {one: files.get(other, b""), other: files.get(one, b"")}, one, other
    )


def _foreign(bench: Bench) -> str:
    path = bench.run / DB
    bench.put({}, DB, WAL)
    connection = apsw.Connection(str(path))
    connection.execute(f"CREATE TABLE event (x); PRAGMA application_id = {bench.chance.choice((0, 7))}")
    connection.close()
    return "a foreign database"


def _no_file(bench: Bench) -> str:
    path = bench.run / bench.chance.choice(FILES)
    path.unlink(missing_ok=True)
    how = bench.chance.choice(("directory", "link", "garbage"))
    if how == "directory":
        path.mkdir()
    elif how == "link":
        aside = bench.run / "aside"
        aside.write_bytes(bench.base.files.get(path.name, b""))
        path.symlink_to(aside)
    else:
        path.write_bytes(bench.chance.randbytes(3 * PAGE))
    return f"{path.name}: {how}"


def _newer(bench: Bench) -> str:
    pragma = bench.chance.choice(("user_version = 2", "user_version = 0", "application_id = 1"))
    connection = apsw.Connection(str(bench.run / DB))
    connection.execute(f"PRAGMA {pragma}")
    connection.close()
    return pragma


def _edit(bench: Bench) -> str | None:
    return random_edit(bench.run / DB, bench.chance)


KINDS: Final[dict[str, Damage]] = {
    "flipped bit": _flip, "scribbled": _scribble, "zeroed": _zero, "truncated": _truncate,
    "extended": _extend, "deleted": _delete, "pages swapped": _swap_pages, "older": _older,
    "another run's": _of_another, "mixed up": _mixed_up, "foreign": _foreign, "no file": _no_file,
    "version": _newer, "edited": _edit,
}  # fmt: skip
OFTEN: Final = ("flipped bit", "scribbled", "edited")

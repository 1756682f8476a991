"""Secrets that are planted, every spelling in which they could come out again, and the search for them."""

import base64
import html
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

SECRET: Final = """S3cret/Kanarie+4f9b&"x'=="""
TOKEN: Final = "T0ken.Kanarie/77aa31+<y>~=="
RENEWED: Final = "N3wTok.Kanarie/90bb02+<z>~=="
PROXY_PASSWORD: Final = "Pr0xy-Kanarie-5e2d"
MISPLACED: Final = "M1splaced/Kanarie+8c7a"
_CUT: Final = 14
"""So many characters of its beginning give a secret away, too."""
_SQLITE: Final = b"SQLite format 3\0"


def spellings(plain: str) -> set[str]:
    """One secret as programs write it into URLs, JSON, HTML, headers and logs."""
    raw = plain.encode()
    found = {plain, plain[:_CUT], plain[::-1], quote(plain, safe=""), quote_plus(plain), raw.hex()}
    found |= {quote(quote(plain, safe=""), safe=""), plain.swapcase(), html.escape(plain)}
    found |= {json.dumps(plain)[1:-1], json.dumps(json.dumps(plain))[3:-3], plain.replace("/", "\\/")}
    for form in ("\\u{:04x}", "\\u{:04X}", "&#{};", "&#x{:x};", "%{:02x}"):
        found.add("".join(each if each.isalnum() else form.format(ord(each)) for each in plain))
    found |= set(_in_base64(raw))
    return found


def _in_base64(raw: bytes) -> Iterator[str]:
    for shift, unsure in ((0, 0), (1, 2), (2, 3)):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"x" * shift + raw).decode().rstrip("=")
            yield encoded[unsure:-1]
    yield base64.b32encode(raw).decode().rstrip("=")[:-1]


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret that was found: which, and where."""

    name: str
    where: str


class Search:
    """Looks for some secrets in whatever was written; upper and lower case count as the same."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._needles = {
            name: [
                plain.lower().encode("utf-16-le"),
                *sorted({each.lower().encode() for each in spellings(plain)}),
            ]
            for name, plain in secrets.items()
        }
        self.bytes_read = 0
        self.files_read = 0

    def in_bytes(self, content: bytes, where: str) -> list[Hit]:
        """What stands in some bytes."""
        self.bytes_read += len(content)
        lowered = content.lower()
        return [
            Hit(name, where)
            for name, needles in self._needles.items()
            if any(needle in lowered for needle in needles)
        ]

    def in_text(self, text: str, where: str) -> list[Hit]:
        """What stands in a text, and in what it decodes to."""
        return self.in_bytes(text.encode("utf-8", "surrogatepass"), where)

    def in_tree(self, top: Path, besides: Iterable[Path] = ()) -> list[Hit]:
        """What stands in the names and bytes of all files below; of databases in each value as well."""
        left_out = set(besides)
        found: list[Hit] = []
        for path in sorted(top.rglob("*")):
            found += self.in_text(path.name, f"the name of {path}")
            if path in left_out or path.is_symlink() or not path.is_file():
                continue
            self.files_read += 1
            content = path.read_bytes()
            found += self.in_bytes(content, str(path))
            if content.startswith(_SQLITE):
                found += self._in_database(path)
        return found

    def _in_database(self, path: Path) -> list[Hit]:
        """A value may lie scattered over the pages of the file."""
        found: list[Hit] = []
        with _copied(path) as database:
            names = [
                name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type='table'")
            ]
            for name in names:
                for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - names of our own tables
                    for value in row:
                        content = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
                        found += self.in_bytes(content, f"{path}, table {name}")
        return found


class _copied:  # noqa: N801 - a context manager, used as a verb
    """A database in memory, with what stands in its write-ahead log: the file itself is left alone.

    Two SQLite libraries must not open one file in one process, so that it is copied.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.parent / ".copied-for-the-search"
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        self._folder.mkdir()
        for ending in ("", "-wal"):
            source = self._path.with_name(self._path.name + ending)
            if source.exists():
                (self._folder / source.name).write_bytes(source.read_bytes())
        self._connection = sqlite3.connect(self._folder / self._path.name)
        return self._connection

    def __exit__(self, *_how: object) -> None:
        self._connection.close()
        for each in self._folder.iterdir():
            each.unlink()
        self._folder.rmdir()

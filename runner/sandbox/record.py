"""What a tenant keeps on disk, so that it outlives its process, however that ends.

`journal.jsonl` is the truth: one line for each event, appended before the reply leaves. `effects.jsonl` has
one line for each effect of a write; where it is behind (a kill between the two), it is completed from the
journal. Nothing is synced: a crash of the machine is not what is simulated here.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, cast

from runner.sandbox.answers import to_json
from runner.sandbox.private import make_private
from runner.sandbox.state import Birth, JsonObject

JOURNAL: Final = "journal.jsonl"
EFFECTS: Final = "effects.jsonl"
_TENANT_ID_MIN: Final = 10_000
_TENANT_ID_SPAN: Final = 90_000_000


class RecordDamagedError(Exception):
    """A line of the journal that is not the last one cannot be read."""


class Record:
    """The files of one tenant; a directory without any begins a new tenant at `now` (Unix seconds)."""

    def __init__(self, directory: Path, now: float) -> None:
        make_private(directory)
        directory.chmod(0o700)
        self._directory = directory
        self._effects_written = _end_torn_line(directory / EFFECTS, _effect_number)
        _end_torn_line(directory / JOURNAL, None)
        self._journal = _open(directory / JOURNAL)
        self._effects = _open(directory / EFFECTS)
        self.birth = self._first(now)

    def replay(self, take: Callable[[JsonObject], None]) -> None:
        """Hand over every event in order, and complete the effects."""
        for event in _lines(self._directory / JOURNAL):
            if "tenant" not in event:
                take(event)
                self._complete(event)

    def write(self, events: list[JsonObject]) -> None:
        """Append events to the journal, then their effects."""
        if not events:
            return
        os.write(self._journal, b"".join(to_json(event) + b"\n" for event in events))
        for event in events:
            self._complete(event)

    def close(self) -> None:
        """Close the files."""
        os.close(self._journal)
        os.close(self._effects)

    def _complete(self, event: JsonObject) -> None:
        effect = event.get("effect")
        if isinstance(effect, dict) and cast("int", effect["n"]) > self._effects_written:
            os.write(self._effects, to_json(effect) + b"\n")
            self._effects_written = cast("int", effect["n"])

    def _first(self, now: float) -> Birth:
        first = next(_lines(self._directory / JOURNAL), None)
        if first is None:
            birth = Birth(_TENANT_ID_MIN + secrets.randbelow(_TENANT_ID_SPAN), secrets.token_hex(16), now)
            self.write([{"tenant": {"id": birth.id, "secret": birth.secret, "at": birth.at}}])
            return birth
        if not isinstance(tenant := first.get("tenant"), dict):
            raise RecordDamagedError(
                f"{self._directory / JOURNAL}: the first line is not a tenant's beginning"
            )
        return Birth(cast("int", tenant["id"]), str(tenant["secret"]), cast("float", tenant["at"]))


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _lines(path: Path) -> Iterator[JsonObject]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield cast("JsonObject", json.loads(line))
            except ValueError:
                raise RecordDamagedError(f"{path}: line {number} cannot be read") from None


def _end_torn_line(path: Path, read: Callable[[bytes], int] | None) -> int:
    """Cut off a last line that a kill left without its end; what `read` finds in the last whole one."""
    if not path.exists():
        return 0
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        whole = size
        last = b""
        # A line is far shorter than this, so that the end of the file shows the last whole one.
        start = max(0, size - 16 * 1024 * 1024)
        file.seek(start)
        tail = file.read()
        if tail and not tail.endswith(b"\n"):
            whole = start + tail.rfind(b"\n") + 1
            file.truncate(whole)
        last = tail[: whole - start].rstrip(b"\n").rpartition(b"\n")[2]
    return read(last) if read is not None and last else 0


def _effect_number(line: bytes) -> int:
    return cast("int", cast("JsonObject", json.loads(line))["n"])

"""Reads what strace wrote, and judges whether each write's event was on disk before the write began to leave.

The bytes alone decide: a track id in what was written to the checkpoint's log, the same in what was sent.
strace splits a call that another thread's comes between into `<unfinished ...>` and `<... resumed>`: the
first line is where the call was entered, the second where it returned.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

CALLS: Final = ("pwrite64", "write", "pwritev", "writev", "fsync", "fdatasync", "sendto", "sendmsg")
"""The calls that are traced."""
LOG_NAME: Final = "checkpoint.db-wal"

_LINE: Final = re.compile(r"(?P<pid>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)")
_FILE: Final = re.compile(r"\d+<([^>]*)>")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_BYTE: Final = re.compile(r"\\x([0-9a-f]{2})")
_LOGGED: Final = re.compile(rb'"(zbr-[0-9a-f]{8}-\d+-\d+)"')
_SENT: Final = re.compile(rb"\r\nZuora-Track-Id: (zbr-[0-9a-f]{8}-\d+-\d+)\r\n", re.IGNORECASE)
_BEGINNING: Final = re.compile(rb"(?:PUT|POST|GET|DELETE) /")
_SYNCS: Final = frozenset({"fsync", "fdatasync"})


class Call(NamedTuple):
    """One call: where in the trace it was entered and where it returned, on which file, with which bytes."""

    name: str
    entered: int
    returned: int
    file: str
    content: bytes
    failed: bool


@dataclass(slots=True)
class Judged:
    """`sends` by track id in the order of their first bytes; `words`: those that left too early, and why."""

    sends: list[str] = field(default_factory=list[str])
    words: list[str] = field(default_factory=list[str])


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The traced calls, in the order in which they returned."""
    begun: dict[str, tuple[int, str, str]] = {}
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if found is None:
            continue  # signals, exits
        rest = found["rest"]
        if found["call"] and rest.rstrip().endswith("<unfinished ...>"):
            begun[found["pid"]] = (number, found["call"], rest)
        elif found["call"]:
            yield _call(found["call"], number, number, rest)
        elif found["pid"] in begun:
            entered, name, head = begun.pop(found["pid"])
            yield _call(name, entered, number, head + rest)


def _call(name: str, entered: int, returned: int, rest: str) -> Call:
    file = _FILE.match(rest)
    content = b"".join(bytes.fromhex("".join(_BYTE.findall(text))) for text in _TEXT.findall(rest))
    named = _BYTE.sub(lambda byte: chr(int(byte[1], 16)), file[1]) if file else ""
    return Call(name, entered, returned, named, content, failed=" = -1 " in rest)


def judged(lines: Iterable[str]) -> Judged:
    """Judge a whole trace."""
    every = list(calls(lines))
    log = [call for call in every if call.file.endswith(LOG_NAME) and not call.failed]
    written: dict[str, int] = {}
    for call in log:
        if call.name not in _SYNCS:
            for track in _LOGGED.findall(call.content):
                written.setdefault(track.decode(), call.returned)
    syncs = [call for call in log if call.name in _SYNCS]
    result = Judged()
    for track, entered in sorted(_sends(every), key=lambda send: send[1]):
        result.sends.append(track)
        why = _why_wrong(written.get(track), syncs, entered)
        result.words += [f"{track}: {why}"] if why else []
    return result


def _sends(every: Iterable[Call]) -> Iterator[tuple[str, int]]:
    """Each write's track id, and where the call was entered with which its first byte left."""
    begun: dict[str, int] = {}
    for call in sorted(every, key=lambda call: call.entered):
        if call.file.startswith(("socket:", "TCP")) and not call.failed:
            if _BEGINNING.match(call.content):
                begun[call.file] = call.entered
            for track in _SENT.findall(call.content):
                yield track.decode(), begun.get(call.file, call.entered)


def _why_wrong(written: int | None, syncs: Iterable[Call], entered: int) -> str | None:
    if written is None or written > entered:
        return "its event was not written before its first byte left"
    if not any(sync.entered > written and sync.returned < entered for sync in syncs):
        return "its event was not synced before its first byte left"
    return None

"""What a loss of power may leave: what was synced, and of all else some, torn, or in another order."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.storage.tape import Act, Cut, Named, NamesSynced, Promised, Synced, Written

SECTOR: Final = 512
Pending: TypeAlias = list[Written | Cut]
_Choice: TypeAlias = Callable[[random.Random, Pending], Pending]


@dataclass(frozen=True, slots=True)
class Image:
    """The files by name, and how many events were promised by then; None: not even the plan."""

    at: int
    how: str
    files: dict[str, bytes]
    promised: int | None


@dataclass(slots=True)
class _Content:
    """One file: what is on disk for certain, and what may be."""

    safe: bytearray = field(default_factory=bytearray)
    pending: Pending = field(default_factory=list[Written | Cut])

    def sync(self) -> None:
        """Everything is on disk."""
        for act in self.pending:
            _apply(self.safe, act)
        self.pending.clear()

    def left(self, kept: Pending) -> bytes:
        """What is there where these of the pending acts came to the disk."""
        content = bytearray(self.safe)
        for act in kept:
            _apply(content, act)
        return bytes(content)


class PowerCuts:
    """Goes along a tape and builds images; every choice is the seed's."""

    def __init__(self, acts: Sequence[Act], chance: random.Random) -> None:
        self._acts, self._chance = acts, chance
        self._contents: dict[int, _Content] = {}
        self._safe_names: dict[str, int] = {}
        self._names: list[Named] = []
        self._promised: int | None = None

    def images(self, count: int) -> Iterator[Image]:
        """So many images, at points of the tape that are spread over all of it."""
        points = sorted(self._chance.randrange(len(self._acts) + 1) for _ in range(count))
        done = 0
        for point in points:
            for act in self._acts[done:point]:
                self._follow(act)
            done = point
            yield self._image(point)

    def _follow(self, act: Act) -> None:
        match act:
            case Written() | Cut():
                self._contents[act.file].pending.append(act)
            case Synced():
                self._contents[act.file].sync()
            case Named():
                self._names.append(act)
                if act.file is not None:
                    self._contents.setdefault(act.file, _Content())
            case NamesSynced():
                _rename(self._safe_names, self._names)
                self._names.clear()
            case Promised():
                self._promised = act.events

    def _image(self, at: int) -> Image:
        names = dict(self._safe_names)
        # A file system keeps the order of names: some of the last ones are lost.
        _rename(names, self._names[: self._chance.randint(0, len(self._names))])
        how = self._chance.choice(tuple(_CHOICES))
        files: dict[str, bytes] = {}
        for name, file in names.items():
            content = self._contents[file]
            files[name] = content.left(_CHOICES[how](self._chance, content.pending))
        return Image(at, how, files, self._promised)


def _rename(names: dict[str, int], acts: Sequence[Named]) -> None:
    for act in acts:
        if act.file is None:
            names.pop(act.name, None)
        else:
            names[act.name] = act.file


def _apply(content: bytearray, act: Written | Cut) -> None:
    end = act.size if isinstance(act, Cut) else act.offset + len(act.content)
    if end > len(content):
        content.extend(bytes(end - len(content)))
    if isinstance(act, Cut):
        del content[act.size :]
    else:
        content[act.offset : end] = act.content


def _sectors(act: Written | Cut) -> Pending:
    """A write, sector by sector; each is written whole or not at all."""
    if isinstance(act, Cut):
        return [act]
    parts: Pending = []
    place, end = act.offset, act.offset + len(act.content)
    while place < end:
        edge = min(end, (place // SECTOR + 1) * SECTOR)
        parts.append(Written(act.file, place, act.content[place - act.offset : edge - act.offset]))
        place = edge
    return parts


def _lost(_chance: random.Random, _pending: Pending) -> Pending:
    return []


def _kept(_chance: random.Random, pending: Pending) -> Pending:
    return pending


def _torn(chance: random.Random, pending: Pending) -> Pending:
    """The first ones are there, and of the next one its first sectors."""
    parts = [part for act in pending for part in _sectors(act)]
    return parts[: chance.randint(0, len(parts))]


def _reordered(chance: random.Random, pending: Pending) -> Pending:
    """Any sectors are there, whichever were written first."""
    share = chance.random()
    return [part for act in pending for part in _sectors(act) if chance.random() < share]


_CHOICES: Final[dict[str, _Choice]] = {
    "lost": _lost, "kept": _kept, "torn": _torn, "reordered": _reordered,
}  # fmt: skip

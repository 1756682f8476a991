"""Each act of storage of a whole command fails: plan, registry, lock, head, launch, and all derived files."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.storage.commands import RUN_ID, Office
from tests.storage.disk import Disk, Fault, failing_disk
from tests.storage.homes import home
from tests.storage.sweep import KINDS, Swept, chosen

_STORAGE: Final = 5
_INDEX: Final = "acts.db"
"""What the registry holds stands in the checkpoints too: where it cannot be opened, it is made again."""


class Nights:
    """One job that a scheduler begins on a disk that fails, and once more on a sound one."""

    def __init__(self, home: Path, disk: Disk) -> None:
        self._place, self._disk = home / "office", disk
        office = self._office(None)
        assert office.begin().code == 0
        self.acts = disk.seen
        office.discard()

    def faults(self) -> Iterator[Fault]:
        """Every fault there is."""
        for at in range(1, self.acts + 1):
            for kind in KINDS:
                yield Fault(at, kind)
                yield Fault(at, kind, for_ever=True)

    def case(self, fault: Fault, swept: Swept) -> None:
        """One night that fails, and one that does not."""
        office = self._office(fault)
        try:
            wrong = list(self._failing(office))
            struck = self._disk.struck[:1]
            swept.figures["faults struck"] += self._disk.failed
            self._disk.arm(office.runs, None)
            wrong += _sound(office)
        finally:
            self._disk.disarm()
            office.discard()
        swept.figures["cases"] += 1
        swept.note(wrong, f"{fault} ({struck})")

    def _office(self, fault: Fault | None) -> Office:
        office = Office(self._place, self._disk)
        self._disk.arm(office.runs, fault)
        return office

    def _failing(self, office: Office) -> Iterator[tuple[str, str]]:
        said = office.begin()
        self._disk.disarm()
        if not self._disk.failed:
            if said.code:
                yield "told falsely", f"nothing failed, and {said}"
            return
        if said.code == 0 and all(_INDEX in each for each in self._disk.struck):
            return
        if said.code != _STORAGE:
            yield "exit code", f"{said}"
        if str(office.runs) not in said.err + said.out:
            yield "message", f"no file is named: {said}"
        if office.door.late:
            yield "requests after the first error", f"{office.door.late}"


def _sound(office: Office) -> Iterator[tuple[str, str]]:
    """The same command on a sound disk ends the run; nothing was done twice, and all of it is derived."""
    said = office.begin()
    if said.code:
        yield "left open", f"on a sound disk: {said}"
        return
    done = Counter((effect["effect"], effect["name"] or effect["target"]) for effect in office.tenant.effects)
    if len(done) != len(office.rows) or set(done.values()) != {1}:
        yield "effects", f"{dict(done)}"
    for verb in ("verify", "results"):
        told = office.call(verb, RUN_ID, *office.site)
        if told.code:
            yield verb, f"{told}"
    once = office.derived()
    office.call("results", RUN_ID, *office.site)
    if office.derived() != once:
        yield "results differ", "derived twice, not the same bytes"
    for part in office.runs.rglob(".*.part"):
        yield "left behind", f"{part.name}"


def nights(cases: int | None, seed: int = 0, *, first: int = 0) -> Swept:
    """Go through so many cases by chance; None: all."""
    swept = Swept()
    with home("nights") as place, failing_disk(for_all=True) as disk:
        made = Nights(place, disk)
        for fault in chosen(made.faults(), cases, seed, first):
            made.case(fault, swept)
    return swept

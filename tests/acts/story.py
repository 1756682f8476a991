"""One sequence of human acts on one runs directory and one tenant, as it goes."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.acts.book import Expected, expected, holds, label_of, lines_of
from tests.acts.ground import Ground, Said, Starter
from tests.acts.judge import KINDS, Meant, repeated, unaccounted
from tests.acts.rows import Row, Sheet, some_row, written, wrong_row
from tests.acts.trouble import scenario, some_faults, some_trouble

LAUNCHED = frozenset({0, 1, 3, 4, 7})
REFUSED, STORAGE, HELD = 2, 5, 6


@dataclass(frozen=True, slots=True)
class Command:
    """A job that was run: how it can be typed again, and what stood in it."""

    arguments: tuple[str, ...]
    sheet: Sheet
    label: str = ""
    expected: Expected = Expected.EITHER
    sends: bool = True


@dataclass
class Story:
    """What the people of this story know, and what the judge has found.

    `marked`: bill runs carry markers. `listed`: schedules name their charges. `loose`: a run was moved away,
    so that two may claim the same. `blind`: something was sent without a look at its target before.
    """

    seed: int
    chance: random.Random
    ground: Ground
    rows: list[Row]
    meant: Meant = field(default_factory=Meant)
    troubles: dict[int, str] = field(default_factory=dict[int, str])
    faults: str = ""
    commands: list[Command] = field(default_factory=list[Command])
    ended: set[str] = field(default_factory=set[str])
    moved: list[str] = field(default_factory=list[str])
    marked: bool = True
    listed: bool = True
    loose: bool = False
    blind: bool = False
    log: list[str] = field(default_factory=list[str])
    found: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    counts: Counter[str] = field(default_factory=Counter[str])
    partly: set[int] = field(default_factory=set[int])
    next_number: int = 1
    files: int = 0

    @classmethod
    def begin(cls, path: Path, starter: Starter, seed: int) -> "Story":
        """A tenant, a sheet of some rows, and what the tenant will not do at first."""
        chance = random.Random(seed)  # noqa: S311 - a test, no secret
        scoped, marked = chance.random() < 0.6, chance.random() < 0.85
        config = "" if marked else "marker = false\n"
        story = cls(seed, chance, Ground(path, starter, config=config, scoped=scoped), [])
        story.marked, story.listed = marked, chance.random() < 0.7
        for _ in range(chance.randint(3, 7)):
            story.new_row()
        if chance.random() < 0.25:
            story.rows.append(story.keep(wrong_row(story.number(), scoped=scoped)))
        story.faults = some_faults(chance) if chance.random() < 0.6 else ""
        story.tell_tenant()
        return story

    def number(self) -> int:
        """A number that no row has yet."""
        self.next_number += 1
        return self.next_number

    def keep(self, row: Row) -> Row:
        """Know the row again in the tenant's record."""
        self.meant.add(row)
        return row

    def new_row(self, place: int | None = None, *, trouble: float = 0.35) -> Row:
        """A row more, or one in place of another."""
        row = self.keep(some_row(self.number(), self.chance, scoped=self.ground.scoped))
        if place is None:
            self.rows.append(row)
        else:
            self.rows = [row if each == self.rows[place] else each for each in self.rows]
        if self.chance.random() < trouble:
            trouble_told = self.troubles[row.number] = some_trouble(row, self.chance, listed=self.listed)
            self.partly |= {row.number} if "stuck" in trouble_told else set()
        return row

    def tell_tenant(self) -> None:
        """Write the scenario; the next command has the tenant read it."""
        rows = [row for row in self.meant.rows.values() if row.valid]
        self.ground.scenario(self.faults + scenario(rows, self.troubles, listed=self.listed))

    def sheet(self) -> Sheet:
        """The rows as they stand now, in any order."""
        return Sheet(tuple(self.chance.sample(self.rows, len(self.rows))))

    def write(self, sheet: Sheet) -> tuple[str, tuple[str, ...]]:
        """A job file of a sheet in one of its spellings; its name, and the options that it needs."""
        self.files += 1
        file_format = self.chance.choice(("csv", "csv", "jsonl"))
        given = self.ground.scoped and self.chance.random() < 0.5
        text = written(sheet, self.chance, file_format, entity_given=given)
        name = self.ground.job(f"job-{self.files}.{file_format}", text)
        options = ("--entity", "us") if given else ()
        options += ("--delimiter", ";") if has_semicolons(text) else ()
        return name, options + (("--allow-duplicates",) if sheet.repeats else ())

    def expectation(self, sheet: Sheet, label: str = "", *, skip_done: bool = False) -> Expected:
        """How a run of it has to begin."""
        if any(row.number in self.partly for row in sheet.rows):
            return Expected.EITHER  # the rest of a detach is another act in the same place of our book
        held = holds(self.ground, self.known_runs(), self.ended, label)
        return expected(sheet, held, skip_done=skip_done)

    def known_runs(self) -> list[str]:
        """All runs that were planned."""
        runs = self.ground.run_ids()
        return [run_id for run_id in runs if (self.ground.runs / run_id / "summary.json").exists()]

    def carry_out(
        self, command: Command, *, point: str | None = None, kill_after_s: float | None = None
    ) -> Said:
        """Call a job, and judge how it began."""
        requests = len(self.ground.requests())
        said = self.ground.call(*command.arguments, point=point, kill_after_s=kill_after_s)
        self.tell(command.arguments, said)
        self.look(command, said, requests)
        return said

    def look(self, command: Command, said: Said, requests: int) -> None:
        """What is known after a job was called: `requests` had reached the tenant before."""
        new = len(self.ground.requests()) - requests
        if said.code == REFUSED and new:
            self.find("refused but sent", f"{command.arguments}: {new} writes")
        if said.code == REFUSED and command.expected is Expected.TAKEN:
            self.find("refused without a reason", f"{command.arguments}: {said.err}{said.out}")
        if said.code in LAUNCHED and command.expected is Expected.REFUSED and command.sends:
            self.find("not refused", f"{command.arguments}: {said.out}")
        self.asked(command, said)
        self.after(said)

    def asked(self, command: Command, said: Said) -> None:
        """Know what a job that was not refused may bring about from now on."""
        for row in set(command.sheet.rows):
            if row.valid and said.code != REFUSED:
                self.meant.ask(row, command.label, command.sheet.count(row))

    def call(self, *arguments: str, kill_after_s: float | None = None) -> Said:
        """Call another verb."""
        said = self.ground.call(*arguments, kill_after_s=kill_after_s)
        self.tell(arguments, said)
        self.after(said)
        return said

    def after(self, said: Said, *, allowed: Sequence[int] = ()) -> None:
        """Bring the ledgers up to date where a program was killed, and look at the tenant's record."""
        self.counts["commands"] += 1
        self.counts[f"exit code {said.code}"] += 1
        if said.code not in LAUNCHED | {REFUSED, -9, *allowed}:
            faults = "\n".join(path.read_text() for path in self.ground.runs.glob("**/fault-*.txt"))
            self.find("unexpected exit code", f"{said.code}: {said.err}\n{faults}")
        if said.killed:
            for run_id in self.ground.run_ids():
                self.ground.call("results", run_id, "-q")
        for words in repeated(self.ground.effects(), self.meant, marked=self.marked):
            self.find("done twice", words)
        self._check_sums()

    def _check_sums(self) -> None:
        for run_id in self.known_runs():
            summary = json.loads((self.ground.runs / run_id / "summary.json").read_text())
            for words in unaccounted(lines_of(self.ground, run_id), summary):
                self.find("unaccounted", f"run {run_id}: {words}")

    def find(self, kind: str, words: str) -> None:
        """Note what is wrong, once."""
        assert kind in KINDS
        if (kind, words) not in self.found:
            self.found.append((kind, words))
            self.log.append(f"    !!! {kind}: {words}")

    def tell(self, arguments: Sequence[str], said: Said) -> None:
        """Keep a line for the reader of a story in which something is wrong."""
        self.log.append(f"{' '.join(arguments)} -> {said.code} {said.err.strip()[-300:]}")

    def label(self, run_id: str) -> str:
        """The label of a run."""
        return label_of(self.ground, run_id)


def has_semicolons(text: str) -> bool:
    """Whether a job file is a CSV with semicolons."""
    first = text.partition("\n")[0]
    return not first.startswith("{") and ";" in first

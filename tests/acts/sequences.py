"""Seeded sequences of human acts, told to their end and judged."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tests.acts import deeds, mishaps
from tests.acts.book import lines_of
from tests.acts.ground import Starter, quick_directory, starter_in
from tests.acts.judge import KINDS, missing, untrue
from tests.acts.rows import Sheet
from tests.acts.story import LAUNCHED, REFUSED, Command, Story
from tests.acts.trouble import LASTING

_OPEN: Final = frozenset({"unknown", "accepted", "not_attempted"})
_ROUNDS_MAX: Final = 3


DEEDS: Final[tuple[tuple[Callable[[Story], None], float], ...]] = (
    (deeds.run_sheet, 6), (deeds.repeat_command, 2), (deeds.two_at_once, 1.2), (deeds.labelled, 1),
    (deeds.correct, 2.5), (deeds.add_row, 1), (deeds.run_results, 4), (deeds.resume, 2), (deeds.retry, 1.5),
    (deeds.stop, 1), (deeds.resolve, 1.5), (mishaps.lose_registry, 0.8), (mishaps.move_run, 0.8),
    (mishaps.let_time_pass, 2.5), (mishaps.change_faults, 1.5), (mishaps.cannot_be_read, 0.6),
    (deeds.plan, 0.8),
)  # fmt: skip


def told(path: Path, starter: Starter, seed: int) -> Story:
    """Tell one story to its end; what is wrong with it stands in `found`."""
    story = Story.begin(path, starter, seed)
    before = starter.clock.time()
    try:
        deeds.run_sheet(story)
        for _ in range(story.chance.randint(6, 12)):
            deed = story.chance.choices([one for one, _ in DEEDS], [weight for _, weight in DEEDS])[0]
            story.counts["acts of people"] += 1
            deed(story)
        _end(story)
        story.counts |= {"sequences": 1, "simulated hours": round((starter.clock.time() - before) / 3600)}
        story.counts["effects"] += len(story.ground.effects())
        story.counts["runs"] += len(story.known_runs())
    finally:
        story.ground.discard()
    return story


def _end(story: Story) -> None:
    """All that stood in the way is corrected; every run comes to its end, and the sheet is run once more."""
    story.log.append("the end begins")
    while story.moved:
        mishaps.move_run(story)
    story.faults = ""
    story.troubles = {number: text for number, text in story.troubles.items() if LASTING in text}
    if story.chance.random() < 0.5:
        mishaps.let_time_pass(story)
    story.rows = [row for row in story.rows if row.valid]
    story.tell_tenant()
    for run_id in story.known_runs():
        _finish(story, run_id)
    for run_id in story.known_runs():
        for path in (story.ground.runs / run_id).glob("partial.*"):
            deeds.run_file(story, run_id, path)
    sheet = story.sheet()
    _run_whole(story, sheet)
    _judge(story, sheet)


def _run_whole(story: Story, sheet: Sheet) -> None:
    """Run the sheet, leaving out what is done, until nothing of it is left."""
    for _ in range(_ROUNDS_MAX):
        name, options = story.write(sheet)
        expectation = story.expectation(sheet, skip_done=True)
        command = Command(("run", name, *options, "--skip-done", "--json", "-q"), sheet, "", expectation)
        said = story.carry_out(command)
        if said.code not in LAUNCHED:
            story.find("not done", f"the last run was not begun: {said.err}")
        if said.code not in LAUNCHED or said.code == 0:
            return
        _finish(story, said.document["run_id"])


def _finish(story: Story, run_id: str) -> None:
    """Resume a run until nothing can be done for it any more; what is left is for a person."""
    for _ in range(_ROUNDS_MAX):
        if not _left(story, run_id):
            return
        said = story.call("settle" if run_id in story.ended else "resume", run_id, "--json", "-q")
        if said.code == REFUSED and story.loose:
            # It was away, and another run has its acts.
            story.call("stop", run_id, "--for-good")
            story.ended.add(run_id)
    for line in lines_of(story.ground, run_id):
        if line.status in {"unknown", "accepted"}:
            deeds.decide(story, line)


def _left(story: Story, run_id: str) -> bool:
    ended = run_id in story.ended
    statuses = {line.status for line in lines_of(story.ground, run_id)}
    return bool(statuses & (_OPEN - {"not_attempted"} if ended else _OPEN))


def _judge(story: Story, sheet: Sheet) -> None:
    effects = story.ground.effects()
    doable = [row for row in sheet.rows if row.number not in story.troubles]
    for words in missing(doable, effects, story.meant):
        story.find("not done", words)
    runs = story.known_runs()
    lines = [line for run_id in runs for line in lines_of(story.ground, run_id)]
    for kind, words in untrue(lines, effects, loose=story.loose):
        story.find(kind, words)
    for line in lines:
        if line.status in _OPEN and line.run_id not in story.ended:
            story.find("left open", f"run {line.run_id} task {line.task} is {line.status}")
    story.counts.update({"tasks": len(lines), **Counter(line.status for line in lines)})


def some(seeds: range) -> list[Story]:
    """The stories of some seeds, one after the other on one clock."""
    place = tempfile.TemporaryDirectory(prefix="zbr-acts-", dir=quick_directory())
    with place as directory, starter_in(Path(directory)) as starter:
        return [told(Path(directory) / f"story-{seed}", starter, seed) for seed in seeds]


def sums(stories: Iterable[Story]) -> Counter[str]:
    """What was done and what was found, by name; what begins with `violations` has to be 0."""
    found: Counter[str] = Counter(
        dict.fromkeys(("sequences", "acts of people", "commands", "runs", "tasks"), 0)
    )
    found.update({f"violations: {kind}": 0 for kind in KINDS})
    for story in stories:
        found.update(story.counts)
        found.update(f"violations: {kind}" for kind, _ in story.found)
    found["violations"] = sum(count for name, count in found.items() if name.startswith("violations: "))
    return found

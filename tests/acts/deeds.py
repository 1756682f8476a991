"""What people do with jobs and runs, by chance."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.acts.book import Expected, Hold, Line, holds, lines_of
from tests.acts.points import POINTS
from tests.acts.rows import Row, Sheet, as_csv, as_jsonl, number_in
from tests.acts.story import REFUSED, Command, Story, has_semicolons
from tests.acts.trouble import LASTING

_STEMS: Final = ("failed", "rejected", "partial", "unknown", "not_attempted", "succeeded")
_OURS: Final = ("#run", "#task", "#status")
_QUIET: Final = ("--json", "-q")


def run_sheet(story: Story) -> None:
    """Run the sheet as it stands, whole, in one of its spellings; perhaps killed on the way."""
    command = _job(story, story.sheet())
    chance = story.chance
    if chance.random() < 0.12:
        story.carry_out(command, point=chance.choice(POINTS))
    elif chance.random() < 0.12:
        story.carry_out(command, kill_after_s=chance.uniform(0.05, 0.5))
    else:
        story.carry_out(command)


def _job(story: Story, sheet: Sheet, label: str = "") -> Command:
    chance = story.chance
    name, options = story.write(sheet)
    skip_done = chance.random() < 0.45
    wrong = any(not row.valid for row in sheet.rows)
    skip_invalid = wrong and chance.random() < 0.7
    options += ("--skip-done",) if skip_done else ()
    options += ("--skip-invalid",) if skip_invalid else ()
    options += ("--run-label", label) if label else ()
    options += ("--limit", str(chance.randint(1, 3))) if chance.random() < 0.2 else ()
    options += ("--until", chance.choice(("accepted", "completed"))) if chance.random() < 0.2 else ()
    # A server that does a part and refuses the rest is found out by a look before alone.
    partly = any(row.number in story.partly for row in sheet.rows)
    if not story.loose and not partly and chance.random() < 0.1:
        options += ("--no-preflight",)
        story.blind = True
    options += ("--run-id", f"night-{story.files}") if chance.random() < 0.3 else ()
    expectation = story.expectation(sheet, label, skip_done=skip_done)
    if wrong and not skip_invalid:
        expectation = Expected.REFUSED
    command = Command(("run", name, *options, *_QUIET), sheet, label, expectation)
    story.commands.append(command)
    return command


def repeat_command(story: Story) -> None:
    """Type an earlier command again, as a scheduler does; with `--run-id` that resumes its run."""
    if not story.commands:
        return run_sheet(story)
    old = story.chance.choice(story.commands)
    skip_done = "--skip-done" in old.arguments
    expectation = story.expectation(old.sheet, old.label, skip_done=skip_done)
    wrong = any(not row.valid for row in old.sheet.rows) and "--skip-invalid" not in old.arguments
    named = "--run-id" in old.arguments
    if named or wrong:
        expectation = Expected.EITHER if named else Expected.REFUSED
    story.carry_out(Command(old.arguments, old.sheet, old.label, expectation))
    return None


def two_at_once(story: Story) -> None:
    """Two programs run the same sheet at the same moment, each in its own spelling; one may be killed."""
    sheet = story.sheet()
    first, second = (_job(story, sheet) for _ in range(2))
    requests = len(story.ground.requests())
    kill = story.chance.choice((None, None, *POINTS))
    running = [story.ground.start(*first.arguments, point=kill), story.ground.start(*second.arguments)]
    said = [each.wait() for each in running]
    for command, one in zip((first, second), said, strict=True):
        story.tell(command.arguments, one)
        story.asked(command, one)
    # What one of them sends, the other may find: so only together they have to begin as expected.
    both = {first.expected, second.expected}
    codes = {one.code for one in said}
    if codes == {REFUSED} and both == {Expected.TAKEN}:
        story.find("refused without a reason", f"{[one.err for one in said]}")
    for command, one in zip((first, second), said, strict=True):
        free = command.expected is Expected.TAKEN or len(codes) > 1
        eased = Command(
            command.arguments, sheet, command.label, Expected.EITHER if free else command.expected
        )
        story.look(eased, one, requests if codes == {REFUSED} else len(story.ground.requests()))


def labelled(story: Story) -> None:
    """Repeat creations on purpose, under a label."""
    rows = tuple(row for row in story.rows if row.operation == "create_bill_run")
    if rows:
        story.carry_out(_job(story, Sheet(rows), story.chance.choice(("again", "third time"))))


def correct(story: Story) -> None:
    """Correct a row that the tenant refuses: in the sheet, or in the tenant."""
    bad = [place for place, row in enumerate(story.rows) if row.number in story.troubles or not row.valid]
    if not bad:
        return
    place = story.chance.choice(bad)
    row = story.rows[place]
    if row.valid and story.chance.random() < 0.5 and LASTING not in story.troubles[row.number]:
        del story.troubles[row.number]
    else:
        story.new_row(place, trouble=0.1)
    story.tell_tenant()
    run_sheet(story)


def add_row(story: Story) -> None:
    """Add a row, or an equal one to a creation; or leave one of two equal ones out."""
    creations = [row for row in story.rows if row.operation == "create_bill_run"]
    twice = [row for row in creations if story.rows.count(row) > 1]
    if twice and story.chance.random() < 0.5:
        story.rows.remove(twice[0])
    elif creations and story.chance.random() < 0.6:
        story.rows.append(story.chance.choice(creations))
    else:
        story.new_row()
    story.tell_tenant()


def run_results(story: Story) -> None:
    """Run a result file of an earlier run, as it stands or without the columns of ours."""
    if runs := story.known_runs():
        run_id, stem = story.chance.choice(runs), story.chance.choice(_STEMS)
        (path,) = (story.ground.runs / run_id).glob(f"{stem}.*")
        run_file(story, run_id, path, cut=story.chance.random() < 0.3)


def run_file(story: Story, run_id: str, path: Path, *, cut: bool = False) -> None:
    """Run one result file; an empty one is left alone."""
    lines = _read(path.read_text())
    if not lines:
        return
    sheet = _sheet_of(story, lines)
    label = "" if cut else story.label(run_id)
    name = str(path.relative_to(story.ground.path))
    if cut:
        story.files += 1
        bare = [{key: cell for key, cell in line.items() if key not in _OURS} for line in lines]
        text = as_csv(bare) if path.suffix == ".csv" else as_jsonl(bare)
        name = story.ground.job(f"cut-{story.files}{path.suffix}", text)
    options = ("--allow-duplicates",) if sheet.repeats else ()
    options += ("--delimiter", ";") if has_semicolons((story.ground.path / name).read_text()) else ()
    arguments = ("run", name, *options, *_QUIET)
    story.carry_out(Command(arguments, sheet, label, _expected(story, sheet, path.stem, label)))


def _expected(story: Story, sheet: Sheet, stem: str, label: str) -> Expected:
    if stem == "rejected":
        return Expected.REFUSED if any(not row.valid for row in sheet.rows) else Expected.EITHER
    if (
        stem in {"partial", "unknown"}
        or sheet.repeats
        or any(story.rows.count(row) > 1 for row in sheet.rows)
    ):
        return Expected.EITHER if stem != "unknown" else Expected.REFUSED
    return story.expectation(sheet, label)


def _read(text: str) -> list[dict[str, Any]]:
    if text.startswith("{"):
        return [json.loads(line) for line in text.splitlines()]
    delimiter = ";" if has_semicolons(text) else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def _sheet_of(story: Story, lines: Sequence[dict[str, Any]]) -> Sheet:
    by_number: dict[int, Row] = {row.number: row for row in story.meant.rows.values()}
    seen: dict[tuple[int, str | None], int] = {}
    for line in lines:
        key = (number_in(line["custom_id"]), line.get("entity"))
        seen[key] = seen.get(key, 0) + 1
    most = {number: max(count for (one, _), count in seen.items() if one == number) for number, _ in seen}
    return Sheet(tuple(by_number[number] for number, count in most.items() for _ in range(count)))


def resume(story: Story) -> None:
    """Go on with a run, or only settle it; perhaps killed on the way."""
    if runs := story.known_runs():
        verb = story.chance.choice(("resume", "resume", "settle"))
        kill = story.chance.uniform(0.05, 0.4) if story.chance.random() < 0.15 else None
        story.call(verb, story.chance.choice(runs), *_QUIET, kill_after_s=kill)


def retry(story: Story) -> None:
    """Retry what failed."""
    if runs := story.known_runs():
        only = ("--retryable",) if story.chance.random() < 0.4 else ()
        story.call("retry", story.chance.choice(runs), *only, *_QUIET)


def stop(story: Story) -> None:
    """Stop a run, or end it for good."""
    if not (runs := story.known_runs()):
        return
    run_id = story.chance.choice(runs)
    if story.chance.random() < 0.3:
        story.call("stop", run_id)
    elif story.call("stop", run_id, "--for-good").code == 0:
        story.ended.add(run_id)


def resolve(story: Story) -> None:
    """Decide what is in doubt by looking into the tenant, and correct a wrong decision at once."""
    for run_id in story.known_runs():
        for line in lines_of(story.ground, run_id):
            if line.status in {"unknown", "accepted"} and story.chance.random() < 0.5:
                decide(story, line)
                return


def decide(story: Story, line: Line) -> None:
    """Say what a person sees in the tenant once nothing can come late any more."""
    story.ground.move(0.01)
    story.ground.call("doctor", "-q")  # it reads, so the tenant does what is due
    effects = story.ground.effects()
    done = [each for each in effects if str(each["track_id"]).rpartition("-")[0] == line.track]
    row = next(row for row in story.meant.rows.values() if row.number == line.place[0])
    part = any(len(each["charges"] or ()) < len(row.members.get("chargeNumbers", ())) for each in done)
    seen = "partial" if part else "succeeded" if done else "failed"
    story.call("resolve", line.run_id, str(line.task), "--as", seen, "--reason", "seen", *_QUIET)


def plan(story: Story) -> None:
    """`plan` lists offline what earlier runs hold, as far as no number has to be looked up."""
    rows = {row for row in story.rows if row.valid and story.rows.count(row) == 1 and not row.bill_run_number}
    rows = {row for row in rows if row.number not in story.partly}
    runs = story.known_runs()
    if not rows or not runs:
        return
    name, options = story.write(Sheet(tuple(sorted(rows, key=lambda row: row.number))))
    said = story.call("plan", name, *options, "--json")
    held = holds(story.ground, runs, story.ended, "")
    places = [(row.number, entity) for row in rows for entity in row.places]
    kinds = [kind for place in places for kind in held.get(place, []) if kind is not Hold.FREE]
    told = sum(each["tasks"] for each in said.document["held"]) if said.code == 0 else None
    if told != len(kinds):
        story.find("plan differs", f"it lists {told} of {len(kinds)} held acts: {said.out}{said.err}")

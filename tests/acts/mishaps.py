"""What befalls runs, the registry and the tenant between the commands of people, by chance."""

import shutil
from pathlib import Path

import apsw

from tests.acts.story import REFUSED, STORAGE, Story
from tests.acts.trouble import some_faults


def lose_registry(story: Story) -> None:
    """Delete or damage the registry of acts."""
    path = story.ground.runs / "acts.db"
    match story.chance.choice(("delete", "garbage", "empty", "cut")):
        case "delete":
            path.unlink(missing_ok=True)
        case "garbage":
            path.write_bytes(b"garbage" * 1000)
        case "empty":
            path.write_bytes(b"")
        case _:
            whole = path.read_bytes() if path.exists() else b""
            path.write_bytes(whole[: len(whole) // 2])
    story.log.append("the registry is lost")


def move_run(story: Story) -> None:
    """Move a run's directory away, or bring one back."""
    away = story.ground.path / "away"
    if story.moved:
        run_id = story.moved.pop()
        shutil.move(away / run_id, story.ground.runs / run_id)
        story.log.append(f"run {run_id} is back")
    elif (runs := story.known_runs()) and story.marked and not story.blind:
        run_id = story.chance.choice(runs)
        away.mkdir(exist_ok=True)
        shutil.move(story.ground.runs / run_id, away / run_id)
        story.moved.append(run_id)
        story.loose = True
        story.log.append(f"run {run_id} is moved away")


def let_time_pass(story: Story) -> None:
    """An hour to two days: keys expire, and today is another day."""
    hours = story.chance.choice((1, 7, 19.5, 21, 25, 50))
    story.ground.move(hours)
    story.log.append(f"{hours} hours pass")


def change_faults(story: Story) -> None:
    """Other faults, or none."""
    story.faults = some_faults(story.chance) if story.chance.random() < 0.6 else ""
    story.tell_tenant()


def cannot_be_read(story: Story) -> None:
    """A run directory that is damaged, or newer: no run begins until it is as it was."""
    runs = story.known_runs()
    if not runs:
        return
    directory = story.ground.runs / story.chance.choice(runs)
    kept = story.ground.path / "kept"
    shutil.copytree(directory, kept)
    newer = story.chance.random() < 0.5
    _spoil(directory / "checkpoint.db", newer=newer)
    requests = len(story.ground.requests())
    name, options = story.write(story.sheet())
    said = story.ground.call("run", name, *options, "--run-label", f"never {story.files}", "--json", "-q")
    story.tell(("run", "(a run cannot be read)"), said)
    shutil.rmtree(directory)
    kept.rename(directory)
    wrong = any(not row.valid for row in story.rows)
    story.after(said, allowed=(STORAGE,))
    if said.code != (REFUSED if newer or wrong else STORAGE):
        story.find("not refused", f"a run that cannot be read, newer {newer}: {said.code} {said.err}")
    if len(story.ground.requests()) > requests:
        story.find("refused but sent", "a run cannot be read")


def _spoil(path: Path, *, newer: bool) -> None:
    if not newer:
        path.write_bytes(path.read_bytes()[:3000])
        return
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()

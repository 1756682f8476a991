import json
from pathlib import Path

import pytest

from runner.core.outcome import Status
from runner.core.ports import StorageFault
from runner.core.runsummary import SumsFault
from runner.core.summary import EXIT_NOT_ATTEMPTED
from runner.edge.output.derive import write_all
from tests.edge.output.making import entry, facts

EVERY = [entry(number, status) for number, status in enumerate(Status, 1)]


def snapshot(directory: Path) -> dict[str, bytes]:
    """The bytes of all files of a directory."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_derived_again_gives_identical_bytes(tmp_path: Path):
    """The same tasks give the same bytes in every file, in any directory."""
    (tmp_path / "other").mkdir()
    (tmp_path / "run").mkdir()
    write_all(tmp_path / "run", facts(8), EVERY)
    first = snapshot(tmp_path / "run")
    write_all(tmp_path / "run", facts(8), iter(EVERY))
    write_all(tmp_path / "other", facts(8), EVERY)
    assert first == snapshot(tmp_path / "run") == snapshot(tmp_path / "other")
    assert set(first) == {
        ".written", "ledger.csv", "ledger.jsonl", "summary.json", "report.html",
        "succeeded.csv", "failed.csv", "partial.csv", "unknown.csv", "not_attempted.csv", "rejected.csv",
    }  # fmt: skip


def test_the_summary_says_what_the_contract_says(tmp_path: Path):
    """summary.json has exactly the contract's members in their order, and all eight counts."""
    summary = write_all(tmp_path, facts(8), EVERY)
    text = (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert json.loads(text) == summary.to_json()
    assert list(json.loads(text)) == [
        "counts", "tasks", "rows", "exit_code", "run_id", "parent_run", "job", "job_sha256", "tenant",
        "run_label", "started_at", "finished_at",
    ]  # fmt: skip
    assert summary.to_json()["counts"] == {status.value: 1 for status in Status}
    assert summary.exit_code == EXIT_NOT_ATTEMPTED


def test_a_launch_that_ended_by_itself_keeps_its_code(tmp_path: Path):
    """An exit code that the tasks do not decide (a signal, the token) stands in the summary."""
    assert write_all(tmp_path, facts(8, exit_code=130), EVERY).exit_code == 130
    assert write_all(tmp_path, facts(8, ended=True), EVERY).exit_code == 3


@pytest.mark.parametrize("tasks", [EVERY[:7], [*EVERY, entry(9)], [EVERY[0], EVERY[0], *EVERY[2:]]])
def test_sums_that_do_not_agree_change_nothing(tmp_path: Path, tasks: list):
    """Tasks that are missing, too many or out of order are a fault of the program, and no file changes."""
    write_all(tmp_path, facts(8), EVERY)
    before = snapshot(tmp_path)
    with pytest.raises(SumsFault):
        write_all(tmp_path, facts(8), tasks)
    assert snapshot(tmp_path) == before


def test_a_checkpoint_that_fails_changes_nothing(tmp_path: Path):
    """What the source of the tasks raises comes through, and no file changes."""

    def failing():
        yield EVERY[0]
        raise StorageFault("damaged")

    with pytest.raises(StorageFault, match="damaged"):
        write_all(tmp_path, facts(8), failing())
    assert snapshot(tmp_path) == {}


def test_a_file_changed_by_hand_is_kept(tmp_path: Path):
    """A result file that somebody edited is kept under the next free number before it is written anew."""
    kept: list[str] = []
    write_all(tmp_path, facts(8), EVERY, on_kept=kept.append)
    ours = (tmp_path / "failed.csv").read_text(encoding="utf-8")
    for edit in ("mine\n", "mine again\n"):
        (tmp_path / "failed.csv").write_text(edit, encoding="utf-8")
        write_all(tmp_path, facts(8), EVERY, on_kept=kept.append)
    assert kept == ["failed.edited-1.csv", "failed.edited-2.csv"]
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in kept] == ["mine\n", "mine again\n"]
    assert (tmp_path / "failed.csv").read_text(encoding="utf-8") == ours


def test_our_own_older_file_is_not_kept(tmp_path: Path):
    """A result file that only we have written is replaced when the run goes on."""
    write_all(tmp_path, facts(1), [entry(1, Status.UNKNOWN)])
    write_all(tmp_path, facts(1), [entry(1, Status.SUCCEEDED)])
    assert not list(tmp_path.glob("*.edited-*"))


@pytest.mark.parametrize("note", [None, "not json", '{"failed.csv": 7}'])
def test_a_file_of_unknown_origin_is_kept(tmp_path: Path, note: str | None):
    """Without a note of what we wrote, a file that differs from the new one counts as edited."""
    write_all(tmp_path, facts(8), EVERY)
    (tmp_path / "failed.csv").write_text("whose?", encoding="utf-8")
    (tmp_path / ".written").unlink()
    if note is not None:
        (tmp_path / ".written").write_text(note, encoding="utf-8")
    write_all(tmp_path, facts(8), EVERY)
    assert [path.name for path in tmp_path.glob("*.edited-*")] == ["failed.edited-1.csv"]


def test_a_kill_between_note_and_files_makes_nothing_look_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A writer killed before, between or after putting its files in place leaves nothing to be kept."""
    write_all(tmp_path, facts(1), [entry(1, Status.UNKNOWN)])
    for placed in range(4):
        with monkeypatch.context() as patch:
            _kill_after(patch, placed)
            with pytest.raises(KeyboardInterrupt):
                write_all(tmp_path, facts(1), [entry(1, Status.FAILED if placed % 2 else Status.PARTIAL)])
    write_all(tmp_path, facts(1), [entry(1, Status.SUCCEEDED)])
    assert not list(tmp_path.glob("*.edited-*"))


def _kill_after(patch: pytest.MonkeyPatch, placed: int) -> None:
    from runner.edge.output.atomic import AtomicFile  # noqa: PLC0415 - patched here alone

    place = AtomicFile.place
    left = [3 * placed]

    def mortal(file: AtomicFile) -> None:
        if file.name != ".written":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        place(file)

    patch.setattr(AtomicFile, "place", mortal)


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_what_is_no_file_is_moved_aside(tmp_path: Path, kind: str):
    """A link or a directory in the place of a result file is moved aside, not followed or emptied."""
    (tmp_path / "target").write_text("precious", encoding="utf-8")
    if kind == "link":
        (tmp_path / "failed.csv").symlink_to(tmp_path / "target")
    else:
        (tmp_path / "failed.csv").mkdir()
    write_all(tmp_path, facts(8), EVERY)
    assert (tmp_path / "failed.csv").is_file()
    assert (tmp_path / "target").read_text(encoding="utf-8") == "precious"
    assert (tmp_path / "failed.edited-1.csv").is_symlink() == (kind == "link")

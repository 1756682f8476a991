"""The registry of acts while other programs come and go."""

from pathlib import Path

import pytest

from runner.core.event import Planned
from runner.core.fault import UserFault
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.database import Database
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.lock import RunLock
from runner.edge.checkpoint.opening import open_checked
from runner.edge.checkpoint.planwriter import Checkpoint
from runner.edge.checkpoint.runs import list_runs
from runner.edge.checkpoint.schema import HEAD_NAME
from tests.edge.checkpoint.making import AT, act_of, plan_run, task_of


def holders(runs: Path) -> list[str]:
    """The runs that hold the first act."""
    with registry_of_acts(runs) as session:
        return [one.run_id for one in session.holdings([act_of(1)])]


def test_lost_claims_stop_every_run_until_they_are_planned(tmp_path: Path):
    """A registry that is lost while a run is being planned stops not only the first one that comes."""
    prepare_directory(tmp_path / "a")
    with RunLock.acquire(tmp_path / "a", AT):
        with registry_of_acts(tmp_path, planning="a") as session:
            session.claim("a", [(act_of(1), 1)])
        (tmp_path / "acts.db").unlink()
        for _ in range(3):
            with pytest.raises(UserFault, match="is being planned"):
                holders(tmp_path)
        plan_run(tmp_path / "a", 1)
        assert holders(tmp_path) == ["a"]


def test_a_run_that_was_just_begun_is_no_damage(tmp_path: Path):
    """A head into which nothing was written yet (its program may have been killed there) stops nobody."""
    plan_run(tmp_path / "a", 1)
    prepare_directory(tmp_path / "b")
    (tmp_path / "b" / HEAD_NAME).touch()
    assert holders(tmp_path) == ["a"]
    plan_run(tmp_path / "b", 1)
    assert holders(tmp_path) == ["a", "b"]


def test_a_run_that_has_gone_meanwhile_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run that takes its directory back between being listed and being read holds nothing."""
    plan_run(tmp_path / "a", 1)
    begun = tmp_path / "b"
    prepare_directory(begun)
    (begun / HEAD_NAME).touch()
    places = list_runs(tmp_path)
    (begun / HEAD_NAME).unlink()
    begun.rmdir()
    monkeypatch.setattr("runner.edge.checkpoint.actcompare.list_runs", lambda _: places)
    assert len(places) == 2
    assert holders(tmp_path) == ["a"]


def test_a_plan_that_is_committed_meanwhile_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A reader that comes just as another program commits its plan sees it, or sees none; never a fault."""
    prepare_directory(tmp_path / "a")
    plan = Checkpoint.create(tmp_path / "a", {"job": "j"}, created_at=AT)
    plan.add_row(1, 2, "")
    plan.add_task(task_of(1))
    real = Database.number

    def committing(self: Database, pragma: str) -> int:
        found = real(self, pragma)
        if pragma == "application_id":
            monkeypatch.setattr(Database, "number", real)
            plan.commit(Planned(AT, 1, 1))
        return found

    monkeypatch.setattr(Database, "number", committing)
    with pytest.raises(UserFault, match="before its plan was committed"):
        open_checked(tmp_path / "a")
    plan.close()
    open_checked(tmp_path / "a").close()

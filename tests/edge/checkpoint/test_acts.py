import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from runner.core.acts import HoldKind
from runner.core.event import Closed
from runner.core.fault import UserFault
from runner.core.outcome import Status
from runner.core.ports import StorageFault
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.faults import NewerFault
from runner.edge.checkpoint.lock import RunLock
from tests.edge.checkpoint.making import AT, act_of, plan_run, sent, settled, story, task_of, write


def held(runs: Path, *numbers: int, besides: str = "") -> list[tuple[str, int, HoldKind]]:
    """Which runs hold these acts."""
    with registry_of_acts(runs) as session:
        found = session.holdings([act_of(number) for number in numbers], besides=besides)
        return [(one.run_id, one.number, one.kind) for one in found]


def claim(runs: Path, run_id: str, *numbers: int) -> None:
    """Claim these acts."""
    with registry_of_acts(runs) as session:
        session.claim(run_id, [(act_of(number), place) for place, number in enumerate(numbers, 1)])


def claim_and_refuse(runs: Path, run_id: str, number: int) -> None:
    """Claim an act, and find a reason to refuse."""
    with registry_of_acts(runs) as session:
        session.claim(run_id, [(act_of(number), 1)])
        raise UserFault("refused")


def test_what_runs_hold_is_read_from_their_checkpoints(tmp_path: Path):
    """Status, generation and result come from the run's own events, each time."""
    write(plan_run(tmp_path / "a", 3), [*story(1), sent(2, generation=4)])
    with registry_of_acts(tmp_path) as session:
        by_act = {one.act: one for one in session.holdings(map(act_of, (1, 2, 3, 9)))}
    assert set(by_act) == {act_of(number) for number in (1, 2, 3)}
    first, second, third = (by_act[act_of(number)] for number in (1, 2, 3))
    assert (first.kind, first.result_id, first.generation) == (HoldKind.DONE, "id-1", 1)
    assert (second.kind, second.outcome.status, second.generation) == (
        HoldKind.IN_DOUBT,
        Status.UNKNOWN,
        4,
    )
    assert (third.kind, third.run_id, third.number, third.task) == (HoldKind.TO_DO, "a", 3, task_of(3))
    write(tmp_path / "a", [settled(2, Status.UNCHANGED), Closed(AT, "me")])
    assert [kind for _, _, kind in sorted(held(tmp_path, 2, 3))] == [HoldKind.DONE, HoldKind.FREE]


def test_an_act_of_several_runs_has_several_holdings(tmp_path: Path):
    """All runs that have a task of an act are told, the older first, but for the one that asks."""
    write(plan_run(tmp_path / "b", 1), [sent(1), settled(1, Status.FAILED)])
    assert held(tmp_path, 1) == [("b", 1, HoldKind.DONE)]  # its id is known
    plan_run(tmp_path / "a", 1)
    assert held(tmp_path, 1) == [("b", 1, HoldKind.DONE), ("a", 1, HoldKind.TO_DO)]
    assert held(tmp_path, 1, besides="b") == [("a", 1, HoldKind.TO_DO)]


def test_a_rejected_task_holds_nothing(tmp_path: Path):
    """A row that was left out is no act."""
    plan_run(tmp_path / "a", [task_of(1, rejected="why")])
    assert held(tmp_path, 1) == []


def test_a_claim_counts_while_its_run_is_held(tmp_path: Path):
    """Claims of a run that is being planned hold; with its lock they go, unless its plan was committed."""
    prepare_directory(tmp_path / "a")
    with RunLock.acquire(tmp_path / "a", AT):
        claim(tmp_path, "a", 1, 2)
        assert sorted(held(tmp_path, 1, 2, 3)) == [("a", 1, HoldKind.TO_DO), ("a", 2, HoldKind.TO_DO)]
    assert held(tmp_path, 1, 2) == []
    with RunLock.acquire(tmp_path / "a", AT):
        claim(tmp_path, "a", 1)
        plan_run(tmp_path / "a", 1)
    assert held(tmp_path, 1) == [("a", 1, HoldKind.TO_DO)]


def test_a_refused_claim_claims_nothing(tmp_path: Path):
    """A fault inside the session takes back what was claimed in it."""
    prepare_directory(tmp_path / "a")
    with RunLock.acquire(tmp_path / "a", AT):
        with pytest.raises(UserFault, match="refused"):
            claim_and_refuse(tmp_path, "a", 1)
        assert held(tmp_path, 1) == []


def test_moving_a_run_away_gives_up_what_it_knew(tmp_path: Path):
    """What is not in the runs directory holds nothing, and holds again when it is back."""
    runs = tmp_path / "runs"
    plan_run(runs / "a", 1)
    assert held(runs, 1) == [("a", 1, HoldKind.TO_DO)]
    (runs / "a").rename(tmp_path / "a")
    assert held(runs, 1) == []
    (tmp_path / "a").rename(runs / "a")
    assert held(runs, 1) == [("a", 1, HoldKind.TO_DO)]


def test_another_run_under_the_same_id_is_read_in_anew(tmp_path: Path):
    """A run directory that was replaced holds what it says now."""
    plan_run(tmp_path / "a", 1)
    assert len(held(tmp_path, 1)) == 1
    shutil.rmtree(tmp_path / "a")
    plan_run(tmp_path / "a", [task_of(1, act=act_of(7))], at=AT + 9)
    assert held(tmp_path, 1) == []
    assert held(tmp_path, 7) == [("a", 1, HoldKind.TO_DO)]


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "foreign"])
def test_a_lost_registry_is_built_again(tmp_path: Path, damage: str):
    """The index is made again from the checkpoints."""
    plan_run(tmp_path / "a", 2)
    assert len(held(tmp_path, 1, 2)) == 2
    path = tmp_path / "acts.db"
    path.unlink()
    if damage == "foreign":
        connection = apsw.Connection(str(path))
        connection.execute("CREATE TABLE t (x)")
        connection.close()
    elif damage != "missing":
        path.write_bytes(b"" if damage == "empty" else b"garbage" * 1000)
    assert len(held(tmp_path, 1, 2)) == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_claims_that_were_lost_stop_the_next_run(tmp_path: Path):
    """A registry that is lost while a run is being planned: nobody knows what that one has claimed."""
    prepare_directory(tmp_path / "a")
    with RunLock.acquire(tmp_path / "a", AT):
        claim(tmp_path, "a", 1)
        (tmp_path / "acts.db").unlink()
        with pytest.raises(UserFault, match="is being planned") as caught:
            held(tmp_path, 1)
        assert caught.value.exit_code == 2
    assert held(tmp_path, 1) == []


def test_a_run_that_is_planned_here_lost_no_claims(tmp_path: Path):
    """A registry that is lost does not stop the run for which it is made anew."""
    claim(tmp_path, "a", 1)
    (tmp_path / "acts.db").unlink()
    prepare_directory(tmp_path / "b")
    with RunLock.acquire(tmp_path / "b", AT), registry_of_acts(tmp_path, planning="b") as session:
        session.claim("b", [(act_of(1), 1)])
    assert [run_id for run_id, *_ in held(tmp_path, 1)] in (["b"], [])


def test_a_newer_registry_is_refused(tmp_path: Path):
    """A registry that a newer version writes is not touched."""
    assert held(tmp_path, 1) == []
    connection = apsw.Connection(str(tmp_path / "acts.db"))
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(NewerFault):
        held(tmp_path, 1)


def test_a_run_that_cannot_be_read_stops_every_run(tmp_path: Path):
    """A damaged run directory is told, until it is moved away; a newer one is refused as such."""
    plan_run(tmp_path / "a", 1)
    write(plan_run(tmp_path / "b", 1), [sent(1)])
    assert len(held(tmp_path, 1)) == 2
    whole = (tmp_path / "b" / "checkpoint.db").read_bytes()
    (tmp_path / "b" / "checkpoint.db").write_bytes(whole[:5000])
    with pytest.raises(StorageFault, match="no run begins while"):
        held(tmp_path, 1)
    (tmp_path / "b" / "checkpoint.db").unlink()
    with pytest.raises(StorageFault, match="no run begins while"):
        held(tmp_path, 1)
    (tmp_path / "b" / "checkpoint.db").write_bytes(whole)
    connection = apsw.Connection(str(tmp_path / "b" / "checkpoint.db"))
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(NewerFault):
        held(tmp_path, 1)
    shutil.rmtree(tmp_path / "b")
    assert held(tmp_path, 1) == [("a", 1, HoldKind.TO_DO)]


RACER = """
import sys
from pathlib import Path
from runner.core.acts import HoldKind
from runner.edge.checkpoint.acts import registry_of_acts
from runner.edge.checkpoint.directory import prepare_directory
from runner.edge.checkpoint.lock import RunLock
from tests.edge.checkpoint.making import act_of, plan_run
runs, name = Path(sys.argv[1]), sys.argv[2]
prepare_directory(runs / name)
lock = RunLock.acquire(runs / name, 0.0)
print("ready", flush=True)
sys.stdin.readline()
with registry_of_acts(runs) as session:
    free = not any(one.kind is not HoldKind.FREE for one in session.holdings([act_of(1)], besides=name))
    if free:
        session.claim(name, [(act_of(1), 1)])
if free:
    plan_run(runs / name, 1)
print("won" if free else "lost", flush=True)
"""


def test_of_two_programs_at_once_exactly_one_wins(tmp_path: Path):
    """Programs that want the same act at the same moment: one has it, all others see that."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path), f"r{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert sorted(racer.communicate(timeout=30)[0] for racer in racers) == ["lost\n"] * 3 + ["won\n"]

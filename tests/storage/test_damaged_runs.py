"""Commands on runs that were damaged: a code of the contract, words that name the file, and nothing sent."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from runner.core.event import Launched
from runner.edge.checkpoint.codec import spell
from runner.edge.checkpoint.commitlog import CommitLog
from tests.edge.checkpoint.triggers import without_triggers
from tests.storage.commands import RUN_ID, Office
from tests.storage.homes import home

VERBS = ("resume", "settle", "status", "verify", "results", "show", "stop")
ARGUMENTS = {"show": ("1",), "stop": ("--for-good",)}


@pytest.fixture
def office() -> Iterator[Office]:
    """A run with one task done and two to do, as a kill leaves it: its last events are in the -wal alone."""
    with home("damaged") as place:
        made = Office(place / "office")
        assert made.begin("--limit", "1").code == 4
        log = CommitLog.open(made.run)
        log.commit([spell(Launched(0.0, log.epoch, {}))])
        shutil.copytree(made.run, made.path / "killed")
        log.close()
        shutil.rmtree(made.run)
        (made.path / "killed").rename(made.run)
        made.door.requests = 0
        yield made


def sql(run: Path, statement: str) -> None:
    """Edit as somebody would who drops the triggers."""
    connection = apsw.Connection(str(run / "checkpoint.db"))
    connection.execute("PRAGMA foreign_keys = OFF")
    with without_triggers(connection):
        connection.execute(statement)
    connection.close()


def overwrite(path: Path, place: int) -> None:
    """Damage a file in the middle."""
    content = bytearray(path.read_bytes())
    content[place : place + 2000] = bytes(2000)
    path.write_bytes(content)


DAMAGES: dict[str, tuple[int, Callable[[Path], object]]] = {
    "lost log": (5, lambda run: (run / "checkpoint.db-wal").unlink()),
    "lost head": (5, lambda run: (run / "head").unlink()),
    "lost database": (5, lambda run: (run / "checkpoint.db").unlink()),
    "no database": (5, lambda run: (run / "checkpoint.db").write_bytes(b"x" * 9000)),
    "cut off": (5, lambda run: (run / "checkpoint.db").write_bytes(b"")),
    "damaged log": (5, lambda run: overwrite(run / "checkpoint.db-wal", 40)),
    "edited event": (
        5,
        lambda run: sql(run, "UPDATE event SET body = replace(body, '1', '2') WHERE seq = 3"),
    ),
    "task taken out": (5, lambda run: sql(run, "DELETE FROM task WHERE number = 3")),
    "newer": (2, lambda run: sql(run, "PRAGMA user_version = 2")),
    "never planned": (2, lambda run: [(run / name).unlink() for name in ("checkpoint.db", "head")]),
}


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_damaged_run_is_refused_by_every_command(office: Office, kind: str, verb: str):
    """5 where it is damaged, 2 where it is newer or was never planned; the run is named, nothing is sent."""
    code, damage = DAMAGES[kind]
    damage(office.run)
    said = office.call(verb, RUN_ID, *ARGUMENTS.get(verb, ()), *office.site)
    assert said.code == code, said
    assert str(office.run) in said.err
    assert "Traceback" not in said.err
    assert office.door.requests == 0


@pytest.mark.parametrize("kind", DAMAGES)
def test_no_run_begins_beside_one_that_cannot_be_read(office: Office, kind: str):
    """Nobody knows which acts it holds, so that every other run is refused until it is moved away."""
    code, damage = DAMAGES[kind]
    damage(office.run)
    said = office.call("run", str(office.path / "job.csv"), "--run-id", "other", *office.site)
    if kind == "never planned":
        assert (said.code, len(office.tenant.effects)) == (0, len(office.rows)), said
        return
    assert said.code == code
    assert str(office.run) in said.err
    assert ("newer version" if kind == "newer" else "no run begins while") in said.err
    assert office.door.requests == 0


def test_what_is_found_when_a_task_is_read_stops_the_run(office: Office):
    """A frozen request that is not as it was planned: the resume ends with 5, and nothing is sent."""
    sql(office.run, "UPDATE task SET body = x'7b7d' WHERE number = 2")
    said = office.call("resume", RUN_ID, *office.site)
    assert said.code == 5
    assert "task 2" in said.err + said.out
    assert str(office.run) in said.err
    assert office.door.writes == 1


def test_a_copy_of_a_run_under_another_name_is_read_and_never_goes_on(office: Office):
    """What is left to do is done by the run itself, once; a copy of it can be looked at."""
    shutil.copytree(office.run, office.runs / "copy")
    refused = office.call("resume", "copy", *office.site)
    assert refused.code == 2
    assert f"this is run {RUN_ID}" in refused.err
    assert office.door.requests == 0
    assert office.call("status", "copy", *office.site).code == 0
    assert office.call("resume", RUN_ID, *office.site).code == 0
    assert len(office.tenant.effects) == len(office.rows)


def test_an_edit_of_a_derived_file_is_found_and_made_good(office: Office):
    """`verify` says that the ledger does not follow; `results` writes the same bytes again."""
    assert office.call("resume", RUN_ID, *office.site).code == 0
    first = office.derived()
    (office.run / "ledger.jsonl").write_bytes(first["ledger.jsonl"].replace(b"succeeded", b"unchanged"))
    said = office.call("verify", RUN_ID, *office.site)
    assert said.code == 5
    assert "ledger.jsonl does not follow from the checkpoint" in said.out
    assert office.call("results", RUN_ID, *office.site).code == 0
    assert office.derived() == first
    assert office.call("verify", RUN_ID, *office.site).code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE row SET source = 'x' WHERE row = 1",
        "UPDATE event SET body = replace(body, 'e', 'f') WHERE task = 1 AND kind = 'settled'",
    ],
)
def test_damage_of_a_decided_task_stops_a_resume_before_anything_is_sent(office: Office, statement: str):
    """Nothing of it is to be done any more, and no launch would read it before the files are written."""
    sql(office.run, statement)
    said = office.call("resume", RUN_ID, *office.site)
    assert (said.code, office.door.writes) == (5, 1), said
    assert str(office.run) in said.err

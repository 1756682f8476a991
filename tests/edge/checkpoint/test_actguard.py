"""The registry's lock, and how it knows the index again."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from runner.edge.checkpoint.actguard import GUARD_NAME, Guard
from runner.edge.checkpoint.actindex import ACTS_NAME
from runner.edge.checkpoint.acts import registry_of_acts
from tests.edge.checkpoint.making import act_of, plan_run


def known(runs: Path, number: int) -> bool:
    """Whether the registry knows an act."""
    with registry_of_acts(runs) as session:
        return any(session.holdings([act_of(number)]))


@pytest.mark.parametrize("bit", range(8))
def test_a_bit_that_flips_within_an_act_is_seen(tmp_path: Path, bit: int):
    """SQLite finds the index sound, and the act would be no one's; so the index is made again."""
    plan_run(tmp_path / "a", 3)
    assert known(tmp_path, 2)
    index = tmp_path / ACTS_NAME
    raw = bytearray(index.read_bytes())
    at = raw.index(bytes.fromhex(act_of(2))) + 5
    raw[at] ^= 1 << bit
    index.write_bytes(raw)
    assert known(tmp_path, 2)


def test_an_index_of_a_program_that_was_killed_is_gone_on_with(tmp_path: Path):
    """What it claimed is not given up: nobody knows how it left the index, and SQLite mends it."""
    plan_run(tmp_path / "a", 1)
    assert known(tmp_path, 1)
    with Guard.held(tmp_path):
        pass  # as if killed: it remembers nothing
    (tmp_path / ACTS_NAME).touch()
    with Guard.held(tmp_path) as guard:
        assert not guard.index_has_changed
        with guard.remembering_index():
            pass
    with Guard.held(tmp_path) as guard:
        assert not guard.index_has_changed
        assert not guard.is_first


def test_who_is_first_is_told_by_what_stands_there(tmp_path: Path):
    """An empty file was made by a program that did not come to hold it."""
    (tmp_path / GUARD_NAME).touch()
    with Guard.held(tmp_path) as guard:
        assert guard.is_first
        assert not guard.index_has_changed
    with Guard.held(tmp_path) as guard:
        assert not guard.is_first


def test_a_changed_index_stays_distrusted_until_it_is_made_again(tmp_path: Path):
    """A program that finds it changed and is killed leaves it so to the next one."""
    plan_run(tmp_path / "a", 1)
    assert known(tmp_path, 1)
    index = tmp_path / ACTS_NAME
    index.write_bytes(index.read_bytes()[:-1] + b"x")
    for _ in range(2):
        with Guard.held(tmp_path) as guard:
            assert guard.index_has_changed
    assert known(tmp_path, 1)
    with Guard.held(tmp_path) as guard:
        assert not guard.index_has_changed


def test_a_pipe_in_the_place_of_the_index_is_put_away(tmp_path: Path):
    """It is made again, and nothing waits for the pipe's other end."""
    plan_run(tmp_path / "a", 1)
    assert known(tmp_path, 1)
    (tmp_path / ACTS_NAME).unlink()
    os.mkfifo(tmp_path / ACTS_NAME)
    assert known(tmp_path, 1)
    assert (tmp_path / ACTS_NAME).is_file()


def test_who_has_to_wait_is_told(tmp_path: Path):
    """Another program may be planning a large run; a free lock is taken without a word."""
    told: list[str] = []
    with Guard.held(tmp_path, lambda: told.append("free")):
        pass
    assert told == []
    with ThreadPoolExecutor(1) as pool:
        with Guard.held(tmp_path):
            waiting = Event()
            other = pool.submit(_hold, tmp_path, waiting)
            assert waiting.wait(20.0)
            assert not other.done()
        assert other.result(20.0)


def _hold(runs: Path, waiting: Event) -> bool:
    with Guard.held(runs, waiting.set):
        return True

"""A lost creation, found out a day and two days later, when its key is forgotten and today is another day."""

import pytest

from tests.acts.ground import Ground
from tests.acts.making import counts, creation, job, made, run, run_id, striking

HOURS = [19.0, 25.0, 50.0]


def undated(name: str) -> dict:
    """A creation that takes the day's date."""
    return {key: value for key, value in creation(name).items() if key != "invoiceDate"}


def lost(ground: Ground, fault: str) -> str:
    """A run with a creation whose reply was lost each time; the run."""
    ground.scenario(striking(fault, "create_bill_run", times=20))
    said = run(ground, job(ground, undated("a")))
    assert (said.code, counts(said)) == (3, {"unknown": 1})
    ground.scenario("")
    return run_id(said)


@pytest.mark.parametrize("hours", HOURS)
def test_a_creation_that_took_effect_is_found(ground, hours):
    """However late it is resumed, a creation whose program was killed is found, and nothing is made again."""
    ground.scenario(striking('"latency"\ndelay_s = 100.0', "create_bill_run"))
    killed = ground.start("run", job(ground, undated("a")), "--run-id", "first", "-q")
    while not ground.effects():
        assert killed.ended(0.01) is None
    assert killed.wait(kill_after_s=0.0).killed
    ground.scenario("")
    ground.move(hours)
    assert run(ground, "job.csv", "--skip-done").code == 2
    assert ground.call("resume", "first", "-q").code == 0
    assert run(ground, "job.csv").code == 2
    assert made(ground) == {"a": 1}


@pytest.mark.parametrize("hours", HOURS)
def test_a_creation_that_took_no_effect_is_made_once(ground, hours):
    """However late it is resumed, a creation that took no effect is made once, or left for a person."""
    lost_run = lost(ground, '"reset_before"')
    assert run(ground, job(ground, creation("b"), name="other.csv")).code == 0
    ground.move(hours)
    resumed = ground.call("resume", lost_run, "--json", "-q")
    if counts(resumed) == {"unknown": 1}:
        told = ground.call("resolve", lost_run, "1", "--as", "failed", "--reason", "seen", "-q")
        assert told.code == 1
        assert ground.call("retry", lost_run, "-q").code == 0
    assert run(ground, "job.csv").code == 2
    assert made(ground) == {"a": 1, "b": 1}


@pytest.mark.parametrize(("hours", "code"), [(19.0, 0), (25.0, 3), (50.0, 3)])
def test_without_a_marker_a_forgotten_key_decides_nothing(ground, hours, code):
    """Where bill runs carry no marker the key decides for 20 hours; after that only a person does."""
    config = ground.path / "config.toml"
    config.write_text(config.read_text() + "marker = false\n")
    lost_run = lost(ground, '"reset_after"')
    ground.move(hours)
    for _ in range(2):
        assert ground.call("resume", lost_run, "-q").code == code
    assert run(ground, "job.csv", "--skip-done").code == (2 if code else 0)
    assert made(ground) == {"a": 1}

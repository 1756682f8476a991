import pytest

from tests.kill.harness import kill_again_and_again
from tests.kill.judge import Findings


@pytest.mark.timeout(400)
def test_twenty_kills_lose_nothing_and_do_nothing_twice(tmp_path):
    """Killed at any moment of 1,500 operations and resumed: nothing lost, twice, or left unsettled."""
    outcome = kill_again_and_again(tmp_path, kills=20, rows=1500, seed=20261130)
    assert outcome.findings == Findings()
    assert outcome.kills >= 15

"""Loss of power at any moment."""

import pytest

from runner.edge.checkpoint import opening
from tests.storage.powercut import power_cuts

IMAGES = 300


@pytest.mark.parametrize("seed", [0, 1])
def test_what_was_promised_outlives_a_loss_of_power(seed: int):
    """Every image that a loss of power may leave can be read, and all that was promised is in it."""
    swept = power_cuts(IMAGES, seed)
    assert swept.words == []
    assert swept.figures["images"] == IMAGES
    assert swept.figures["images in which something was lost or torn"] > IMAGES / 2


@pytest.mark.parametrize("level", ["NORMAL", "OFF"])
def test_commits_that_are_not_synced_are_seen(monkeypatch: pytest.MonkeyPatch, level: str):
    """With less than FULL promises are broken, and the images show it."""
    weaker = tuple(each.replace("= FULL", f"= {level}") for each in opening._DURABLE)
    assert weaker != opening._DURABLE
    monkeypatch.setattr(opening, "_DURABLE", weaker)
    swept = power_cuts(60)
    assert swept.figures["violations: promised events lost"] > 0

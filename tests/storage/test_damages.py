"""Damage of every kind to the files of a run."""

import pytest

from tests.storage.damage import damages, edits
from tests.storage.kinds import KINDS

DAMAGES = 150


@pytest.mark.parametrize("seed", [0, 1])
def test_damage_is_refused_or_harmless(seed: int):
    """Each damage is refused with the file's name, or all that is read is as it was; nothing else is sent."""
    swept = damages(DAMAGES, seed)
    assert swept.words == []
    assert swept.figures["damages"] == DAMAGES == swept.figures["refused"] + swept.figures["harmless"]
    assert swept.figures["refused"] > DAMAGES / 2
    assert len([kind for kind in KINDS if swept.figures[f"refused: {kind}"]]) >= len(KINDS) - 2


def test_verify_finds_every_edit():
    """Whatever is edited without computing the chain again, `verify` finds it."""
    swept = edits(100)
    assert swept.words == []
    assert swept.figures["edits"] == 100

"""Some sequences of human acts; `python -m tests.acts` tells many."""

from pathlib import Path

import pytest

from tests.acts.ground import Starter
from tests.acts.sequences import told

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("seed", range(10))
def test_no_sequence_of_acts_does_anything_twice(tmp_path: Path, starter: Starter, seed: int):
    """Whatever people do with a job, its runs and its tenant, each act is done once and told truly."""
    story = told(tmp_path / "story", starter, seed)
    assert not story.found, "\n".join(story.log)

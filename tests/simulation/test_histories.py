"""The property that everything else serves: any rows, any faults, any launches killed after any event."""

import pytest

from tests.simulation.histories import tell

BATCH = 25
BATCHES = 14
REPLAYED = (3, 36, 44, 179, 214, 333)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_history_ends_settled_and_nothing_is_done_twice(batch: int):
    """Nothing lost, nothing twice, nothing claimed without proof, and what can be settled is settled."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        assert tell(seed).found == {}, f"python -m tests.simulation --histories 1 --seed {seed} --show"


@pytest.mark.parametrize("seed", REPLAYED)
def test_a_seed_replays_its_history_exactly(seed: int):
    """The same seed writes the same events twice, at the same times."""
    assert tell(seed).log == tell(seed).log

"""Times as people and files see them."""

import pytest

from runner.core.instant import rfc3339


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000.0, "2027-01-15T08:00:00.000Z"),
        (1_800_000_000.125, "2027-01-15T08:00:00.125Z"),
    ],
)
def test_rfc3339(at: float, text: str):
    """UTC, with milliseconds and `Z`."""
    assert rfc3339(at) == text

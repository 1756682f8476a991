import pytest

from tests.security.secrecy import SCENARIOS, play


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_secret_is_written_or_said(name: str):
    """Whatever happens to whole commands, no byte that they write or say spells a secret."""
    left = play(name)
    assert left.hits == []
    assert left.commands > 0
    assert left.bytes_read > 1000

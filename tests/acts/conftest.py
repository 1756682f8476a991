import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acts.ground import Ground, Starter, quick_directory, starter_in


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """The process that starts the programs of all tests here."""
    with tempfile.TemporaryDirectory(dir=quick_directory()) as directory, starter_in(Path(directory)) as made:
        yield made


@pytest.fixture
def ground(starter: Starter) -> Iterator[Ground]:
    """A folder with a tenant of its own, without entities and orgs."""
    with tempfile.TemporaryDirectory(dir=quick_directory()) as directory:
        made = Ground(Path(directory), starter)
        yield made
        made.close_tenant()


@pytest.fixture
def scoped(starter: Starter) -> Iterator[Ground]:
    """As `ground`, with the entities us and emea and the orgs north and south."""
    with tempfile.TemporaryDirectory(dir=quick_directory()) as directory:
        made = Ground(Path(directory), starter, scoped=True)
        yield made
        made.close_tenant()

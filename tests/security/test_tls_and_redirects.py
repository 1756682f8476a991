import pytest

from tests.security.badtls import Servers, cells, control, judge_cell


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """Certificates of both sides."""
    return Servers.made(tmp_path_factory.mktemp("certificates"))


def test_a_good_server_is_taken(servers: Servers):
    """By the same means a server as it should be is taken, so that the refusals prove something."""
    assert control(servers) == 0


def test_there_are_23_cells(servers: Servers):
    """Eight bad servers and five redirects to three targets."""
    assert len(set(cells())) == 23
    assert {name for kind, name in cells() if kind == "tls"} == set(servers.bad())


@pytest.mark.parametrize(("kind", "name"), cells())
def test_a_cell_is_refused(servers: Servers, kind: str, name: str):
    """Bad TLS and redirects stop a run (4); nothing is followed, and nobody else gets a byte of the token."""
    assert judge_cell(servers, kind, name, is_long=False) == []

from pathlib import Path

from tests.security import environment
from tests.security.badtls import Servers


def test_files_are_private_under_any_umask():
    """Under umask 000 every file of a runs directory is 0600, and every directory 0700."""
    paths, found = environment.open_modes()
    assert found == []
    assert paths > 30


def test_links_are_not_followed():
    """A link in place of a file of a run is refused or replaced; what it points to stays as it was."""
    links, found = environment.links(is_long=False)
    assert found == []
    assert links >= 4


def test_the_environment_is_not_heeded(tmp_path: Path):
    """Proxies, .netrc, .env and key logs of the environment change nothing, and get nothing."""
    assert environment.poisoned(Servers.made(tmp_path)) == []


def test_plain_http_goes_to_this_machine_alone():
    """`http://` to another host is refused (2)."""
    assert environment.plain_http_elsewhere() == []


def test_no_switch_leaves_a_check_out():
    """No option and no setting is named as one that would switch off TLS checks or follow redirects."""
    assert environment.switches() == []

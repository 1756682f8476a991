import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.core.fault import UserFault
from runner.core.tenant import Tenant, TenantKind
from runner.edge.config import credentials

ACME = Tenant("acme-eu", TenantKind.SANDBOX, "https://rest.test.eu.zuora.com")
NEAR = Tenant("acme-eu", TenantKind.LOOPBACK, "http://127.0.0.1:1")
NAMED = {"ZUORA_ACME_EU_CLIENT_ID": "named-id", "ZUORA_ACME_EU_CLIENT_SECRET": "named-secret"}
GENERAL = {"ZUORA_CLIENT_ID": "general-id", "ZUORA_CLIENT_SECRET": "general-secret"}
STORED = {"acme-eu:client_id": "stored-id", "acme-eu:client_secret": "stored-secret"}


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring that holds nothing, until a test puts something in."""
    stored: dict[str, str] = {}

    def get_password(service: str, user: str) -> str | None:
        assert service == "zuora-batch"
        return stored.get(user)

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    return stored


@pytest.fixture
def private(tmp_path: Path):
    """Write a file with a mode, and give its path."""

    def write(text: str, mode: int = 0o600) -> str:
        path = tmp_path / "secret"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def found(tenant: Tenant, environ: dict[str, str]) -> tuple[str, str, str]:
    """Id, plain secret and source."""
    got = credentials(tenant, environ)
    return got.client_id, got.client_secret.reveal(), got.source


def test_the_order(keyring: dict[str, str]):
    """The tenant's own variables come first, then the general ones, then the keyring."""
    keyring |= STORED
    assert found(ACME, NAMED | GENERAL)[:2] == ("named-id", "named-secret")
    assert found(ACME, GENERAL)[:2] == ("general-id", "general-secret")
    assert found(ACME, {}) == ("stored-id", "stored-secret", "the keyring")


def test_the_source_is_named():
    """Messages can say where the credentials came from."""
    assert found(ACME, NAMED)[2] == "ZUORA_ACME_EU_CLIENT_ID and ZUORA_ACME_EU_CLIENT_SECRET"


def test_halves_are_joined_by_name_only(keyring: dict[str, str]):
    """A half by the tenant's name is completed from its keyring, never from the general variables."""
    half = {"ZUORA_ACME_EU_CLIENT_ID": "named-id"}
    with pytest.raises(UserFault) as caught:
        credentials(ACME, half | GENERAL)
    assert caught.value.hint is not None
    assert "set ZUORA_ACME_EU_CLIENT_SECRET (" in caught.value.hint
    keyring |= STORED
    assert found(ACME, half)[:2] == ("named-id", "stored-secret")
    with pytest.raises(UserFault):
        credentials(ACME, {"ZUORA_CLIENT_ID": "x"})


def test_what_is_missing_is_named():
    """An error names exactly the variables to set; empty ones count as not set."""
    with pytest.raises(UserFault) as caught:
        credentials(ACME, {"ZUORA_CLIENT_ID": ""})
    assert "set ZUORA_ACME_EU_CLIENT_ID and ZUORA_ACME_EU_CLIENT_SECRET (" in (caught.value.hint or "")
    assert caught.value.exit_code == 2


def test_plain_http_takes_only_what_is_given_by_name(keyring: dict[str, str]):
    """A tenant on http:// gets neither general variables nor the keyring."""
    keyring |= STORED
    with pytest.raises(UserFault, match="by the tenant's name"):
        credentials(NEAR, GENERAL)
    assert found(NEAR, NAMED | GENERAL)[0] == "named-id"


def test_the_built_in_tenant_needs_none():
    """The built-in tenant gets made-up credentials, whatever the environment says."""
    got = credentials(Tenant("sandbox", TenantKind.BUILT_IN, ""), {"ZUORA_CLIENT_ID": "real"})
    assert got.client_id == "built-in"


def test_a_file_that_is_ours_alone(private):
    """A secret is read from a private file, without the line break at its end."""
    environ = {"ZUORA_CLIENT_ID": "id", "ZUORA_CLIENT_SECRET_FILE": private("from-file\n")}
    assert found(ACME, environ)[1:] == ("from-file", "ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET_FILE")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o001])
def test_a_file_open_to_others_is_refused(private, mode: int):
    """A file that group or others may use is refused, with the command that closes it."""
    path = private("canary", mode)
    with pytest.raises(UserFault, match="is open to others") as caught:
        credentials(ACME, {"ZUORA_CLIENT_ID": "id", "ZUORA_CLIENT_SECRET_FILE": path})
    assert caught.value.hint == f"type: chmod 600 {path}"


def test_somebody_elses_file_is_refused(private, monkeypatch: pytest.MonkeyPatch):
    """A file that belongs to another user is refused."""
    path = private("canary")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(UserFault, match="belongs to somebody else"):
        credentials(ACME, {"ZUORA_CLIENT_ID_FILE": path})


def test_what_is_no_file_is_refused(tmp_path: Path):
    """A directory, a pipe, a path that is not there: each is refused, and nothing waits."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing", "a\0b"):
        with pytest.raises(UserFault, match=r"not a regular file|cannot be read"):
            credentials(ACME, {"ZUORA_CLIENT_ID_FILE": str(path)})


def test_both_forms_are_ambiguous():
    """X and X_FILE together are refused."""
    with pytest.raises(UserFault, match="both ZUORA_CLIENT_ID and ZUORA_CLIENT_ID_FILE are set"):
        credentials(ACME, GENERAL | {"ZUORA_CLIENT_ID_FILE": "/x"})


@pytest.mark.parametrize("text", ["canary canary", "canary\ncanary", "canäry", "c" * 1025, "\x1bcanary"])
def test_an_unusable_secret_is_refused_and_not_quoted(text: str, private):
    """A secret with blanks, line breaks or control characters is a slip of copying; it is not shown."""
    for environ in ({"ZUORA_CLIENT_ID": text}, {"ZUORA_CLIENT_ID_FILE": private(text)}):
        with pytest.raises(UserFault) as caught:
            credentials(ACME, environ)
        assert "can" not in caught.value.message.replace("cannot", "")


def test_a_broken_keyring_counts_as_empty(monkeypatch: pytest.MonkeyPatch):
    """Whatever the keyring raises, or where it is not installed, it holds nothing."""

    def broken(*_: str) -> str:
        raise RuntimeError("no backend")

    for module in (SimpleNamespace(get_password=broken), None):
        monkeypatch.setitem(sys.modules, "keyring", module)
        with pytest.raises(UserFault, match="no credentials for the tenant acme-eu"):
            credentials(ACME, {})


@pytest.mark.parametrize(
    "given", ["s3cr3t-value-1", "s3cr/3t+value==", "/s3cr3t", "./s3cr3t", "a" * 5000, "x\0y"]
)
def test_a_secret_that_is_given_for_a_path_is_not_shown(given: str):
    """Whoever sets X_FILE to the secret itself finds it in no message."""
    with pytest.raises(UserFault, match="the file that it names cannot be read") as caught:
        credentials(ACME, {"ZUORA_CLIENT_ID": "id", "ZUORA_CLIENT_SECRET_FILE": given})
    assert given not in f"{caught.value.message} {caught.value.hint}"

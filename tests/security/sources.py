"""Secrets by where they come from: a file, the keyring, a proxy, by mistake the config."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from tests.security.calling import CLIENT_ID, Said
from tests.security.canaries import MISPLACED, PROXY_PASSWORD, SECRET
from tests.security.hostile import Asked, Tenant, raw
from tests.security.stage import Stage, repeats


def in_files(stage: Stage) -> None:
    """The secret comes from a private file; then from one that others may read."""
    path = stage.place.path / "client-secret"
    path.touch(0o600)
    path.write_text(SECRET + "\n")
    stage.planted.append(path)
    with stage.tenant(repeats(400)):
        del stage.place.environ["ZUORA_ACME_CLIENT_SECRET"]
        stage.place.environ["ZUORA_ACME_CLIENT_SECRET_FILE"] = str(path)
        assert stage.run("--no-preflight") == 1
        stage.tour()
        path.chmod(0o644)
        assert stage.run("--run-label", "again") == 2


def in_the_keyring(stage: Stage) -> None:
    """The secret comes from the keyring, and the tenant is not there."""
    stored = {"acme:client_id": CLIENT_ID, "acme:client_secret": SECRET}
    ring = SimpleNamespace(get_password=lambda _service, user: stored.get(user))
    stage.place.tenant("https://127.0.0.1:1")
    stage.place.environ.clear()
    with patch.dict(sys.modules, keyring=ring):
        assert stage.run() == 4
        assert stage.place.call("doctor").code == 2


def behind_a_proxy(stage: Stage) -> None:
    """A proxy with a password refuses, and repeats what it was told."""

    def refuse(asked: Asked) -> bytes:
        told = asked.header("proxy-authorization")
        return raw(told.encode(), 407, Proxy_Authenticate=f'Basic realm="{told}"', X_Echo=PROXY_PASSWORD)

    with Tenant(refuse, refuse) as proxy:
        stage.place.tenant("https://tenant.example", 'proxy = "env"\n', settle_s=0)
        config = stage.place.path / "config.toml"
        config.write_text(config.read_text().replace("quiet_seconds = 0.05\n", ""))
        stage.place.credentials(SECRET)
        stage.place.environ["https_proxy"] = f"http://user:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}"
        stage.place.environ |= {"no_proxy": "", "NO_PROXY": ""}
        assert stage.run("--confirm", "acme") == 4
        stage.place.call("doctor", "--json")
        assert proxy.asked
        stage.place.environ["https_proxy"] = f"socks5://user:{PROXY_PASSWORD}@127.0.0.1:9"
        assert stage.run("--confirm", "acme") == 2


def in_the_config(stage: Stage) -> None:
    """Somebody writes a secret into the config, in the places where that comes to mind."""
    config = stage.place.path / "config.toml"
    stage.planted.append(config)
    url = f"https://user:{MISPLACED}@rest.zuora.com"
    lines = (
        f'environment = "us2"\nclient_secret = "{MISPLACED}"',
        f'environment = "us2"\nproxy = "{url}"',
        f'environment = "us2"\nclient_secret = {MISPLACED}',
        f'base_url = "{url}"',
        f'environment = "{url}"',
    )
    for line in lines:
        config.write_text(f"[tenants.acme]\n{line}\n")
        assert stage.run() == 2
        for verb in ("doctor", "plan", "check"):
            stage.place.call(verb, *(["job.jsonl"] if verb != "doctor" else []), "--json", "-v")


def rehearsed(stage: Stage) -> None:
    """A run on the built-in tenant, whose server outlives the command that started it."""
    stage.place.environ |= {"ZUORA_CLIENT_ID": CLIENT_ID, "ZUORA_CLIENT_SECRET": SECRET}
    (stage.place.path / "config.toml").write_text('[tenants.sandbox]\nenvironment = "sandbox"\n')
    assert stage.run() == 0
    stage.tour()
    address = json.loads((stage.place.path / "runs/.tenant/sandbox/address.json").read_text())
    process = Path(f"/proc/{address['pid']}")
    if process.exists():  # Linux
        seen = [(process / name).read_bytes().decode() for name in ("cmdline", "environ")]
        assert "runner.sandbox" in seen[0]
        stage.place.told.append((("ps",), Said(0, *seen)))
    stage.place.call("sandbox", "--reset")

"""What lies about a program: poisoned variables and files, open modes, links in place of files."""

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from runner.cli.main import PROGRAM
from runner.cli.table import BY_NAME
from runner.edge.config import config_schema
from tests.security.badtls import Servers, well
from tests.security.calling import cancel, journal, placed
from tests.security.canaries import SECRET, TOKEN, Search
from tests.security.hostile import Tenant, grant, refusal

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600
VICTIM: Final = b"not ours, and left as it is\n"
_SWITCH: Final = re.compile(
    r"insecure|verif|tls|ssl|cert|\bca\b|trust|redirect|unsafe|unchecked", re.IGNORECASE
)


@contextmanager
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def open_modes() -> tuple[int, list[str]]:
    """Whole commands under umask 000; how many paths there are, and those that others could use."""
    with tempfile.TemporaryDirectory(prefix="zbr-modes-") as folder, placed(Path(folder)) as place:
        (Path(folder) / "config.toml").write_text('[tenants.sandbox]\nenvironment = "sandbox"\n')
        job = place.job("job.jsonl", [cancel(1), journal(2)])
        with _open_umask():
            place.call("run", job, "--limit", "1")
            for verb in (("resume",), ("results",), ("status",), ("verify",), ("doctor",)):
                place.call(*verb)
            with Tenant(lambda _: refusal(58730030, "no"), lambda _: grant(TOKEN)) as tenant:
                place.tenant(tenant.origin)
                place.credentials(SECRET)
                place.call("run", job, "--yes", "--no-preflight", "--run-label", "b")
        found: list[str] = []
        paths = [Path(folder) / "runs", *(Path(folder) / "runs").rglob("*")]
        for path in paths:
            mode = stat.S_IMODE(path.lstat().st_mode)
            if mode != (DIRECTORY_MODE if path.is_dir() else FILE_MODE):
                found.append(f"{path.relative_to(folder)} has mode {mode:04o}")
        return len(paths), found


def links(*, is_long: bool) -> tuple[int, list[str]]:
    """A link in place of each file of a run: what it points to is never written to, and nothing breaks.

    The short form takes every third file.
    """
    found: list[str] = []
    with Tenant(well, lambda _: grant(TOKEN)) as tenant:
        names = [path.name for path in _stopped_run(tenant, None, found)]
        names = sorted(names)[:: 1 if is_long else 3]
        for name in names:
            _stopped_run(tenant, name, found)
    return len(names), found


def _stopped_run(tenant: Tenant, linked: str | None, found: list[str]) -> list[Path]:
    with tempfile.TemporaryDirectory(prefix="zbr-links-") as folder, placed(Path(folder)) as place:
        place.tenant(tenant.origin)
        place.credentials(SECRET)
        place.call("run", place.job("job.jsonl", [cancel(1), cancel(2)]), "--yes", "--limit", "1")
        directory = place.run_directory()
        victim = Path(folder) / "victim"
        victim.write_bytes(VICTIM)
        victim.chmod(0o640)
        if linked is not None:
            (directory / linked).unlink()
            (directory / linked).symlink_to(victim)
        codes = {verb: place.call(*verb).code for verb in (("resume", "--yes"), ("results",), ("verify",))}
        if linked is not None:
            found += [f"{linked}: {verb[0]} ended with 70" for verb, code in codes.items() if code == 70]
            mode = stat.S_IMODE(victim.stat().st_mode)
            if victim.read_bytes() != VICTIM or mode != 0o640:
                found.append(f"{linked}: what the link points to was changed")
        return [path for path in directory.iterdir() if path.is_file()]


def poisoned(servers: Servers) -> list[str]:
    """Variables and files that other programs heed: nothing of ours goes another way, or is written down."""
    found: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="zbr-poison-") as folder,
        Tenant(well, well) as proxy,
        Tenant(well, lambda _: grant(TOKEN), tls=servers.good()) as tenant,
    ):
        environ = _poison(Path(folder), proxy)
        environ["SSL_CERT_FILE"] = str(servers.folder / "ca.pem")
        with placed(Path(folder), environ) as place:
            place.tenant(tenant.origin)
            place.credentials(SECRET)
            code = place.call("run", place.job("job.jsonl", [cancel(1)]), "--yes").code
        if code != 0:
            found.append(f"the run ended with {code}: {place.told[-1][1].err}")
        if proxy.connections:
            found.append("a proxy of the environment was used")
        if any(asked.header("authorization") != f"Bearer {TOKEN}" for asked in tenant.asked):
            found.append("the Authorization is not ours")
        if "CLIENT_RANDOM" in _text(Path(folder) / "keys") or "SECRET" in _text(Path(folder) / "keys"):
            found.append("the keys of the session were written to SSLKEYLOGFILE")
        found += [hit.where for hit in Search({"secret": SECRET, "token": TOKEN}).in_tree(Path(folder))]
    return found


def _poison(folder: Path, proxy: Tenant) -> dict[str, str]:
    (folder / ".netrc").write_text("machine 127.0.0.1 login thief password x\ndefault login x password y\n")
    (folder / ".netrc").chmod(0o600)
    (folder / ".env").write_text("ZUORA_ACME_CLIENT_SECRET=thief\nZUORA_BATCH_RUNS_DIR=elsewhere\n")
    (folder / "sitecustomize.py").write_text("raise SystemExit(99)\n")
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    environ = dict.fromkeys(names, proxy.origin)
    files = {"NETRC": str(folder / ".netrc"), "SSLKEYLOGFILE": str(folder / "keys"), "HOME": str(folder)}
    loud = {"PYTHONASYNCIODEBUG": "1", "PYTHONHTTPSVERIFY": "0", "AIOHTTP_NO_EXTENSIONS": "1"}
    none = {"REQUESTS_CA_BUNDLE": "/dev/null", "CURL_CA_BUNDLE": "/dev/null", "no_proxy": "", "NO_PROXY": ""}
    return environ | files | loud | none


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def plain_http_elsewhere() -> list[str]:
    """`http://` to any host but this machine is refused before anything is looked up."""
    found: list[str] = []
    hosts = ("rest.zuora.com", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "[::]")
    for host in hosts:
        with tempfile.TemporaryDirectory(prefix="zbr-http-") as folder, placed(Path(folder)) as place:
            place.tenant(f"http://{host}")
            place.credentials(SECRET)
            code = place.call("run", place.job("job.jsonl", [cancel(1)]), "--yes").code
            if code != 2:
                found.append(f"http://{host}: the run ended with {code}")
    return found


def switches() -> list[str]:
    """Options and settings whose name says that a check could be left out: there is none."""
    names = {
        option
        for name in BY_NAME
        for parameter in _verb(name).params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    names |= set(re.findall(r'"([a-z_]+)": \{', str(config_schema()).replace("'", '"')))
    return sorted(name for name in names if _SWITCH.search(name))


def _verb(name: str) -> click.Command:
    command = PROGRAM.get_command(click.Context(PROGRAM), name)
    assert command is not None
    return command

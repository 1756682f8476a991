import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.sandbox.process import SandboxError, attach, reset
from runner.sandbox.scenario import ScenarioError
from runner.sandbox.server import Address
from runner.sandbox.setup import Setup

FORM = b"client_id=a&client_secret=b&grant_type=client_credentials"
RUN = "/v1/journal-runs/JR-00000075"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A tenant's directory, whose server is ended afterwards."""
    yield tmp_path / "tenant"
    address = Address.read(tmp_path / "tenant")
    if address is not None:
        try:
            os.kill(address.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def token_of(origin: str) -> dict[str, str]:
    """The reply to a token request."""
    with urllib.request.urlopen(f"{origin}/oauth/token", FORM) as reply:  # noqa: S310  (our own server)
        return json.loads(reply.read())


def tenant_of(origin: str) -> str:
    """The id of the tenant that answers."""
    found = re.search(r"tenant\.(\d+)", token_of(origin)["scope"])
    assert found is not None
    return found.group(1)


def state_of(origin: str) -> str:
    """The state of a journal run."""
    request = urllib.request.Request(  # noqa: S310
        origin + RUN, headers={"Authorization": f"Bearer {token_of(origin)['access_token']}"}
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310
        return json.loads(reply.read())["status"]


def pid_of(directory: Path) -> int:
    """The server's process."""
    address = Address.read(directory)
    assert address is not None
    return address.pid


def test_many_starters_share_one_server(directory: Path):
    """Commands that race to start a tenant all get the one server; a later one joins it."""
    with ThreadPoolExecutor(4) as pool:
        origins = set(pool.map(lambda _: attach(directory, Setup()), range(4)))
    assert len(origins) == 1
    assert attach(directory, Setup()) in origins
    assert (directory / "address.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_server_is_started_again_with_its_state(directory: Path):
    """After kill -9 the next command starts a server for the same tenant, at the same address."""
    origin = attach(directory, Setup())
    tenant = tenant_of(origin)
    os.kill(pid_of(directory), signal.SIGKILL)
    assert attach(directory, Setup()) == origin
    assert tenant_of(origin) == tenant


def test_reset_begins_another_tenant(directory: Path):
    """A reset ends the running server and empties the tenant; its id is another one."""
    tenant = tenant_of(attach(directory, Setup()))
    reset(directory)
    assert (directory / "effects.jsonl").read_bytes() == b""
    assert tenant_of(attach(directory, Setup())) != tenant


def test_another_setup_takes_effect_on_a_running_server(directory: Path, tmp_path: Path):
    """A command with another scenario changes the running server, and keeps the tenant."""
    origin = attach(directory, Setup())
    tenant = tenant_of(origin)
    scenario = tmp_path / "scenario.toml"
    for status in ("Error", "Processing"):
        scenario.write_text(f'[journal_runs."JR-00000075"]\nstatus = "{status}"')
        assert attach(directory, Setup(scenario=str(scenario))) == origin
        assert state_of(origin) == status
    assert tenant_of(origin) == tenant


def test_a_setup_that_cannot_be_used_is_refused_before_a_server_starts(directory: Path, tmp_path: Path):
    """A wrong scenario or timezone is the caller's error."""
    (tmp_path / "wrong.toml").write_text("[tenant]\nsped = 1")
    with pytest.raises(ScenarioError, match=r"tenant\.sped"):
        attach(directory, Setup(scenario=str(tmp_path / "wrong.toml")))
    with pytest.raises(SandboxError, match="Mars"):
        attach(directory, Setup(timezone="Mars/Olympus"))
    assert not directory.exists()


SERVE = """
import sys, pathlib
from runner.sandbox.process import serve
from runner.sandbox.setup import Setup
setup = Setup(scenario=sys.argv[2])
serve(pathlib.Path(sys.argv[1]), setup, 0, announce=lambda origin: print(origin, flush=True))
"""


def test_a_server_started_by_hand_keeps_its_scenario_and_ends_cleanly(directory: Path, tmp_path: Path):
    """A server by hand takes over, announces its address first, and ends with 0 on SIGINT."""
    attach(directory, Setup())
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('[journal_runs."JR-00000075"]\nstatus = "Error"')
    command = [sys.executable, "-c", SERVE, str(directory), str(scenario)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        assert attach(directory, Setup()) == origin
        assert state_of(origin) == "Error"
        assert pid_of(directory) == process.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0

import http.client
import subprocess
import sys


def test_reset_begins_a_new_tenant_and_returns(call, tmp_path):
    """--reset without a port makes the tenant's directory and returns with 0."""
    said = call("sandbox", "--reset")
    assert (said.code, said.out) == (0, "")
    assert (tmp_path / "runs/.tenant/sandbox").is_dir()


def test_real_tenant_is_no_sandbox(call, tmp_path):
    """A tenant at Zuora cannot be served; those that can are named."""
    (tmp_path / "config.toml").write_text(
        '[tenants.acme]\nenvironment = "us2"\n[tenants.try]\nenvironment = "sandbox"\n'
    )
    said = call("sandbox", "--tenant", "acme")
    assert said.code == 2
    assert "try" in said.err


def test_the_only_simulated_tenant_is_meant(call, tmp_path):
    """Where the default tenant is a real one, the only simulated one is meant."""
    tenants = '[tenants.acme]\nenvironment = "us2"\n[tenants.try]\nenvironment = "sandbox"\n'
    (tmp_path / "config.toml").write_text(f'default_tenant = "acme"\n{tenants}')
    assert call("sandbox", "--reset").code == 0
    assert (tmp_path / "runs/.tenant/try").is_dir()


def test_wrong_scenario_is_refused(call, tmp_path):
    """A scenario that cannot be used is refused with 2, naming file and key."""
    (tmp_path / "s.toml").write_text("[tenant]\nsped = 1\n")
    said = call("sandbox", "--scenario", "s.toml")
    assert (said.code, said.out) == (2, "")
    assert "s.toml: tenant.sped" in said.err


def test_first_line_is_the_address(tmp_path):
    """Served, the first line on standard output is the address, where somebody answers; SIGTERM ends it."""
    command = [sys.executable, "-m", "runner", "sandbox", "--runs-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        asked = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
        try:
            asked.request("GET", f"/v1/bill-runs/{'0' * 32}")
            status = asked.getresponse().status
        finally:
            asked.close()
            served.terminate()
        assert served.wait(20) == 0
    assert status == 401

"""The first word with a tenant: what is wrong is said, and waiting ends where it is of no use."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from runner.core.event import Rested
from runner.edge.checkpoint.reader import CheckpointReader
from runner.edge.http.wire import CONNECT_S
from tests.compose.making import bill_run_id, done, make_run


@contextmanager
def serving(reply: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that reads a request and answers with these bytes; its port, and what it read."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    _answer(plain, reply, tls, seen)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], seen
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(CONNECT_S)


def _answer(plain: socket.socket, reply: bytes, tls: ssl.SSLContext | None, seen: list[bytes]) -> None:
    try:
        with tls.wrap_socket(plain, server_side=True) if tls else plain as talking:
            seen.append(talking.recv(65536))
            talking.sendall(reply)
    except OSError:
        return


@pytest.fixture
def configure(tmp_path, monkeypatch, call) -> Callable[..., None]:
    """Configures a tenant at a port of this machine, with credentials and a job."""
    del call  # it makes the environment, which is added to here
    monkeypatch.setenv("ZUORA_SANDBOX_CLIENT_ID", "a")
    monkeypatch.setenv("ZUORA_SANDBOX_CLIENT_SECRET", "a-long-secret-of-a-test")
    (tmp_path / "job.csv").write_text(f"operation,billRunId\ncancel_bill_run,{bill_run_id(1)}\n")

    def configure(port: int, scheme: str = "http", patience_s: int = 1) -> None:
        lines = ("[tenants.sandbox]", f'base_url = "{scheme}://127.0.0.1:{port}"')
        (tmp_path / "config.toml").write_text("\n".join([*lines, f"patience_seconds = {patience_s}", ""]))

    return configure


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def own_codes(directory: Path) -> list[int]:
    """With what codes the run's launches rested."""
    with CheckpointReader(directory) as reader:
        return [event.exit_code for event in reader.run_events() if isinstance(event, Rested)]


def test_a_certificate_that_is_refused_stops_at_once(call, configure, tmp_path):
    """No waiting makes a certificate better: 4 at once, with host, cause and what to do; no run."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    with serving(b"", context) as (port, seen):
        configure(port, "https", patience_s=600)
        began = time.monotonic()
        said = call("run", "job.csv", "--yes", "--json", "-q")
        assert time.monotonic() - began < 10
    document = json.loads(said.out)
    assert (said.code, document["exit_code"], seen) == (4, 4, [])
    where = f"sandbox (https://127.0.0.1:{port}) cannot be reached"
    assert f"{where}: no token: the certificate of 127.0.0.1 is refused" in document["message"]
    assert "nothing was sent" in document["message"]
    assert "SSL_CERT_FILE" in said.err
    assert "same command again" in said.err
    assert not list((tmp_path / "runs").glob("[!.]*/"))


def test_a_tenant_that_nobody_answers_for_is_waited_for(call, configure):
    """For 30 s (here: patience_seconds) it is tried again; then 4, with host, cause and what to type."""
    port = free_port()
    configure(port)
    began = time.monotonic()
    said = call("run", "job.csv", "--yes")
    assert 1.0 <= time.monotonic() - began < 10
    assert said.code == 4
    assert f"(http://127.0.0.1:{port}) cannot be reached: no token: no connection to 127.0.0.1" in said.err
    assert "check the network, and base_url in the config; then type the same command again" in said.err


def test_a_tenant_that_is_busy_is_asked_again(call, configure):
    """A tenant that gives no token for load is asked again within the patience."""
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with serving(busy) as (port, seen):
        configure(port, patience_s=3)
        said = call("run", "job.csv", "--yes")
    assert said.code == 4
    assert len(seen) >= 2
    assert "/oauth/token answered HTTP 503" in said.err


def test_a_redirect_of_the_token_stops_at_once(call, configure):
    """Another host may not be Zuora: 4 at once, however long the patience, with what to do."""
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with serving(elsewhere) as (port, seen):
        configure(port, patience_s=600)
        said = call("run", "job.csv", "--yes")
    assert (said.code, len(seen)) == (4, 1)
    assert "/oauth/token answered HTTP 302 and points elsewhere" in said.err
    assert "check base_url" in said.err


def test_a_wrong_password_is_seven(call, configure, tmp_path):
    """Credentials that are refused stop at once (7), and no run is made."""
    body = b'{"error":"invalid_client"}'
    refused = b"HTTP/1.1 401 No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)
    with serving(refused) as (port, seen):
        configure(port, patience_s=600)
        said = call("run", "job.csv", "--yes")
    assert (said.code, len(seen)) == (7, 1)
    assert "are refused: HTTP 401 (invalid_client); nothing was sent" in said.err
    assert "a-long-secret-of-a-test" not in said.err
    assert not list((tmp_path / "runs").glob("[!.]*/"))


def test_a_run_whose_token_is_refused_is_seven_until_it_is_known_better(call, configure, tmp_path):
    """`resume` answers 7 and writes that down; what launches nothing answers with the tasks alone."""
    directory = make_run(tmp_path / "runs/r1", 2, done(1))
    refused = b"HTTP/1.1 400 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with serving(refused) as (port, _):
        configure(port, patience_s=600)
        said = call("resume", "r1", "--yes", "--json", "-q")
    document = json.loads(said.out)
    assert (said.code, document["exit_code"]) == (7, 7)
    assert "are refused" in said.err
    assert len((directory / "ledger.jsonl").read_text().splitlines()) == 2
    status = call("status", "r1", "--json")
    assert (status.code, json.loads(status.out)["exit_code"]) == (0, 7)
    assert call("results", "r1").code == 0
    assert call("verify", "r1").code == 0
    assert call("settle", "r1", "--json").code == 4
    assert json.loads((directory / "summary.json").read_text())["exit_code"] == 4
    assert own_codes(directory) == [4, 7, 4]


def test_a_run_whose_tenant_is_away_stands_as_it_stood(call, configure, tmp_path):
    """`resume` of a run that nobody answers for writes its files, and answers with its state."""
    directory = make_run(tmp_path / "runs/r1", 2, done(1))
    configure(free_port())
    said = call("resume", "r1", "--yes")
    assert said.code == 4
    assert "stopped   sandbox (http://127.0.0.1" in said.err
    assert "next      zuora-batch resume r1" in said.out
    assert (directory / "summary.json").exists()
    assert own_codes(directory) == [4, 4]

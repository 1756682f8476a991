"""Small bugs, planted one at a time: each judge has to see its own."""

import os
import ssl
from pathlib import Path

import pytest
from yarl import URL

from runner.sandbox import record, server
from tests.security import environment
from tests.security.badtls import Servers, judge_cell
from tests.security.bombs import Cost, judged
from tests.security.canaries import SECRET, Search, spellings
from tests.security.injection import through_replies
from tests.security.judges import judge_formulas, judge_page, judge_terminal
from tests.security.secrecy import play
from tests.security.wireinjection import Tried, into_requests

SHORT = ("x#y", "x;=1+1", "=1+1", "<script>x</script>", "a\x1b[2J", "a\nFORGED", "na\u00efve")


@pytest.fixture
def tried() -> Tried:
    """What is counted."""
    return Tried()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    """Certificates of both sides."""
    return Servers.made(tmp_path_factory.mktemp("certificates"))


def sinks(tried: Tried) -> set[str]:
    """Where something got through."""
    return {wrong.partition(":")[0] for wrong in tried.wrong}


@pytest.mark.parametrize("form", sorted(spellings(SECRET)))
def test_every_spelling_is_found(form: str):
    """The search finds a secret in each spelling, in the middle of anything, in either case."""
    search = Search({"secret": SECRET})
    for text in (f"<{form}>", f"<{form.swapcase()}>"):
        assert search.in_text(text, "here") != []
    assert search.in_text("nothing of the kind", "here") == []


def test_replies_that_are_stored_as_they_come_are_found(monkeypatch: pytest.MonkeyPatch):
    """A program that stores what a server repeats is found out, in the checkpoint and in the ledger."""
    monkeypatch.setattr("runner.edge.http.transport._without_secrets", lambda reply: reply)
    where = " ".join(hit.where for hit in play("refusals repeat them").hits)
    assert "checkpoint.db, table event" in where
    assert "ledger.jsonl" in where
    assert "standard output of show" in where


def test_a_traceback_that_quotes_is_found(monkeypatch: pytest.MonkeyPatch):
    """A program that writes down an error's text as it is is found out."""
    monkeypatch.setattr("runner.cli.faults.redact", lambda text: text)
    assert "fault-" in " ".join(hit.where for hit in play("crash inside").hits)


def test_a_path_that_is_not_checked_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A client that sends another path than it was given is found out."""
    monkeypatch.setattr("runner.edge.http.wire.target_of", lambda origin, path: URL(origin + path))
    into_requests(SHORT, tried)
    assert sinks(tried) == {"path"}


def test_a_header_that_is_not_checked_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A client that sends any header is found out."""
    monkeypatch.setattr(
        "runner.edge.http.wire.headers_of", lambda request, common: {**common, **request.headers}
    )
    into_requests(SHORT, tried)
    assert sinks(tried) == {"header"}


def test_cells_that_are_not_defused_are_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A ledger with formulas is found out, by semicolons also where the formula is in the middle."""
    monkeypatch.setattr("runner.edge.output.ledger.defused", lambda text: text)
    through_replies(["x;=1+1", "x;=1+1", "y"], tried, is_long=False)
    assert sinks(tried) == {"formula"}


def test_a_page_that_is_not_escaped_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A report with other people's tags is found out."""
    monkeypatch.setattr("runner.edge.output.reportview.shown", lambda text, _=0: Unescaped(text))
    through_replies(["<img src=x>", "<img src=x>", "y"], tried, is_long=False)
    assert sinks(tried) == {"html"}


class Unescaped(str):
    """A text that templates take for markup."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def test_control_codes_are_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A program that prints as it is told is found out."""
    monkeypatch.setattr("runner.cli.console.safe", lambda text: text)
    monkeypatch.setattr("runner.compose.story.shown", lambda text, _=0: text)
    through_replies(["a\x1b[2J\nFORGED", "a\u202e", "y"], tried, is_long=False)
    assert sinks(tried) == {"terminal"}


def test_json_that_hides_text_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch):
    """A JSON document on a terminal may not hide text either."""
    monkeypatch.setattr("runner.cli.console._escaped", lambda found: found[0])
    through_replies(["a\u202eb", "a\x9b31m", "y"], tried, is_long=True)
    assert sinks(tried) == {"terminal"}


def test_tls_without_checks_is_found(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    """A client that trusts anybody is found out."""
    monkeypatch.setattr("ssl.create_default_context", ssl._create_unverified_context)
    assert judge_cell(servers, "tls", "self-signed", is_long=False) != []


def test_a_redirect_that_is_followed_is_found(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    """A client that follows redirects is found out."""
    import aiohttp  # noqa: PLC0415 - to be spoiled

    asked = aiohttp.ClientSession.request

    def following(session: aiohttp.ClientSession, *given, **named):
        return asked(session, *given, **{**named, "allow_redirects": True})

    monkeypatch.setattr(aiohttp.ClientSession, "request", following)
    assert judge_cell(servers, "redirect", "307 same host", is_long=False) != []


def test_a_key_log_is_found(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    """A client that heeds SSLKEYLOGFILE, as Python does by itself, is found out."""

    class Logging(ssl.SSLContext):
        def __setattr__(self, name: str, value: object) -> None:
            if name != "keylog_filename" or value is not None:
                super().__setattr__(name, value)

    def made() -> ssl.SSLContext:
        context = Logging(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs()
        context.keylog_filename = os.environ["SSLKEYLOGFILE"]
        return context

    monkeypatch.setattr("ssl.create_default_context", made)
    assert environment.poisoned(servers) == ["the keys of the session were written to SSLKEYLOGFILE"]


def test_an_open_directory_is_found(monkeypatch: pytest.MonkeyPatch):
    """A directory that is made as the umask says is found out."""

    def careless(directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)

    for module in (record, server):
        monkeypatch.setattr(module, "make_private", careless)
    monkeypatch.setattr("runner.sandbox.process.make_private", careless)
    assert any(wrong.startswith("runs has mode") for wrong in environment.open_modes()[1])


def test_a_costly_bomb_is_found():
    """Too much memory, too much time, and a bomb that proves something are each told."""
    cost = Cost("bomb", 17 * 1024, 11.0, "it counts as done")
    assert judged(cost) == ["bomb: it counts as done", "bomb: it cost 17 MiB", "bomb: it took 11 s"]
    assert judged(Cost("none", 100, 0.1, "")) == []


def test_the_judges_let_pass_what_is_harmless():
    """What is printed, calculated or shown by right is not complained about."""
    assert judge_terminal("job\tx.csv\n\u00e9\u4e2d\n") == []
    assert judge_formulas('a,\'=1+1;"x"\n=mine,2026-11-30', {"=mine", "=mine,2026-11-30"}.__contains__) == []
    policy = "default-src 'none'; style-src 'sha256-x'"
    assert judge_page(f'<html><meta http-equiv="x" content="{policy}"><p>&lt;b&gt;</p></html>') == []

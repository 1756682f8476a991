"""Whole commands, with secrets planted, in every kind of success and failure; then the search for them."""

import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn
from unittest.mock import patch

from tests.security import sources
from tests.security.calling import Said, placed
from tests.security.canaries import RENEWED, SECRET, TOKEN, Hit, Search
from tests.security.hostile import Answer, Asked, grant, raw, said
from tests.security.stage import PLANTED, ROWS, Scenario, Stage, as_html, echo, head, in_success, repeats

_NO_CORE: Final = "Max core file size 0 0"


def _scenario_of_replies(answer: Answer, *more: str) -> Scenario:
    def play(stage: Stage) -> None:
        with stage.tenant(answer):
            stage.run("--no-preflight", *more)
            stage.tour()

    return play


def preflight_repeats(stage: Stage) -> None:
    """Every read is refused with our secrets in it."""
    with stage.tenant(repeats(404)):
        stage.run()
        stage.tour()


def wrong_password(stage: Stage) -> None:
    """The token endpoint refuses, and repeats the form."""

    def refuse(asked: Asked) -> bytes:
        told = {"error": "invalid_client", "error_description": asked.body.decode() + echo(asked)}
        return said(told, 401, WWW_Authenticate=f'Basic realm="{head(asked)}"')

    with stage.tenant(in_success, refuse):
        assert stage.run() == 7
        assert stage.place.call("doctor", "-v").code == 7
        stage.place.call("doctor", "--json")


def token_refused_midway(stage: Stage) -> None:
    """The first token is taken for two requests; then neither it nor a new one is."""
    counted = Counter[str]()

    def answer(asked: Asked) -> bytes:
        counted["asked"] += 1
        return in_success(asked) if counted["asked"] < 3 else repeats(401)(asked)

    def answer_token(_: Asked) -> bytes:
        counted["token"] += 1
        return grant(TOKEN if counted["token"] == 1 else RENEWED)

    with stage.tenant(answer, answer_token):
        stage.run("--no-preflight", "--concurrency", "1")
    # Tokens are never at rest, so that a program knows none of those that an earlier one was given.
    with stage.tenant(repeats(401)):
        stage.tour()


def odd_scope(stage: Stage) -> None:
    """The token's own answer repeats the secret."""
    with stage.tenant(in_success, lambda asked: grant(TOKEN, f"tenant.4711 user.u {asked.body.decode()}")):
        stage.run()
        stage.tour()


def no_tls(stage: Stage) -> None:
    """The tenant does not speak TLS."""
    with stage.tenant(in_success) as tenant:
        stage.place.tenant(tenant.origin.replace("http:", "https:"))
        assert stage.run() == 4


def nobody_there(stage: Stage) -> None:
    """Nothing listens any more."""
    with stage.tenant(in_success):
        stage.run("--limit", "1")
    assert stage.run("--skip-done", "--run-label", "again") == 4
    stage.place.call("resume", "--yes", "-v")
    stage.place.call("doctor")


def crash_inside(stage: Stage) -> None:
    """A fault of the program itself, whose message quotes what it worked with."""

    def quoting(*given: object, **named: object) -> NoReturn:
        raise ValueError(f"cannot spell {given!r} {named!r}") from KeyError(TOKEN, SECRET)

    with stage.tenant(in_success):
        with patch("runner.edge.http.token.urlencode", quoting):
            assert stage.run() == 70
            assert stage.place.call("doctor", "--json").code == 70
        with patch("runner.edge.http.wire.aiohttp.ClientSession.request", quoting):
            stage.run()
        with patch("runner.engine.writes.classify", quoting):
            assert stage.run("--no-preflight", "--run-label", "b") == 70
        stage.tour()
    assert list(stage.place.path.glob("runs/fault-*.txt"))


def interrupted(stage: Stage) -> None:
    """A signal comes to the real program while a write is under way; others see its command line."""
    started: list[subprocess.Popen[str]] = []
    seen: list[str] = []

    def answer(asked: Asked) -> bytes:
        if not seen:
            seen.extend(_seen_from_outside(started[0].pid))
            started[0].send_signal(signal.SIGINT)
        return repeats(500)(asked)

    with stage.tenant(answer):
        job = stage.place.job("job.jsonl", ROWS)
        run = stage.place.spawn("run", job, "--yes", "-v", "--no-preflight", "--concurrency", "1")
        started.append(run)
        assert stage.place.ended(run).code == 4
    with stage.tenant(repeats(503)):
        stage.tour()
    stage.place.told.append((("ps",), Said(0, "\n".join(seen), "")))
    assert any(" ".join(line.split()).startswith(_NO_CORE) for line in seen)


def _seen_from_outside(pid: int) -> list[str]:
    """What `ps` shows of a process to everybody, and the limit of its core dumps."""
    process = Path(f"/proc/{pid}")
    if not process.exists():  # not Linux
        return [_NO_CORE]
    limits = (process / "limits").read_text().splitlines()
    return [(process / "cmdline").read_bytes().replace(b"\0", b" ").decode(), *limits]


SCENARIOS: Final[dict[str, Scenario]] = {
    "refusals repeat them": _scenario_of_replies(repeats(400)),
    "conflicts repeat them": _scenario_of_replies(repeats(422)),
    "a server's fault repeats them": _scenario_of_replies(repeats(500)),
    "no permission repeats them": _scenario_of_replies(repeats(403)),
    "a redirect repeats them": _scenario_of_replies(
        lambda asked: raw(
            echo(asked).encode(), 307, Location=f"https://elsewhere.example/?access_token={head(asked)}"
        )
    ),
    "success repeats them": _scenario_of_replies(in_success, "--until", "completed"),
    "a page of HTML repeats them": _scenario_of_replies(as_html),
    "reads repeat them": preflight_repeats,
    "wrong password": wrong_password,
    "token refused midway": token_refused_midway,
    "odd scope": odd_scope,
    "no TLS": no_tls,
    "nobody there": nobody_there,
    "crash inside": crash_inside,
    "interrupted": interrupted,
    "in a file": sources.in_files,
    "in the keyring": sources.in_the_keyring,
    "behind a proxy": sources.behind_a_proxy,
    "in the config": sources.in_the_config,
    "built-in tenant": sources.rehearsed,
}


@dataclass
class Found:
    """What a scenario left behind."""

    hits: list[Hit]
    commands: int
    files: int
    bytes_read: int


def play(name: str, *, is_long: bool = False) -> Found:
    """Play one scenario, then search all that it wrote and said."""
    search = Search(PLANTED)
    with tempfile.TemporaryDirectory(prefix="zbr-secrets-") as folder, placed(Path(folder)) as place:
        stage = Stage(place, is_long)
        SCENARIOS[name](stage)
        hits = search.in_tree(Path(folder), stage.planted)
        for arguments, told in place.told:
            words = " ".join(arguments)
            hits += search.in_text(told.out, f"standard output of {words}")
            hits += search.in_text(told.err, f"standard error of {words}")
        return Found(hits, len(place.told), search.files_read, search.bytes_read)
